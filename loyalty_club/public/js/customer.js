// Customer: membership, balance and cards, and what the CRM knows. Everything shown comes from the server.

frappe.provide("loyalty_club");

frappe.ui.form.on("Customer", {
	refresh(frm) {
		const field = frm.get_field("club_panel");
		if (!field) return;
		field.$wrapper.empty();
		const may = frappe.model.can_read("Club Member");
		frm.toggle_display("club_tab", may && !frm.is_new());
		if (frm.is_new() || !may) return;
		loyalty_club.show_customer(frm, field.$wrapper);
	},
});

loyalty_club.show_customer = async (frm, $panel) => {
	const customer = frm.doc.name;
	const found = await frappe.xcall("loyalty_club.api.customer_panel", { customer });
	if (frm.doc.name !== customer) return;
	const again = () => loyalty_club.show_customer(frm, $panel);

	const $left = $('<div style="flex: 2 1 420px; min-inline-size: 0"></div>');
	const $right = $('<div style="flex: 1 1 240px; min-inline-size: 0"></div>');
	$panel
		.empty()
		.append($('<div style="display: flex; flex-wrap: wrap; gap: 32px"></div>').append($left, $right));

	for (const member of found.members)
		$left.append(loyalty_club.membership(frm, member, found, again));
	if (!found.members.some((each) => each.status === "Active"))
		$left.append(loyalty_club.joining(frm, found, again));
	if (found.crm.length) $right.append(loyalty_club.crm(found.crm));
};

loyalty_club.membership = (frm, member, found, again) => {
	const { bdi, esc: say, tile } = loyalty_club;
	loyalty_club.style();
	const colours = { Active: "green", Inactive: "orange", Left: "gray" };
	const points = member.points || {};
	const tiles = [
		points.tier && {
			label: __("Tier"),
			figure: bdi(points.tier),
			under: points.progress
				? __("{0} to go until {1}", [bdi(points.progress.left), say(points.progress.tier)])
				: "",
			share: points.progress ? points.progress.share : 1,
		},
		points.available_text && {
			label: __("Points to Spend"),
			figure: bdi(points.available_text),
			under: points.value && __("worth {0}", [bdi(points.value)]),
		},
		points.pending_text && { label: __("Points on the Way"), figure: bdi(points.pending_text) },
		points.deficit_text && {
			label: __("Points Owed"),
			figure: bdi(points.deficit_text),
			under: __("The next points fill this first"),
		},
		points.next_expiry_points && {
			label: __("Next to Expire"),
			figure: bdi(points.next_expiry_points),
			under: points.next_expiry && __("through {0}", [bdi(points.next_expiry)]),
		},
		...(points.credits || []).map((credit) => ({ label: credit.label, figure: bdi(credit.available_text) })),
		{
			label: __("Membership Code"),
			figure: bdi(member.name),
			under: member.joined_on && __("joined on {0}", [bdi(member.joined_on)]),
		},
	].filter(Boolean);
	const cards = member.cards
		.map(
			(card) => `<tr><td>${frappe.utils.get_form_link(
				"Loyalty Card",
				card.name,
				true,
				`<bdi dir="ltr">${say(card.number)}</bdi>`
			)}</td><td>${__(card.status, null, "Loyalty Card")}</td><td><bdi>${say(card.issued_on)}</bdi></td></tr>`
		)
		.join("");
	const invoices = member.invoices
		.map(
			(row) => `<tr><td>${frappe.utils.get_form_link("Sales Invoice", row.name, true)}${
				row.is_return ? ` <span class="text-muted">${__("Return")}</span>` : ""
			}</td><td><bdi>${say(row.day)}</bdi></td><td style="text-align: end"><bdi>${say(row.total)}</bdi></td></tr>`
		)
		.join("");
	const $box = $(`<div style="margin-block-end: 24px">
		<h5>${frappe.utils.get_form_link("Club Program", member.program, true, say(member.program))}
			<span class="indicator-pill ${colours[member.status] || "gray"}">${__(member.status, null, "Club Member")}</span></h5>
		<div class="club-tiles">${tiles.map(tile).join("")}</div>
		<div class="club-buttons"></div>
		${
			cards
				? `<div class="text-muted small">${__("Cards", null, "Loyalty Club Settings")}</div><table class="table small" style="margin-block: 4px 16px"><tbody>${cards}</tbody></table>`
				: `<p class="text-muted small">${__("No card yet.")}</p>`
		}
		${
			invoices
				? `<div class="text-muted small">${__("Latest Invoices")}</div><table class="table small" style="margin-block: 4px 16px"><tbody>${invoices}</tbody></table>`
				: ""
		}
	</div>`);
	const button = (label, click) =>
		$(`<button class="btn btn-default btn-xs">${label}</button>`)
			.on("click", click)
			.appendTo($box.find(".club-buttons"));
	if (found.may_issue && member.status === "Active") {
		button(__("Issue a Card"), async () => {
			const card = await frappe.xcall("loyalty_club.api.issue_card", { member: member.name });
			frappe.show_alert({
				message: __("Card {0} is issued.", [`<bdi dir="ltr">${say(card)}</bdi>`]),
				indicator: "green",
			});
			again();
		});
	}
	if (found.may_add_credit && member.status === "Active")
		button(__("Add Credit"), () => loyalty_club.add_credit(member.name, "Cash Credit"));
	if (found.statement) {
		button(__("Statement"), () =>
			frappe.set_route("query-report", "Club Member Statement", { member: member.name })
		);
	}
	button(__("All Invoices"), () =>
		frappe.set_route("List", "Sales Invoice", { club_member: member.name })
	);
	button(__("Open Membership"), () => frappe.set_route("Form", "Club Member", member.name));
	return $box;
};

