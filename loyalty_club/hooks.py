"""What Frappe calls, and where: every key points at a handler of this app."""

app_name = "loyalty_club"
app_title = "Loyalty Club"
app_publisher = "The loyalty_club founders"
app_description = "A customer club for ERPNext: points, tiers and cards, with the books exactly right"
app_email = "hello@loyalty-club.example"
app_license = "mit"
required_apps = ["frappe/erpnext"]

after_install = "loyalty_club.setup.install.after_install"
after_migrate = "loyalty_club.setup.install.after_migrate"
before_uninstall = "loyalty_club.setup.install.before_uninstall"
after_uninstall = "loyalty_club.setup.install.after_uninstall"

_hooks = "loyalty_club.erpnext_hooks"
_invoice = ("before_validate", "validate", "on_submit", "before_cancel", "on_cancel")


def _events(module, *events):
	"""The handlers of an ERPNext DocType: functions of the events' names."""
	return {event: f"{_hooks}.{module}.{event}" for event in events}


_panel = "public/js/panel.js"  # what the forms' panels share
_cards = "public/js/cards.js"  # the dialogs about cards
app_include_js = "/assets/loyalty_club/js/desk_numbers.js"
extend_bootinfo = "loyalty_club.member_filters.add_to_boot"

doctype_js = {
	"Customer": [_panel, "public/js/customer.js"],
	"Customer Group": "public/js/customer_group.js",
	"Sales Invoice": [_panel, "public/js/sales_invoice.js", "public/js/gift_card_row.js"],
	"POS Invoice": [_panel, "public/js/sales_invoice.js", "public/js/gift_card_row.js"],
	"Gift Card": _panel,
	"Club Member": [_panel, _cards],
	"Club Adjustment": _panel,
	"Club Transfer": _panel,
	"Club Attachment Request": _panel,
	"Club Tier Review": _panel,
	"Club Liability Valuation": _panel,
	"Club Try Out": _panel,
	"Club Segment": _panel,
	"Loyalty Card": [_panel, _cards],
	"Loyalty Card Batch": [_panel, _cards],
	"Club Card Design": [_panel, _cards],
}

page_js = {"point-of-sale": [_panel, "public/js/till.js"]}

doctype_list_js = {
	"Customer": [_panel, "public/js/customer_list.js"],
	"Loyalty Card": [_panel, _cards, "public/js/loyalty_card_list.js"],
}

scheduler_events = {
	"hourly": [
		"loyalty_club.jobs.night",
		"loyalty_club.jobs.retry_failed_awards",
		"loyalty_club.engine.batches.resume_unfinished",
		"loyalty_club.jobs.retry_failed_settlements",
	],
	"daily": [
		"loyalty_club.jobs.find_staff",
		"loyalty_club.jobs.give_birthday_gifts",
		"loyalty_club.jobs.remind_of_goals",
	],
}

doc_events = {
	"Customer": {
		"validate": f"{_hooks}.customer.validate",
		"before_rename": f"{_hooks}.customer.before_rename",
	},
	"Sales Invoice": _events("sales_invoice", *_invoice),
	"POS Invoice": _events("pos_invoice", *_invoice),
	"Journal Entry": {
		"before_cancel": f"{_hooks}.journal_entry.before_cancel",
		"on_submit": f"{_hooks}.journal_entry.on_submit",
		"on_cancel": f"{_hooks}.journal_entry.on_cancel",
	},
	"Payment Entry": {
		"on_submit": f"{_hooks}.payment_entry.on_submit",
		"on_cancel": f"{_hooks}.payment_entry.on_cancel",
		"on_change": f"{_hooks}.payment_entry.on_change",
	},
	"Payment Ledger Entry": {"on_submit": f"{_hooks}.payment_ledger_entry.on_submit"},
}

_ledger = ("Club Ledger Entry", "Club Lot", "Club Activity", "Club Posting", "Club Document Total")
_books = ("Club Liability Valuation", "Club Try Out")
_everywhere = ("Club Tier Review", "Club Group Move", "Club Message")
permission_query_conditions = {
	**dict.fromkeys(_ledger, "loyalty_club.permissions.query_conditions"),
	"Club Settlement": "loyalty_club.permissions.settlement_conditions",
	**dict.fromkeys(_everywhere, "loyalty_club.permissions.conditions_everywhere"),
	**dict.fromkeys(_books, "loyalty_club.permissions.conditions_of_books"),
}
has_permission = {
	**dict.fromkeys(_ledger, "loyalty_club.permissions.has_permission"),
	"Club Settlement": "loyalty_club.permissions.has_permission_for_settlement",
	**dict.fromkeys(_everywhere, "loyalty_club.permissions.has_permission_everywhere"),
	**dict.fromkeys(_books, "loyalty_club.permissions.has_permission_for_books"),
}

# Deleting a company's transactions must not leave balances without the entries they are the sum of.
company_data_to_be_ignored = [
	*_ledger,
	"Club Adjustment",
	"Club Transfer",
	"Gift Card",
	"Club Program Company",
	"Club Program Place",
	"Club Settlement",
	*_books,
]

# A cancelled sale takes back what an approved request gave: the request stays as it was.
auto_cancel_exempted_doctypes = ["Club Attachment Request"]

jinja = {"methods": ["loyalty_club.printing.loyalty_club_of", "loyalty_club.printing.loyalty_club_receipt"]}
