// The list of customers: those that are ticked join a club's program, a pilot's for example.
(() => {
	const settings = (frappe.listview_settings["Customer"] = frappe.listview_settings["Customer"] || {});
	const onload = settings.onload;

	settings.onload = function (list) {
		onload && onload.call(this, list);
		if (frappe.model.can_create("Club Member"))
			list.page.add_actions_menu_item(__("Join the Club"), () => ask(list, list.get_checked_items(true)), false);
	};

	const ask = (list, customers) => {
		if (!customers.length) return;
		const dialog = new frappe.ui.Dialog({
			title: __("Join the Club"),
			fields: [
				{
					fieldname: "program",
					fieldtype: "Link",
					options: "Club Program",
					label: __("Club Program"),
					reqd: 1,
					get_query: () => ({ filters: { status: "Active" } }),
				},
			],
			primary_action_label: __("Let {0} customers join", [format_number(customers.length, null, 0)]),
			primary_action: async ({ program }) => {
				dialog.hide();
				tell(await loyalty_club.call("join_many", { customers, program }));
				list.clear_checked_items();
			},
		});
		dialog.show();
	};

	const tell = ({ joined_text, already, already_text, refused }) => {
		const { bdi, esc } = loyalty_club;
		const words = [__("{0} joined.", [bdi(joined_text)])];
		if (already) words.push(__("{0} were members already.", [bdi(already_text)]));
		for (const { customer, why } of refused) words.push(`<b>${bdi(customer)}</b>: ${esc(why)}`);
		frappe.msgprint({
			title: __("Join the Club"),
			message: words.join("<br>"),
			indicator: refused.length ? "orange" : "green",
		});
	};
})();