loyalty_club.joining = (frm, found, again) => {
	const $box = $("<div></div>");
	if (!found.programs.length) {
		return $box.html(
			`<p class="text-muted">${__("No club program is in force, so that nobody can join yet.")}</p>`
		);
	}
	if (!found.may_join) {
		return $box.html(`<p class="text-muted">${__("This customer is no club member.")}</p>`);
	}
	const join = async (program) => {
		await frappe.xcall("loyalty_club.api.join_club", { customer: frm.doc.name, program });
		frappe.show_alert({
			message: __("{0} is a club member now.", [
				frappe.utils.escape_html(frm.doc.customer_name).bold(),
			]),
			indicator: "green",
		});
		again();
	};
	const choose = () => {
		if (found.programs.length === 1) return join(found.programs[0]);
		frappe.prompt(
			{
				fieldname: "program",
				fieldtype: "Select",
				label: __("Club Program"),
				options: found.programs,
				default: found.programs.includes(found.default_program) ? found.default_program : "",
				reqd: 1,
			},
			({ program }) => join(program),
			__("Join the Club"),
			__("Join")
		);
	};
	$box.html(`<p class="text-muted">${__("This customer is no club member.")}</p>`);
	return $box.append(
		$(`<button class="btn btn-primary btn-sm">${__("Join the Club")}</button>`).on("click", choose)
	);
};

loyalty_club.crm = (kinds) => {
	const $box = $(`<div><div class="text-muted small" style="margin-block-end: 8px">${__(
		"Known in the CRM"
	)}</div></div>`);
	for (const kind of kinds) {
		$(`<div style="display: flex; justify-content: space-between; padding-block: 6px; border-block-end: 1px solid var(--border-color)">
			<a href="#">${frappe.utils.escape_html(kind.label)}</a>
			<bdi class="${kind.any ? "bold" : "text-muted"}">${frappe.utils.escape_html(kind.count)}</bdi></div>`)
			.appendTo($box)
			.find("a")
			.on("click", (event) => {
				event.preventDefault();
				frappe.set_route("List", kind.doctype, kind.filters);
			});
	}
	return $box;
};
