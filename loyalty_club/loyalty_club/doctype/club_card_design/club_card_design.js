// Club Card Design: front and back as they will be printed, while they are designed.
frappe.ui.form.on("Club Card Design", {
	onload(frm) {
		if (frm.is_new() && !frm.doc.design_name && frappe.boot.lang !== "fa") frm.set_value("language", "English");
	},

	refresh(frm) {
		loyalty_club.show(frm, "preview", '<div class="club-faces"></div>');
		show(frm);
	},
});

const show = async (frm) => {
	const drawn = await loyalty_club.call("cards.design_preview", { doc: frm.doc });
	if (cur_frm === frm) loyalty_club.cards.faces(frm.get_field("preview").$wrapper, drawn);
};

const soon = frappe.utils.debounce(show, 200);

const SHOWN = [
	"kind", "language", "title", "subtitle", "front_text", "show_name", "show_value", "logo", "front_image", "colour_1",
	"colour_2", "text_colour", "back_text", "contact", "code", "back_image", "back_colour", "back_text_colour",
];
frappe.ui.form.on("Club Card Design", Object.fromEntries(SHOWN.map((field) => [field, (frm) => soon(frm)])));
