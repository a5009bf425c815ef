// Club Member: what the member has, and what can be done for the member. Numbers and dates come ready from the server.
frappe.ui.form.on("Club Member", {
	setup(frm) {
		// A field that cannot be written asks for its word without the DocType; "Left" is a side elsewhere.
		frm.get_docfield("status").formatter = (value) => __(value, null, "Club Member");
		frm.set_query("program", () => ({ filters: { status: "Active" } }));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.program) choose_program(frm);
	},

	refresh(frm) {
		if (frappe.utils.is_rtl()) {
			// Else the plus of a number goes to its end.
			const $mobile = frm.get_field("mobile").$wrapper.find("input, .control-value");
			$mobile.css({ direction: "ltr", textAlign: "right" });
		}
		if (frm.is_new()) return loyalty_club.show(frm, "panel", "");
		show(frm);
		if (frm.doc.status === "Merged") return;
		const may_write = frm.perm[0] && frm.perm[0].write;
		if (frappe.model.can_create("Loyalty Card") && frm.doc.status === "Active")
			frm.add_custom_button(__("Issue Card"), () => issue(frm));
		if (frappe.model.can_write("Loyalty Card") && frm.doc.status === "Active")
			frm.add_custom_button(__("Hand Out a Card"), () =>
				loyalty_club.cards.hand_out({ member: frm.doc.name }, () => frm.reload_doc())
			);
		if (frm.doc.status === "Active" && frappe.model.can_create("Sales Invoice"))
			frm.add_custom_button(__("Receipt Code"), () => claim(frm));
		if (may_write) frm.add_custom_button(__("Set PIN"), () => set_pin(frm));
		if (frappe.user.has_role("Club Manager") || frappe.user.has_role("System Manager"))
			frm.page.add_menu_item(__("Let Time Pass"), async () => {
				const did = await frappe.xcall("loyalty_club.api.night.pass_time", { member: frm.doc.name });
				frappe.show_alert(did ? __("What was due has happened.") : __("Nothing was due."));
				frm.reload_doc();
			});
		if (frappe.model.can_create("Club Transfer") && frm.doc.status === "Active")
			frm.add_custom_button(__("Transfer"), () => frappe.new_doc("Club Transfer", { giver: frm.doc.name }));
		if (frappe.model.can_create("Club Adjustment") && frm.doc.status === "Active")
			for (const wallet of ["Cash Credit", "Gift Credit"])
				frm.add_custom_button(__(wallet), () => loyalty_club.add_credit(frm.doc.name, wallet), __("Add Credit"));
		frm.add_custom_button(__("Statement"), () =>
			frappe.set_route("query-report", "Club Member Statement", { member: frm.doc.name })
		);
		if (may_write && frm.doc.status === "Active")
			frm.add_custom_button(__("Leave the Club"), () => leave(frm), __("Membership"));
		if (may_write && ["Left", "Inactive"].includes(frm.doc.status))
			frm.add_custom_button(__("Return to the Club"), () => come_back(frm), __("Membership"));
	},
});

// As the server chooses for whoever joins elsewhere: the default of the settings, else the one in force.
const choose_program = async (frm) => {
	const by_setting = await frappe.db.get_single_value("Loyalty Club Settings", "program");
	const known = await frappe.db.get_list("Club Program", { filters: { status: "Active" }, limit: 2 });
	const program = by_setting || (known.length === 1 && known[0].name);
	if (program && frm.is_new() && !frm.doc.program) frm.set_value("program", program);
};

