// Club Program: the form of one club's rules. What they mean, and what is dangerous in them, is asked of the server.

frappe.provide("loyalty_club");

// What the codes of the rules are called. Asked for when a form opens, so that they come in the user's language.
loyalty_club.program_choices = () => ({
	metric: {
		net_spend: __("Net purchases"),
		points_earned: __("Points earned"),
		visits: __("Days with a purchase"),
		lrfm: __("LRFM score"),
	},
	window_kind: {
		lifetime: __("All time"),
		rolling_months: __("The last months"),
		this_and_last_year: __("This year and the last"),
	},
	downgrade: {
		straight: __("Straight to the tier that is reached"),
		one_step: __("One step"),
	},
	review: {
		by_itself: __("Happens by itself"),
		approved: __("Waits for a manager"),
	},
	lrfm_method: {
		quintiles: __("Fifths of all members"),
		limits: __("Fixed limits"),
	},
	method: {
		proportional: __("In proportion to the amount"),
		full_steps: __("In full steps only"),
	},
	base: { net: __("Without tax"), with_tax: __("With tax") },
	award: {
		on_submit: __("When the invoice is submitted"),
		when_paid: __("When the invoice is paid"),
	},
	stacking: { add_all: __("All of them are given"), best_only: __("Only the best is given") },
	expiry: {
		never: __("Never"),
		days: __("After days"),
		months: __("After months"),
		end_of_month: __("At the end of a month"),
		end_of_quarter: __("At the end of a quarter"),
		end_of_half_year: __("At the end of a half-year"),
		end_of_year: __("At the end of a year"),
		inactivity: __("After months without a purchase"),
	},
});
loyalty_club.rule_choices = () => ({
	add_per: { invoice: __("Each invoice"), unit: __("Each unit sold") },
});

loyalty_club.escape = (text) => frappe.utils.escape_html(cstr(text));

