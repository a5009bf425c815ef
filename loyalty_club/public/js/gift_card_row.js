// Sales Invoice and POS Invoice on the desk: a button that adds the row which sells or tops up a gift card. What the row
// says comes from the server.
(() => {
	const ask = (frm) =>
		frappe.prompt(
			[
				{
					fieldname: "number",
					fieldtype: "Data",
					label: __("Gift Card"),
					reqd: 1,
					description: __("Scan it, or type the 16 digits on it"),
				},
				{
					fieldname: "amount",
					fieldtype: "Currency",
					label: __("Amount"),
					options: "currency",
					description: __("Empty: the card’s face value"),
				},
			],
			({ number, amount }) => add(frm, number, amount),
			__("Sell Gift Card"),
			__("Add")
		);

	const add = async (frm, number, amount) => {
		const found = await loyalty_club.call("gift_cards.sale_row", { number, company: frm.doc.company });
		const rate = found.rate || amount || 0;
		const first = (frm.doc.items || [])[0];
		const row = first && !first.item_code ? first : frm.add_child("items");
		// Written at once: what ERPNext fetches when an item is chosen would put its own rate over this one.
		Object.assign(row, found, { rate, price_list_rate: rate });
		frm.cscript.calculate_taxes_and_totals();
		frm.dirty();
		frm.refresh_field("items");
	};

	const button = {
		refresh(frm) {
			if (frm.doc.docstatus === 0 && !frm.doc.is_return && frm.doc.company && !frm.is_pos_page)
				frm.add_custom_button(__("Sell Gift Card"), () => ask(frm), __("Loyalty Club"));
		},
	};
	frappe.ui.form.on("Sales Invoice", button);
	frappe.ui.form.on("POS Invoice", button);
})();
