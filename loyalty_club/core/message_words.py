"""Messages to members: what each kind says, in English and Persian, from its facts.

Data: tables of templates with the same keys in both languages. A message is kept as a kind and exact facts, and worded
when it is sent or shown, so that it is in the reader's language, calendar and unit of money.

>>> from datetime import date
>>> facts = {"amount": Decimal(50000), "wallet": "Gift Credit", "last_day": date(2026, 5, 31)}
>>> say("credit_expiring", facts, Style())
'50,000 rial of your gift credit expire: they can be spent through 2026-05-31.'
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from loyalty_club.core.words import Style

TITLES: Mapping[str, Mapping[str, str]] = {
	"points_expiring": {"en": "Points about to expire", "fa": "امتیازِ رو به انقضا"},
	"credit_expiring": {"en": "Credit about to expire", "fa": "اعتبارِ رو به انقضا"},
	"tier_at_risk": {"en": "Tier about to be lost", "fa": "سطحِ رو به از دست رفتن"},
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
	"points_expiring": {
		"en": "{points} of your points{worth} expire: they can be spent through {last_day}.",
		"fa": "{points} امتیازِ شما{worth} رو به انقضاست: تا پایان {last_day} می‌توانید خرجش کنید.",
	},
	"credit_expiring": {
		"en": "{amount} of your {wallet} expire: they can be spent through {last_day}.",
		"fa": "{amount} از {wallet} شما رو به انقضاست: تا پایان {last_day} می‌توانید خرجش کنید.",
	},
	"tier_at_risk": {
		"en": "To stay in {tier}, {missing} by {until}; otherwise you move to {after}.{grace}",
		"fa": "برای ماندن در {tier}، {missing} (تا پایان {until})؛ وگرنه به {after} می‌روید.{grace}",
	},
}

# Parts of the sentences above.
WORTH = {"en": " (worth {0})", "fa": " (به ارزش {0})"}
GRACE = {"en": " After that you still have until {0}.", "fa": " پس از آن تا پایان {0} مهلت دارید."}
WALLETS: Mapping[str, Mapping[str, str]] = {
	"Cash Credit": {"en": "cash credit", "fa": "اعتبار نقدی"},
	"Gift Credit": {"en": "gift credit", "fa": "اعتبار هدیهٔ"},
}
MISSING: Mapping[str, Mapping[str, str]] = {
	"net_spend": {"en": "buy for {0} more", "fa": "{0} دیگر خرید کنید"},
	"points_earned": {"en": "earn {0} more points", "fa": "{0} امتیاز دیگر به دست آورید"},
	"visits": {"en": "come and buy on {0} more days", "fa": "{0} روز دیگر برای خرید بیایید"},
	"lrfm": {"en": "raise your score by {0}", "fa": "نمره‌تان را {0} بالاتر ببرید"},
}


def title(kind: str, lang: str) -> str:
	"""A kind of message in a few words; the kind itself where no words are known."""
	return TITLES[kind][lang] if kind in TITLES else kind


def say(kind: str, facts: Mapping[str, object], style: Style) -> str:
	"""A message as a sentence to the member."""
	said = {key: style.fact(key, fact) for key, fact in facts.items()}
	value = facts.get("value")
	said["worth"] = WORTH[style.lang].format(said["value"]) if value else ""
	if "wallet" in facts:
		said["wallet"] = WALLETS[str(facts["wallet"])][style.lang]
	if kind == "tier_at_risk":
		said["missing"] = _missing(facts, style)
		said["grace"] = GRACE[style.lang].format(said["grace"]) if facts.get("grace") else ""
	return SENTENCES[kind][style.lang].format(**said)


def _missing(facts: Mapping[str, object], style: Style) -> str:
	metric, missing = str(facts["metric"]), facts["missing"]
	assert isinstance(missing, Decimal)
	shown = style.money(style.shown(missing)) if metric == "net_spend" else style.number(missing)
	return MISSING[metric][style.lang].format(shown)
