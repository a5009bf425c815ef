// Club Adjustment: asks for what its wallet and kind need, and shows what the wallet holds before and after. Amounts and
// what is allowed come from the server.
frappe.ui.form.on("Club Adjustment", {
	setup(frm) {
		frm.set_query("member", () => ({ filters: { status: ["!=", "Merged"] } }));
		frm.set_query("gift_card", () => ({ filters: { status: ["!=", "Replaced"] } }));
		frm.set_query("company", () => (frm.club_companies ? { filters: { name: ["in", frm.club_companies] } } : {}));
		frm.set_query("mode_of_payment", () => ({ filters: { enabled: 1, name: ["not in", frm.club_modes || []] } }));
	},
	refresh: (frm) => show(frm),
	wallet(frm) {
		frm.club_new_wallet = true;
		show(frm);
	},
	member: (frm) => show(frm),
	gift_card: (frm) => show(frm),
	kind: (frm) => show(frm),
	points: (frm) => show(frm),
	posting_date: (frm) => show(frm),
});

const show = async (frm) => {
	const turn = (frm.club_turn = (frm.club_turn || 0) + 1);
	const { wallet, member, gift_card, points, posting_date, docstatus, reason } = frm.doc;
	const shown = await loyalty_club.call("adjustment_panel", {
		adjustment: JSON.stringify({ wallet, member, gift_card, points, posting_date, docstatus, reason }),
	});
	if (cur_frm !== frm || turn !== frm.club_turn) return;
	frm.club_companies = shown.companies;
	frm.club_modes = shown.modes;
	suit(frm, shown);
	loyalty_club.show(frm, "panel", shown.now_text ? panel_html(frm, shown) : "");
};

// The fields as the wallet and kind want them.
const suit = (frm, shown) => {
	const in_points = frm.doc.wallet === "Points";
	const paid = ["Paid In", "Paid Out"].includes(frm.doc.kind);
	frm.set_df_property("points", "label", in_points ? __("Points") : __("Amount in {0}", [shown.currency || ""]));
	frm.set_df_property(
		"points",
		"description",
		[shown.whole_text, __("Negative: taken away")].filter(Boolean).map(loyalty_club.esc).join(" · ")
	);
	if (frm.doc.docstatus !== 0) return;
	const kinds = frm.doc.kind === "Imported" ? [...shown.kinds, "Imported"] : shown.kinds;
	frm.set_df_property("kind", "options", kinds.map((kind) => ({ value: kind, label: __(kind, null, "Club Adjustment") })));
	const another = frm.club_new_wallet && frm.doc.kind !== kinds[0];
	frm.club_new_wallet = false;
	if (another || !kinds.includes(frm.doc.kind)) return frm.set_value("kind", kinds[0]);
	if (!paid && frm.doc.mode_of_payment) frm.set_value("mode_of_payment", null);
	const companies = shown.companies || [];
	if (frm.is_new() && !in_points && companies.length && !companies.includes(frm.doc.company))
		frm.set_value("company", companies[0]);
};

const panel_html = (frm, shown) => {
	const { bdi, esc, tile } = loyalty_club;
	const tiles = [
		tile({
			label: __("{0} now", [__(frm.doc.wallet)]),
			figure: bdi(shown.now_text),
			under: shown.available_text ? __("{0} can be spent", [bdi(shown.available_text)]) : "",
		}),
	];
	if (shown.after_text) tiles.push(tile({ label: __("After this"), figure: bdi(shown.after_text) }));
	const notes = loyalty_club.member_notes(shown);
	if (shown.refused) notes.unshift([esc(shown.refused), true]);
	if (shown.limit && frm.doc.docstatus === 0)
		notes.unshift([
			__("More than {0} need a second person: somebody else must submit this.", [bdi(shown.limit)]),
			true,
		]);
	return `<div class="club-tiles">${tiles.join("")}</div>${loyalty_club.notes_html(notes)}`;
};
