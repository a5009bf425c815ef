// What the club's panels on forms share: their looks, and the tiles that show a member. Texts, numbers and dates come
// ready from the server; nothing is computed here.
frappe.provide("loyalty_club");

loyalty_club.esc = (text) => frappe.utils.escape_html(String(text ?? ""));
loyalty_club.bdi = (text) => `<bdi>${loyalty_club.esc(text)}</bdi>`;

loyalty_club.style = () =>
	frappe.dom.set_style(
		`
		.club-tiles { display: flex; flex-wrap: wrap; gap: 8px; margin-block: 4px 8px; }
		.club-tile { flex: 1 1 130px; border: 1px solid var(--border-color); border-radius: var(--border-radius);
			padding: 8px 12px; min-inline-size: 0; }
		.club-tile .club-label { color: var(--text-muted); font-size: var(--text-sm); }
		.club-tile .club-figure { font-size: var(--text-lg); font-weight: 600; color: var(--text-color); }
		.club-tile .club-under { color: var(--text-muted); font-size: var(--text-sm); }
		.club-bar { block-size: 4px; border-radius: 2px; background: var(--bg-gray, #eee); margin-block-start: 6px; }
		.club-bar > span { display: block; block-size: 4px; border-radius: 2px; background: var(--primary, #2490ef); }
		.club-note { color: var(--text-muted); font-size: var(--text-sm); margin-block: 2px; }
		.club-note.club-warn { color: var(--orange-600, #c05621); }
		.club-buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-block: 8px; }
		.club-cards { inline-size: 100%; }
		.club-cards td, .club-cards th { padding: 4px 8px; text-align: start; }
		.club-cards .club-number, .club-print .club-number { font-family: monospace; direction: ltr; unicode-bidi: isolate; }
		.club-print { margin-block-end: 12px; display: flex; flex-wrap: wrap; gap: 24px; align-items: center; direction: ltr;
			background: #fff; color: #000; border: 1px solid var(--border-color); border-radius: 8px; padding: 16px;
			inline-size: fit-content; }
		.club-print .club-number { font-size: 18px; text-align: center; padding-block-start: 8px; }
		`,
		"loyalty-club-panel"
	);

loyalty_club.tile = ({ label, figure, under, share, cls }) => `
	<div class="club-tile ${cls || ""}">
		<div class="club-label">${loyalty_club.esc(label)}</div>
		<div class="club-figure">${figure}</div>
		${under ? `<div class="club-under">${under}</div>` : ""}
		${
			share === undefined
				? ""
				: `<div class="club-bar"><span style="inline-size: ${Math.round(share * 100)}%"></span></div>`
		}
	</div>`;

// Balance and tier: what every panel about a member begins with.
loyalty_club.member_tiles = (shown) => {
	const { bdi, tile } = loyalty_club;
	const tiles = [
		tile({
			label: __("Balance", null, "Loyalty Club"),
			figure: __("{0} points", [bdi(shown.balance_text)]),
			under: shown.value ? __("worth {0}", [bdi(shown.value)]) : "",
		}),
		tile({
			label: __("Tier"),
			figure: bdi(shown.tier),
			under: shown.progress
				? __("{0} to {1}", [bdi(shown.progress.left), bdi(shown.progress.tier)])
				: __("the highest tier"),
			share: shown.progress ? shown.progress.share : 1,
		}),
	];
	return tiles;
};

loyalty_club.member_notes = (shown) => {
	const { bdi } = loyalty_club;
	const notes = [];
	if (shown.status && shown.status !== "Active")
		notes.push([__("The member is {0}: nothing is earned or spent.", [__(shown.status, null, "Club Member")]), true]);
	if (shown.program_status && shown.program_status !== "Active")
		notes.push([__("The program is {0}: nothing is earned or spent.", [__(shown.program_status, null, "Club Program")]), true]);
	if (shown.deficit_text)
		notes.push([
			__("{0} points are missing after a return. The next points fill them; until then none can be spent.", [
				bdi(shown.deficit_text),
			]),
			true,
		]);
	if (shown.pending_text)
		notes.push([__("{0} points are pending and can be spent later.", [bdi(shown.pending_text)])]);
	if (shown.next_expiry)
		notes.push([
			__("{0} points expire after {1}.", [bdi(shown.next_expiry_points), bdi(shown.next_expiry)]),
		]);
	return notes;
};

loyalty_club.notes_html = (notes) =>
	notes.map(([html, warn]) => `<div class="club-note ${warn ? "club-warn" : ""}">${html}</div>`).join("");

loyalty_club.show = (frm, field, html) => {
	loyalty_club.style();
	const control = frm.fields_dict[field];
	if (control) control.$wrapper.html(html);
	return control && control.$wrapper;
};

loyalty_club.call = (method, args) => frappe.xcall(`loyalty_club.api.${method}`, args);

loyalty_club.ask_pin = (title, action) =>
	frappe.prompt(
		{ fieldname: "pin", fieldtype: "Password", label: __("PIN", null, "Club Member"), reqd: 1, description: __("4 to 8 digits") },
		({ pin }) => action(pin),
		title
	);
