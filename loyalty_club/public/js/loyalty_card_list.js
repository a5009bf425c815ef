// The list of cards: find one by whatever the customer knows.
frappe.listview_settings["Loyalty Card"] = {
	onload: (list) => list.page.add_inner_button(__("Find a Card"), () => loyalty_club.cards.find()),
	get_indicator: (doc) => {
		const colour = { Blank: "gray", Active: "green", Blocked: "red", Replaced: "orange" }[doc.status];
		return [__(doc.status, null, "Loyalty Card"), colour, `status,=,${doc.status}`];
	},
};
