"""Club Try Out Change: one setting of a program that a try-out changes."""

from __future__ import annotations

from frappe.model.document import Document


class ClubTryOutChange(Document):
	"""One setting of a program that a try-out changes."""
