// Club Segment: filters, and whom they find while they are typed. Everything is found and said by the server.
const AFTER = 400; // ms without a change, until the server is asked
const PICKS = {
	tier_picks: [["tiers", __("Tiers")]],
	channel_picks: [["channels", __("Joined Through")]],
	lrfm_picks: [
		["lrfm_segments", __("LRFM Segments")],
		["average_classes", __("Classes against the Average")],
	],
};

frappe.ui.form.on("Club Segment", {
	setup(frm) {
		for (const table of ["also_in", "not_in"])
			frm.set_query(table, () => ({ filters: { program: frm.doc.program || "", name: ["!=", frm.doc.name] } }));
	},

	async onload(frm) {
		if (!frm.is_new() || frm.doc.program) return;
		const program = await frappe.db.get_single_value("Loyalty Club Settings", "program");
		if (program && frm.is_new()) frm.set_value("program", program);
	},

	refresh(frm) {
		loyalty_club.style();
		style();
		draw_picks(frm);
		setTimeout(() => empty_zeros(frm));
		frm.club_asked = null;
		look(frm);
		// Whatever changes the form is seen; what is being typed counts after a pause.
		frm.$wrapper.off(".club-segment");
		frm.$wrapper.on("dirty.club-segment", () => later(frm));
		frm.$wrapper.on("input.club-segment", ".frappe-control[data-fieldtype=Int] input, .frappe-control[data-fieldtype=Float] input", (event) => {
			clearTimeout(frm.club_typing);
			frm.club_typing = setTimeout(() => $(event.target).trigger("change"), AFTER);
		});
		if (frm.is_new()) return;
		frm.add_custom_button(__("All Members"), () =>
			frappe.set_route("query-report", "Club Segment Members", { segment: frm.doc.name })
		);
		if (frappe.model.can_export("Club Member"))
			for (const format of ["Excel", "CSV"]) frm.add_custom_button(format, () => download(frm, format), __("Export"));
	},

	program: (frm) => draw_picks(frm),
});

// 0 asks for nothing, and an empty filter says so.
const empty_zeros = (frm) => {
	for (const { df, $input, value } of Object.values(frm.fields_dict))
		if (["Int", "Float"].includes(df.fieldtype) && $input && !value) $input.val("");
};

const style = () =>
	frappe.dom.set_style(
		`
		.club-picks { display: flex; flex-wrap: wrap; gap: 6px; margin-block: 4px 14px; }
		.club-picks label { display: inline-flex; align-items: center; gap: 6px; margin: 0; padding: 3px 10px; cursor: pointer;
			border: 1px solid var(--border-color); border-radius: 999px; font-weight: normal; }
		.club-picks label.club-picked { border-color: var(--primary, #2490ef); background: var(--control-bg, #f3f3f3); font-weight: 600; }
		.club-picks label:focus-within { outline: 2px solid var(--primary, #2490ef); }
		.club-picks input { margin: 0 !important; }
		.club-found { font-size: 2em; font-weight: 600; line-height: 1.2; color: var(--text-color); }
		.club-sentence { margin-block: 4px 8px; }
		.club-first { overflow-x: auto; }
		.club-first table { inline-size: 100%; }
		.club-first td, .club-first th { padding: 4px 8px; text-align: start; border-block-end: 1px solid var(--border-color); }
		.club-stale { opacity: 0.5; }
		`,
		"club-segment"
	);

// ---------------------------------------------------------------------------------------------- what can be picked

const draw_picks = async (frm) => {
	if (!frm.doc.program) return;
	if (frm.club_choices_of !== frm.doc.program) {
		frm.club_choices = await frappe.xcall("loyalty_club.api.segments.choices", { program: frm.doc.program });
		frm.club_choices_of = frm.doc.program;
	}
	if (cur_frm !== frm) return;
	const months = frm.club_choices.birth_month.map(([value, label]) => ({ value, label }));
	frm.set_df_property("birth_month", "options", [{ value: "", label: "" }, ...months]);
	for (const [place, fields] of Object.entries(PICKS)) {
		const $place = frm.get_field(place).$wrapper.empty();
		for (const [field, label] of fields) draw(frm, $place, field, label);
	}
};

const picked = (frm, field) => (frm.doc[field] || "").split("\n").filter(Boolean);

