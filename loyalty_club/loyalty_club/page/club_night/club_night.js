// Night Work: what each job of the night did, what is running, and the last nights beside each other.

frappe.pages["club-night"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Night Work"), single_column: true });
	wrapper.club_night = new ClubNight(page);
};
frappe.pages["club-night"].on_page_show = (wrapper) => wrapper.club_night && wrapper.club_night.refresh();
frappe.pages["club-night"].on_page_hide = (wrapper) => wrapper.club_night && wrapper.club_night.stop();

class ClubNight {
	constructor(page) {
		this.page = page;
		this.body = $("<div class='club-night'></div>").appendTo(page.main);
	}

	async refresh() {
		this.stop();
		const found = await frappe.xcall("loyalty_club.api.night.overview");
		this.draw(found);
		const busy = found.jobs.some((job) => job.running) || Date.now() < (this.expected || 0);
		this.timer = setTimeout(() => this.refresh(), busy ? 2000 : 30000);
	}

	stop() {
		clearTimeout(this.timer);
	}

	draw(found) {
		this.page.clear_primary_action();
		if (found.may_run) {
			this.page.set_primary_action(__("Run the Night Now"), () => this.run("run_night", {}));
		}
		this.body.empty();
		this.warn(found.workers);
		found.jobs.forEach((job) => this.card(job, found.may_run));
		this.history(found);
	}

	warn(workers) {
		const say = (text) => this.body.append($("<div class='alert alert-warning'></div>").text(text));
		if (!workers.scheduler) {
			say(__("The scheduler is off: nights do not begin by themselves. Switch it on in System Settings."));
		}
		if (!workers.worker) {
			say(__("No worker takes long jobs: what is started here waits until one runs."));
		}
	}

	card(job, may_run) {
		const card = $("<div class='frappe-card p-4 mb-3'></div>").appendTo(this.body);
		const head = $("<div class='d-flex justify-content-between align-items-center'></div>").appendTo(card);
		const title = $("<div></div>").appendTo(head);
		title.append($("<b></b>").text(job.label), " ");
		title.append($(`<span class='indicator-pill ${job.indicator}'></span>`).text(job.status_label));
		if (may_run && !job.running) {
			const again = ["Completed", "Partly Failed"].includes(job.status) && !job.missing;
			const label = again ? __("Run Again") : __("Run Now");
			$("<button class='btn btn-default btn-xs'></button>")
				.text(label)
				.appendTo(head)
				.on("click", () => this.ask(job, again));
		}
		if (!job.run) {
			return;
		}
		const facts = [__("for {0}", [job.day]), __("{0} seconds", [job.seconds])];
		if (job.missing > 1) {
			facts.push(__("{0} days still to be made up for", [job.missing_shown]));
		}
		$("<div class='text-muted small mt-1'></div>").text(facts.join(" · ")).appendTo(card);
		if (job.running) {
			this.bar(card, job);
		}
		if (job.status === "Interrupted") {
			$("<div class='small mt-1'></div>")
				.text(__("Cut off. It goes on within the hour, or at once by the button."))
				.appendTo(card);
		}
		if (job.did.length) {
			$("<div class='mt-1'></div>").text(job.did.join(" · ")).appendTo(card);
		}
		job.failures.forEach((failure) => {
			const line = $("<div class='text-danger small mt-1'></div>").appendTo(card);
			if (failure.member) {
				line.append($("<a></a>").attr("href", frappe.utils.get_form_link("Club Member", failure.member)).text(failure.member), ": ");
			}
			line.append($("<bdi dir='ltr'></bdi>").text(failure.error));
		});
		$("<a class='small'></a>")
			.attr("href", frappe.utils.get_form_link("Club Job Run", job.run))
			.text(__("Details"))
			.appendTo($("<div class='mt-1'></div>").appendTo(card));
	}

	bar(card, job) {
		$(`<div class="progress mt-2"><div class="progress-bar" style="inline-size: ${job.share}%"></div></div>`).appendTo(card);
		const said = __("{0} of {1}; last sign of life {2} seconds ago", [
			job.done,
			job.total,
			job.silent,
		]);
		$("<div class='text-muted small'></div>").text(said).appendTo(card);
	}

	history(found) {
		if (!found.nights.length) {
			return;
		}
		const table = $("<table class='table table-sm small'></table>").appendTo(
			$("<div class='frappe-card p-4' style='overflow-x: auto'></div>").appendTo(this.body)
		);
		const head = $("<tr></tr>").appendTo($("<thead></thead>").appendTo(table));
		head.append($("<th></th>").text(__("Night")));
		found.jobs.forEach((job) => head.append($("<th></th>").text(job.label)));
		const rows = $("<tbody></tbody>").appendTo(table);
		found.nights.forEach((night) => {
			const row = $("<tr></tr>").appendTo(rows);
			row.append($("<td></td>").text(night.day));
			night.jobs.forEach((run) => {
				const cell = $("<td></td>").appendTo(row);
				if (run) {
					$(`<a class="indicator-pill ${run.indicator}"></a>`)
						.attr("href", frappe.utils.get_form_link("Club Job Run", run.run))
						.attr("title", run.status)
						.text(run.seconds)
						.appendTo(cell);
				}
			});
		});
	}

	ask(job, again) {
		if (!again) {
			this.run("run_job", { job: job.name });
			return;
		}
		frappe.confirm(__("{0} is complete for today. Run it from the beginning?", [job.label]), () =>
			this.run("run_job", { job: job.name, again: 1 })
		);
	}

	async run(method, args) {
		const asked = await frappe.xcall(`loyalty_club.api.night.${method}`, args);
		if (asked === false) {
			frappe.show_alert({ message: __("Everything is done for today."), indicator: "green" });
			return;
		}
		frappe.show_alert({ message: __("A worker has been asked to run it."), indicator: "blue" });
		this.expected = Date.now() + 60000; // look often until it has begun
		this.refresh();
	}
}
