// Customer Group: how this group scores in the club, and where that is set. Everything shown comes from the server.

frappe.provide("loyalty_club");

frappe.ui.form.on("Customer Group", {
	refresh(frm) {
		const field = frm.get_field("club_panel");
		if (!field) return;
		field.$wrapper.empty();
		if (frm.is_new() || !frappe.model.can_read("Club Program")) return;
		loyalty_club.show_customer_group(frm, field.$wrapper);
	},
});

loyalty_club.show_customer_group = async (frm, $panel) => {
	const group = frm.doc.name;
	const say = (text) => frappe.utils.escape_html(cstr(text));
	const program = (name) => frappe.utils.get_form_link("Club Program", name, true, say(name));
	const number = (text) => `<td style="text-align: end"><bdi>${say(text)}</bdi></td>`;
	const found = await frappe.xcall("loyalty_club.api.customer_group_panel", { customer_group: group });
	if (frm.doc.name !== group) return;

	const parts = [];
	if (found.scoring.length) {
		const counted = found.counted
			? `<th style="text-align: end">${__("Members")}</th><th style="text-align: end">${__("Outstanding Points")}</th>
				<th style="text-align: end">${__("Their Value")}</th>`
			: "";
		parts.push(`<div style="overflow-x: auto"><table class="table table-bordered small">
			<thead><tr><th>${__("Program")}</th><th>${__("Tier")}</th><th>${__("Begins At")}</th>
				<th>${__("Earns")}</th>${counted}</tr></thead>
			<tbody>${found.scoring
				.map(
					(row) => `<tr><td>${program(row.program)}</td><td>${say(row.tier)}</td>
						<td><bdi>${say(row.from)}</bdi></td>
						<td>${__("{0} points for each {1}", [say(row.points), say(row.per)])}</td>
						${found.counted ? number(row.members) + number(row.points_out) + number(row.value) : ""}</tr>`
				)
				.join("")}</tbody></table></div>`);
	} else if (frm.doc.is_group) {
		parts.push(
			`<p class="text-muted">${__("Scoring is set for the groups that customers are in; this one holds other groups.")}</p>`
		);
	} else {
		parts.push(
			`<p class="text-muted">${__("No program in force scores this group: its name on a customer earns nothing by itself.")}</p>`
		);
	}
	for (const row of found.drafts) {
		parts.push(
			`<p>${__("In program {0} it is tier {1}, but that is not in force yet.", [
				program(row.program),
				say(row.tier).bold(),
			])}</p>`
		);
	}
	const $body = $(`<div>${parts.join("")}</div>`).appendTo($panel.empty());
	if (!found.may_set || frm.doc.is_group) return;

	const set = (name) => {
		loyalty_club.waiting_group = group;
		if (name) frappe.set_route("Form", "Club Program", name);
		else frappe.new_doc("Club Program");
	};
	const own = [...found.scoring, ...found.drafts].map((row) => row.program);
	const label = own.length ? __("Change Scoring of This Group") : __("Set Scoring for This Group");
	const choose = () => {
		const known = own.length ? [...new Set(own)] : found.programs;
		if (known.length < 2) return set(known[0]);
		frappe.prompt(
			{
				fieldname: "program",
				fieldtype: "Select",
				label: __("Club Program"),
				options: known,
				default: known[0],
				reqd: 1,
			},
			({ program: name }) => set(name),
			label,
			__("Open", null, "Club Program")
		);
	};
	$(`<button class="btn btn-default btn-sm">${label}</button>`).on("click", choose).appendTo($body);
	if (!own.length && found.programs.length && found.may_create) {
		$(`<button class="btn btn-link btn-sm">${__("In a New Program")}</button>`)
			.on("click", () => set(null))
			.appendTo($body);
	}
};