frappe.ui.form.on("Club Program", {
	setup(frm) {
		const in_company = (more) => (doc, cdt, cdn) => ({
			filters: { company: locals[cdt][cdn].company || "", is_group: 0, ...more },
		});
		frm.set_query("liability_account", "companies", in_company({ root_type: "Liability" }));
		frm.set_query(
			"round_off_account",
			"companies",
			in_company({ root_type: ["in", ["Expense", "Income"]] })
		);
		frm.set_query("marketing_account", "companies", in_company({ root_type: "Expense" }));
		frm.set_query("revenue_account", "companies", in_company({ root_type: "Income" }));
		frm.set_query("cost_center", "companies", in_company({}));
		frm.set_query("company", "companies", (doc) => ({
			filters: doc.currency ? { default_currency: doc.currency } : {},
		}));
		frm.set_query("customer_group", "tiers", (doc, cdt, cdn) => {
			const others = doc.tiers
				.filter((row) => row.name !== cdn && row.customer_group)
				.map((row) => row.customer_group);
			return { filters: others.length ? { is_group: 0, name: ["not in", others] } : { is_group: 0 } };
		});
	},

	onload(frm) {
		const name = (df, choices) => {
			df.options = Object.entries(choices).map(([value, label]) => ({ value, label }));
			df.formatter = (value) => loyalty_club.escape(choices[value] || value || "");
		};
		for (const [field, choices] of Object.entries(loyalty_club.program_choices())) {
			name(frm.get_docfield(field), choices);
			frm.refresh_field(field);
		}
		const grid = frm.get_field("rules").grid;
		for (const [field, choices] of Object.entries(loyalty_club.rule_choices())) {
			grid.update_docfield_property(
				field,
				"options",
				Object.entries(choices).map(([value, label]) => ({ value, label }))
			);
			const shown = (value) => loyalty_club.escape(choices[value] || value || "");
			grid.update_docfield_property(field, "formatter", shown);
			frappe.meta.get_docfield("Club Earn Rule", field).formatter = shown;
		}
		if (frm.is_new()) {
			// Frappe fills in the site's default group, which holds all others.
			for (const row of frm.doc.tiers || []) if (!row.tier) row.customer_group = null;
			frm.refresh_field("tiers");
			frm.trigger("prefill");
		}
	},

	async prefill(frm) {
		const company = frappe.defaults.get_user_default("Company");
		if (!company || (frm.doc.companies || []).some((row) => row.company)) return;
		const found = await frappe.db.get_value("Company", company, "default_currency");
		await frm.set_value("currency", found.message.default_currency);
		frm.clear_table("companies");
		frm.add_child("companies", { company });
		frm.refresh_field("companies");
	},

	currency(frm) {
		const rial = frm.doc.currency === "IRR";
		if (!rial) frm.set_value({ display_unit: "Currency", money_decimals: 2 });
		else if (frm.doc.display_unit === "Currency")
			frm.set_value({ display_unit: "Toman", money_decimals: 0 });
	},

	refresh(frm) {
		frm.trigger("add_waiting_group");
		if (frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Standard Segments"), () => standard_segments(frm), __("LRFM"));
			frm.add_custom_button(__("Import", null, "Club Program"), () => loyalty_club.import_program(frm), __("File"));
		}
		if (frm.is_new()) {
			frm.get_field("words").$wrapper.html(
				`<p class="text-muted">${__("Save, and read here what these rules mean.")}</p>`
			);
			return;
		}
		frm.add_custom_button(__("Export", null, "Club Program"), () => loyalty_club.export_program(frm), __("File"));
		if (frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Put in Force"), () => frm.trigger("put_in_force"));
			if (frm.doc.status === "Active") {
				frm.add_custom_button(__("Close", null, "Club Program"), () => frm.trigger("close_program"));
				if (frappe.user.has_role(["Club Manager", "System Manager"])) {
					frm.add_custom_button(__("Score Now"), () => score_now(), __("LRFM"));
				}
			}
		}
		frm.trigger("show_words");
	},

	// A customer group whose scoring is to be set here (from the Customer Group form): its row is made ready.
	add_waiting_group(frm) {
		const group = loyalty_club.waiting_group;
		if (!group) return;
		loyalty_club.waiting_group = null;
		let row = (frm.doc.tiers || []).find((each) => each.customer_group === group);
		if (!row) {
			const empty = (frm.doc.tiers || []).find((each) => !each.customer_group && !each.tier);
			row = empty || frm.add_child("tiers");
			frappe.model.set_value(row.doctype, row.name, "customer_group", group);
			frm.refresh_field("tiers");
			frm.dirty();
		}
		frm.scroll_to_field("tiers");
		frappe.show_alert({
			message: __("Write from how much purchase {0} begins and how many points it earns, then save.", [
				loyalty_club.escape(group).bold(),
			]),
			indicator: "blue",
		});
	},

	async show_words(frm) {
		const panel = await frappe.xcall("loyalty_club.api.program_panel", { program: frm.doc.name });
		if (panel.wrong || frm.is_new()) return;
		const version = panel.version && [panel.version.number, panel.version.since];
		if (frm.doc.status === "Closed") {
			frm.dashboard.set_headline(
				__("Closed: nothing is earned or spent. Put it in force to open it again."),
				"red"
			);
		} else if (!version) {
			frm.dashboard.set_headline(
				__("A draft: sales earn nothing until it is put in force."),
				"yellow"
			);
		} else if (panel.changed) {
			frm.dashboard.set_headline(
				__("Version {0} is in force since {1}. This form says something else: put it in force to make it count.", version),
				"orange"
			);
		} else {
			frm.dashboard.set_headline(
				__("Version {0} is in force since {1}, and says what this form says.", version),
				"green"
			);
		}
		if (frm.doc.status !== "Closed" && (panel.changed || !version)) {
			frm.change_custom_button_type(__("Put in Force"), null, "primary");
		}
		loyalty_club.show_program_words(frm, panel);
	},

	async put_in_force(frm) {
		if (frm.is_dirty()) await frm.save();
		frappe.confirm(
			__("From now on invoices earn and redeem by these rules. What was awarded before stays as it is."),
			async () => {
				const done = await frappe.xcall("loyalty_club.api.put_in_force", {
					program: frm.doc.name,
				});
				await frm.reload_doc();
				frappe.show_alert({
					message: done.new
						? __("Version {0} is in force.", [done.version_number])
						: __("Version {0} says the same already; it stays in force.", [done.version_number]),
					indicator: "green",
				});
			}
		);
	},

	close_program(frm) {
		frappe.confirm(
			__("Nothing is earned or spent in {0} any more, until it is put in force again. Balances stay.", [
				loyalty_club.escape(frm.doc.name).bold(),
			]),
			async () => {
				await frappe.xcall("loyalty_club.api.close_program", { program: frm.doc.name });
				frm.reload_doc();
			}
		);
	},
});

frappe.ui.form.on("Club Program Company", {
	company(frm, cdt, cdn) {
		for (const field of ["liability_account", "round_off_account", "cost_center"])
			frappe.model.set_value(cdt, cdn, field, null);
	},
});

frappe.ui.form.on("Club Tier", {
	tiers_add(frm, cdt, cdn) {
		// A new row goes on from the one above it; the site's default group is none of the club's.
		frappe.model.set_value(cdt, cdn, "customer_group", null);
		const above = frm.doc.tiers[frm.doc.tiers.length - 2];
		if (above && above.per) frappe.model.set_value(cdt, cdn, "per", above.per);
	},
});