const draw = (frm, $place, field, label) => {
	const { esc, bdi } = loyalty_club;
	const chosen = picked(frm, field);
	const known = frm.club_choices[field];
	const gone = chosen.filter((value) => !known.some(([name]) => name === value)).map((value) => [value, value]);
	const may_write = frm.perm[0] && frm.perm[0].write;
	const boxes = [...known, ...gone].map(
		([value, title]) => `<label class="${chosen.includes(value) ? "club-picked" : ""}"><input type="checkbox"
			value="${esc(value)}" ${chosen.includes(value) ? "checked" : ""} ${may_write ? "" : "disabled"}>
			${bdi(title)}</label>`
	);
	const $picks = $(`<div><div class="control-label">${esc(label)}</div>
		<div class="club-picks" role="group" aria-label="${esc(label)}">${boxes.join("")}</div></div>`).appendTo($place);
	$picks.on("change", "input", (event) => {
		$(event.target).closest("label").toggleClass("club-picked", event.target.checked);
		const values = $picks.find("input:checked").map((_n, box) => box.value);
		frm.set_value(field, [...values].join("\n"));
		later(frm);
	});
};

// ---------------------------------------------------------------------------------------------- whom they find

const later = (frm) => {
	frm.get_field("panel").$wrapper.addClass("club-stale");
	clearTimeout(frm.club_later);
	frm.club_later = setTimeout(() => look(frm), AFTER);
};

const look = async (frm) => {
	if (!frm.doc.program)
		return loyalty_club.show(frm, "panel", `<p class="text-muted">${__("Choose the program.")}</p>`);
	const asked = JSON.stringify(frm.doc);
	frm.club_asked = asked;
	let shown = null;
	let wrong = "";
	try {
		// A filter that is half typed may mean nothing: what is wrong is said in the panel, not in a dialog.
		const answer = await frappe.call({
			method: "loyalty_club.api.segments.preview",
			args: { segment: asked },
			type: "POST",
			silent: true,
		});
		shown = answer.message;
	} catch (error) {
		wrong = said(error);
	}
	if (cur_frm !== frm || frm.club_asked !== asked) return; // a later question is on its way
	frm.get_field("panel").$wrapper.removeClass("club-stale");
	loyalty_club.show(frm, "panel", shown ? panel(shown) : loyalty_club.notes_html([[loyalty_club.esc(wrong), true]]));
};

const said = (error) => {
	const answer = (error && error.responseJSON) || error || {};
	try {
		return JSON.parse(JSON.parse(answer._server_messages)[0]).message;
	} catch {
		return __("These filters cannot be counted.");
	}
};

const panel = (shown) => {
	const { bdi, esc, notes_html } = loyalty_club;
	const notes = [
		[
			shown.as_of
				? __("Purchases, scores and favourites are as of the evening of {0}; everything else is as of now.", [bdi(shown.as_of)])
				: __("No night has scored the members yet: filters on purchases and scores find nobody."),
			!shown.as_of,
		],
	];
	const columns = [
		["customer", __("Customer Name")],
		["tier", __("Tier")],
		["segment", __("LRFM Segment")],
		["score", __("Score")],
		["last", __("Last Purchase")],
		["balance", __("Points")],
	];
	const row = (each) =>
		`<tr>${columns
			.map(([key]) =>
				key === "customer"
					? `<td><a href="/app/club-member/${encodeURIComponent(each.name)}">${bdi(each.customer)}</a></td>`
					: `<td>${bdi(each[key])}</td>`
			)
			.join("")}</tr>`;
	const table = shown.rows.length
		? `<div class="club-first"><table><thead><tr>${columns.map(([, label]) => `<th>${esc(label)}</th>`).join("")}</tr></thead>
			<tbody>${shown.rows.map(row).join("")}</tbody></table></div>`
		: "";
	return `<div class="club-found" role="status">${bdi(shown.count)}</div>
		<div class="club-note">${__("of {0} active members", [bdi(shown.all)])}</div>
		<div class="club-sentence">${esc(shown.words)}</div>${notes_html(notes)}${table}`;
};

// ---------------------------------------------------------------------------------------------- to a file

const download = async (frm, format) => {
	if (frm.is_dirty()) await frm.save();
	open_url_post("/api/method/frappe.desk.query_report.export_query", {
		report_name: "Club Segment Members",
		file_format_type: format,
		filters: JSON.stringify({ segment: frm.doc.name, rows: "All" }),
		visible_idx: JSON.stringify([]),
		include_indentation: 0,
	});
};
