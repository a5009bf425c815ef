// Club Try Out: starts it, says how far the worker is, and lays the result out as the server words it.
const LOOK_EVERY = 2000; // ms between two looks while a worker is busy

frappe.ui.form.on("Club Try Out", {
	setup(frm) {
		frm.get_docfield("status").formatter = (value) => __(value, null, "Club Try Out");
		frappe.meta.get_docfield("Club Try Out Change", "what").formatter = (value) =>
			loyalty_club.esc(__(value, null, "Club Try Out Change"));
	},

	async onload(frm) {
		if (!frm.is_new()) return;
		const today = frappe.datetime.get_today();
		if (!frm.doc.to_date) {
			await frm.set_value("to_date", frappe.datetime.add_days(today, -1));
			await frm.set_value("from_date", frappe.datetime.add_months(today, -12));
		}
	},

	refresh(frm) {
		if (frappe.model.can_create("Club Program"))
			frm.add_custom_button(__("Propose Programs"), () => propose(frm));
		frm.toggle_display("changes_section", Boolean(frm.doc.other_program));
		if (frm.is_new())
			return loyalty_club.show(
				frm,
				"panel",
				`<p class="text-muted">${__("Save, then run it: the period's own invoices and returns go through the program's rules. Nothing is posted.")}</p>`
			);
		show(frm);
	},

	other_program: (frm) => frm.toggle_display("changes_section", Boolean(frm.doc.other_program)),
});

const show = async (frm) => {
	const shown = await frappe.xcall("loyalty_club.api.tryout.panel", { name: frm.doc.name });
	if (cur_frm !== frm) return;
	frm.remove_custom_button(__("Run"));
	const busy = shown.status === "Running";
	if (!busy && frm.perm[0].write && !frm.is_dirty())
		frm.add_custom_button(__("Run"), () => run(frm)).toggleClass("btn-primary", shown.status !== "Done");
	if (busy) {
		frm.club_busy = true;
		loyalty_club.show(frm, "panel", progress_html(shown));
		setTimeout(() => cur_frm === frm && show(frm), LOOK_EVERY);
		return;
	}
	if (frm.club_busy) {
		frm.club_busy = false;
		return frm.reload_doc();
	}
	loyalty_club.show(
		frm,
		"panel",
		shown.rows ? result_html(shown) : `<p class="text-muted">${__("Run it to see what would have come of it.")}</p>`
	);
};

const run = async (frm) => {
	await frappe.xcall("loyalty_club.api.tryout.start", { name: frm.doc.name });
	await frm.reload_doc();
};

const progress_html = (shown) => `
	<div class="progress-area"><div class="progress-chart" title="${__("Progress")}">
		<div class="progress"><div class="progress-bar progress-bar-success" style="width: ${shown.progress}%"></div></div>
		<div class="text-muted">${__("{0} % of the invoices", [loyalty_club.bdi(shown.progress_text)])}</div>
	</div></div>`;

const result_html = (shown) => {
	const parts = [loyalty_club.figures_table(["", ...shown.heads], shown.rows)];
	shown.tiers.forEach((side) =>
		parts.push(
			loyalty_club.figures_title(__("Tiers under {0}", [side.title])),
			loyalty_club.figures_table([__("Tier"), __("Customers"), __("Net Sales"), __("Points earned"), __("Points outstanding at the end")], side.rows)
		)
	);
	parts.push(loyalty_club.figures_title(__("Who would move: {0} → {1}", [shown.moves_from, shown.moves_to])));
	parts.push(
		shown.moves.length
			? loyalty_club.figures_table(
					[__("From", null, "Loyalty Club"), __("To", null, "Loyalty Club"), __("Customers")],
					shown.moves.map(([from, to, count]) => ({ title: from, cells: [to, count] }))
			  )
			: `<p class="text-muted">${__("Nobody.")}</p>`
	);
	const then = shown.from_now ? [] : [__("Points before")];
	parts.push(
		loyalty_club.figures_title(__("Whom it makes the largest difference to")),
		loyalty_club.figures_table(
			[__("Customer"), __("Net Sales"), __("Tier before"), __("Tier after"), ...then, __("Points earned"), __("Difference")],
			shown.affected.map((row) => ({ ...row, link: link_of(row) }))
		),
		loyalty_club.notes_html(shown.notes.map((text) => [loyalty_club.esc(text)]))
	);
	return parts.join("");
};

const link_of = (row) =>
	frappe.utils.get_form_link("Customer", row.customer, true, loyalty_club.bdi(row.title));

// Seven questions about the shop; of the answers the server makes three drafts, to be compared.
const propose = async (frm) => {
	if (!frm.doc.company) return frappe.msgprint(__("Choose the company first."));
	const known = await frappe.xcall("loyalty_club.api.tryout.shop", { company: frm.doc.company });
	const choice = (fieldname, label, options) => ({
		fieldname,
		label,
		fieldtype: "Select",
		reqd: 1,
		options: Object.entries(options).map(([value, title]) => ({ value, label: title })),
		default: Object.keys(options)[0],
	});
	const number = (fieldname, label, fieldtype, value) => ({ fieldname, label, fieldtype, reqd: 1, default: value });
	const dialog = new frappe.ui.Dialog({
		title: __("Three Programs from Seven Answers"),
		fields: [
			choice("goal", __("What should change"), {
				visits: __("Customers come more often"),
				basket: __("They buy more at once"),
				loyal: __("The best ones stay"),
			}),
			choice("reward", __("What brings customers back"), {
				both: __("A discount and standing"),
				discount: __("A discount"),
				status: __("Standing: a tier that is worth it"),
			}),
			choice("measure", __("What matters more"), {
				amount: __("How much they buy"),
				visits: __("How often they come"),
				gap: __("That no gap grows long"),
			}),
			number("margin", __("Gross margin, % of net sales"), "Float", known.margin || 20),
			number("give", __("What the club may cost, % of the margin"), "Float", 10),
			number("purchase", __("A typical purchase, net"), "Float", known.purchase),
			number("visits", __("How often a good customer comes in a year"), "Float", known.visits),
			{
				fieldtype: "HTML",
				options: `<p class="text-muted small">${__("Filled in from the last twelve months where the invoices tell. What is made are drafts: try them here before one is put in force.")}</p>`,
			},
		],
		primary_action_label: __("Make Three Drafts"),
		primary_action: async (answers) => {
			const made = await frappe.xcall("loyalty_club.api.tryout.propose", { company: frm.doc.company, ...answers });
			dialog.hide();
			const [careful, balanced] = made;
			if (frm.doc.status !== "Running") {
				await frm.set_value({ program: balanced, other_program: careful });
				if (!frm.doc.title) await frm.set_value("title", __("Proposals"));
			}
			frappe.msgprint({
				title: __("Three drafts were made"),
				message: made
					.map((name) => frappe.utils.get_form_link("Club Program", name, true, loyalty_club.esc(name)))
					.join("<br>"),
			});
		},
	});
	dialog.show();
};