loyalty_club.show_program_words = (frm, panel) => {
	const say = loyalty_club.escape;
	const standing = (panel.standing || []).length
		? `<table class="table table-bordered small" style="max-inline-size: 640px">
			<thead><tr><th>${__("Tier")}</th><th style="text-align: end">${__("Members")}</th>
				<th style="text-align: end">${__("Outstanding Points")}</th><th style="text-align: end">${__("Their Value")}</th></tr></thead>
			<tbody>${panel.standing
				.map(
					(row) => `<tr><td>${say(row.tier)}</td>
						<td style="text-align: end"><bdi>${say(row.members)}</bdi></td>
						<td style="text-align: end"><bdi>${say(row.points)}</bdi></td>
						<td style="text-align: end"><bdi>${say(row.value)}</bdi></td></tr>`
				)
				.join("")}</tbody></table>`
		: "";
	const $panel = $(`<div class="club-words">
		<ul style="padding-inline-start: 1.2em">${panel.words.map((each) => `<li>${say(each)}</li>`).join("")}</ul>
		${standing}
		<div style="display: flex; gap: 8px; align-items: center; flex-wrap: wrap; margin-block: 12px">
			<label class="text-muted small" style="margin: 0" for="club-margin">${__("Gross margin of the shop, in percent")}</label>
			<input id="club-margin" type="text" inputmode="decimal" class="form-control input-xs" style="inline-size: 80px">
			<button class="btn btn-default btn-xs">${__("Look for Dangers")}</button>
		</div>
		<div class="club-dangers"></div>
	</div>`);
	const $margin = $panel.find("input");
	$margin.val(localStorage.getItem("loyalty_club_margin") || "");
	$panel.find("button").on("click", async () => {
		localStorage.setItem("loyalty_club_margin", $margin.val());
		const found = await frappe.xcall("loyalty_club.api.program_dangers", {
			program: frm.doc.name,
			margin: $margin.val(),
		});
		const colours = { danger: "red", warning: "orange", note: "blue" };
		$panel.find(".club-dangers").html(
			found
				.map(
					(each) => `<p style="margin-block: 6px"><span class="indicator-pill no-indicator-dot ${
						colours[each.severity]
					}">${say(each.title)}</span> ${say(each.text)}</p>`
				)
				.join("") || `<p class="text-muted">${__("Nothing dangerous was found.")}</p>`
		);
	});
	$margin.on("keydown", (event) => event.which === 13 && $panel.find("button").trigger("click"));
	frm.get_field("words").$wrapper.empty().append($panel);
};

loyalty_club.export_program = async (frm) => {
	if (frm.is_dirty()) await frm.save();
	const file = await frappe.xcall("loyalty_club.api.export_program", { program: frm.doc.name });
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([file.text], { type: "application/json" }));
	link.download = file.name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

loyalty_club.import_program = (frm) => {
	const dialog = new frappe.ui.Dialog({
		title: __("Import a Program"),
		fields: [
			{ fieldname: "file", fieldtype: "HTML" },
			{
				fieldname: "text",
				fieldtype: "Code",
				options: "JSON",
				label: __("Program File"),
				reqd: 1,
				description: frm.is_new()
					? __("A new program is made of it.")
					: __("The form says what the file says; companies and accounts stay. Put it in force to make it count."),
			},
		],
		primary_action_label: __("Import", null, "Club Program"),
		async primary_action({ text }) {
			const name = await frappe.xcall("loyalty_club.api.import_program", {
				text,
				program: frm.is_new() ? null : frm.doc.name,
			});
			dialog.hide();
			if (frm.is_new()) frappe.set_route("Form", "Club Program", name);
			else frm.reload_doc();
		},
	});
	$(`<input type="file" accept=".json,application/json" aria-label="${__("Choose a file")}">`)
		.on("change", async (event) => {
			const file = event.target.files[0];
			if (file) dialog.set_value("text", await file.text());
		})
		.appendTo(dialog.get_field("file").$wrapper);
	dialog.show();
};

// The table of LRFM segments with the usual ones again.
const standard_segments = async (frm) => {
	const fill = async () => {
		const rows = await frappe.xcall("loyalty_club.api.segments.standard_rows");
		frm.clear_table("segment_rules");
		rows.forEach((row) => frm.add_child("segment_rules", row));
		frm.refresh_field("segment_rules");
		frm.dirty();
	};
	if (!(frm.doc.segment_rules || []).length) return fill();
	frappe.confirm(__("Replace the segments of this program with the usual ones?"), fill);
};

// A worker scores everybody as of last night, from the beginning.
const score_now = async () => {
	await frappe.xcall("loyalty_club.api.night.run_job", { job: "Scores", again: 1 });
	frappe.show_alert({ message: __("The members are being scored; Night Work shows how far it is."), indicator: "blue" });
};
