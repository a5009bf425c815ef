"""Gift Card: a bearer's wallet. Validates its fields; the engine moves its money."""

from __future__ import annotations

from frappe.model.document import Document


class GiftCard(Document):
	"""A card that is blank until its sale is paid or it is given, and holds money from then on."""