const show = async (frm) => {
	const shown = await loyalty_club.call("member_panel", { member: frm.doc.name });
	if (cur_frm !== frm) return;
	const points = { ...(shown.points || {}), status: shown.status };
	const tiles = shown.points ? loyalty_club.member_tiles(points).join("") : "";
	const $panel = loyalty_club.show(
		frm,
		"panel",
		`<div class="club-tiles">${tiles}</div>
		${loyalty_club.notes_html(loyalty_club.member_notes(points))}
		<div class="club-member-cards"></div>
		${shown.visits ? visits_html(shown.visits) : ""}
		${shown.scores ? scores_html(shown.scores) : ""}`
	);
	const $cards = $panel.find(".club-member-cards");
	if (shown.cards.length) loyalty_club.cards.table($cards, shown.cards, { done: () => show(frm), of_member: true });
	else $cards.html(`<div class="club-note">${__("No card has been issued yet.")}</div>`);
	frm.toggle_display("pin_failures", frm.doc.pin_failures > 0);
};

// How often the member came, and on which weekdays at what hours.
const visits_html = (visits) => {
	const { bdi, esc, tile } = loyalty_club;
	const tiles = [
		tile({ label: __("Visits"), figure: bdi(visits.count), under: __("since {0}", [bdi(visits.first)]) }),
		tile({ label: __("Last Visit"), figure: bdi(visits.last) }),
	];
	if (visits.gap) tiles.push(tile({ label: __("Days Between Visits"), figure: bdi(visits.gap), under: __("on average") }));
	return `<h5 class="mt-4">${esc(__("Visits"))}</h5><div class="club-tiles">${tiles.join("")}</div>${visits.heat}`;
};

// LRFM as of last night: each value with its score, and what they make of the member.
const scores_html = (scores) => {
	const { bdi, esc, tile } = loyalty_club;
	const whole = tile({ label: __("LRFM Score"), figure: bdi(scores.score), under: bdi(scores.segment) });
	const parts = scores.parts.map((part) =>
		tile({ label: esc(part.title), figure: bdi(part.score), under: bdi(part.value) })
	);
	const against = tile({ label: __("Against the Average"), figure: bdi(scores.average_class) });
	const liked = scores.favourite && tile({ label: __("Buys Most"), figure: bdi(scores.favourite) });
	return `<h5 class="mt-4">${__("LRFM, as of the evening of {0}", [bdi(scores.as_of)])}</h5>
		<div class="club-tiles">${[whole, ...parts, against, liked || ""].join("")}</div>`;
};

const issue = (frm) =>
	frappe.confirm(__("Issue a new card to this member?"), async () => {
		const number = await loyalty_club.call("issue_card", { member: frm.doc.name });
		frappe.set_route("Form", "Loyalty Card", number);
	});

// The customer has come back with a receipt that was printed without a member.
const claim = (frm) =>
	frappe.prompt(
		{
			fieldname: "code",
			fieldtype: "Data",
			label: __("Code on the Receipt"),
			reqd: 1,
			description: __("Twelve letters and digits; it works once"),
		},
		async ({ code }) => {
			const done = await loyalty_club.call("attach.claim", { code, member: frm.doc.name });
			const { bdi } = loyalty_club;
			frappe.show_alert(
				{
					message: done.waits
						? __("{0} is attached; its points wait for payment.", [bdi(done.name)])
						: __("{0} is attached: {1} points.", [bdi(done.name), bdi(done.earned)]),
					indicator: "green",
				},
				10
			);
			frm.reload_doc();
		},
		__("Attach a Sale by Its Receipt"),
		__("Attach", null, "Loyalty Club")
	);

const set_pin = (frm) =>
	loyalty_club.ask_pin(__("New PIN"), async (pin) => {
		await loyalty_club.call("set_pin", { member: frm.doc.name, pin });
		frappe.show_alert({ message: __("The PIN is set."), indicator: "green" });
		frm.reload_doc();
	});

const leave = (frm) =>
	frappe.confirm(
		__("From now on nothing is earned or spent. Points and history stay. Let the member leave?"),
		async () => {
			await loyalty_club.call("leave_club", { member: frm.doc.name });
			frm.reload_doc();
		}
	);

const come_back = async (frm) => {
	await loyalty_club.call("come_back", { member: frm.doc.name });
	frm.reload_doc();
};
