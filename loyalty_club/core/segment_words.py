"""A segment in words: one sentence that says whom it finds, in English and Persian.

Decides nothing: `engine.segments` finds the members, and hands over what its filters are. Data: tables of templates with
the same keys in both languages.

>>> style = Style("en", "gregorian")
>>> sentence("Tea Club", [names("tier", ["Gold", "Silver"], style), span("age", 18, None, style)], style)
'Active members of Tea Club: tier Gold or Silver; age 18 or more.'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from loyalty_club.core import phrases
from loyalty_club.core.phrases import Text
from loyalty_club.core.words import Style

EVERYBODY: Text = {"en": "All active members of {0}.", "fa": "همهٔ اعضای فعالِ {0}."}
SOME: Text = {"en": "Active members of {0}: {1}.", "fa": "اعضای فعالِ {0}: {1}."}

# What numbers are of; the places are those of `_SPANS`.
NUMBERS: Mapping[str, Text] = {
	"length": {"en": "length score", "fa": "نمرهٔ طول رابطه"},
	"recency": {"en": "recency score", "fa": "نمرهٔ تازگی"},
	"frequency": {"en": "frequency score", "fa": "نمرهٔ تکرار"},
	"monetary": {"en": "monetary score", "fa": "نمرهٔ مبلغ"},
	"score": {"en": "LRFM score", "fa": "نمرهٔ LRFM"},
	"age": {"en": "age", "fa": "سن"},
	"visits": {"en": "days with a purchase", "fa": "روزهای خرید"},
	"gap": {"en": "days between purchases", "fa": "فاصلهٔ خریدها به روز"},
	"net": {"en": "net purchases", "fa": "خالصِ خرید"},
	"balance": {"en": "points", "fa": "امتیاز"},
}
_SPANS: Mapping[str, Text] = {
	"both": {"en": "{0} from {1} to {2}", "fa": "{0} از {1} تا {2}"},
	"same": {"en": "{0} {1}", "fa": "{0} {1}"},
	"from": {"en": "{0} {1} or more", "fa": "{0} {1} یا بیشتر"},
	"to": {"en": "{0} up to {2}", "fa": "{0} تا {2}"},
}

# What happened some days ago.
AGO: Mapping[str, Mapping[str, Text]] = {
	"joined": {
		"both": {"en": "joined {1} to {2} days ago", "fa": "عضویت از {1} تا {2} روز پیش"},
		"same": {"en": "joined {1} days ago", "fa": "عضویت {1} روز پیش"},
		"from": {"en": "joined {1} days ago or earlier", "fa": "عضویت {1} روز پیش یا زودتر"},
		"to": {"en": "joined within the last {2} days", "fa": "عضویت در {2} روز گذشته"},
	},
	"last": {
		"both": {"en": "last purchase {1} to {2} days ago", "fa": "آخرین خرید از {1} تا {2} روز پیش"},
		"same": {"en": "last purchase {1} days ago", "fa": "آخرین خرید {1} روز پیش"},
		"from": {"en": "last purchase {1} days ago or earlier", "fa": "آخرین خرید {1} روز پیش یا زودتر"},
		"to": {"en": "last purchase within the last {2} days", "fa": "آخرین خرید در {2} روز گذشته"},
	},
}

NAMES: Mapping[str, Text] = {
	"tier": {"en": "tier {0}", "fa": "سطح {0}"},
	"customer_group": {"en": "customer group {0}", "fa": "گروه مشتری {0}"},
	"branch": {"en": "branch {0}", "fa": "شعبهٔ {0}"},
	"favourite_branch": {"en": "buys most in branch {0}", "fa": "بیشترین خرید در شعبهٔ {0}"},
	"item_group": {"en": "buys most of {0}", "fa": "بیشترین خرید از {0}"},
	"channel": {"en": "joined through {0}", "fa": "عضویت از راه {0}"},
	"segment": {"en": "LRFM segment {0}", "fa": "بخش LRFM {0}"},
	"class": {"en": "against the average {0}", "fa": "نسبت به میانگین {0}"},
	"birth_month": {"en": "birthday in {0}", "fa": "تولد در {0}"},
	"not_in": {"en": "not in {0}", "fa": "نه در {0}"},
}
EACH: Mapping[str, Text] = {"also_in": {"en": "also in {0}", "fa": "و نیز در {0}"}}

FACTS: Mapping[str, Text] = {
	"birthday_today": {"en": "birthday today", "fa": "تولد امروز"},
	"birthday_within": {
		"en": "birthday within {0} days, today included",
		"fa": "تولد از امروز تا {0} روز",
	},
	"purchases_has": {"en": "has purchased", "fa": "خرید داشته"},
	"purchases_never": {"en": "has never purchased", "fa": "هرگز خرید نکرده"},
	"advertising_yes": {"en": "accepts advertising", "fa": "پذیرای تبلیغات"},
	"advertising_no": {"en": "does not accept advertising", "fa": "بی‌رضایت به تبلیغات"},
	"card_yes": {"en": "has a card", "fa": "دارای کارت"},
	"card_no": {"en": "has no card", "fa": "بی‌کارت"},
}

TABLES: Mapping[str, Mapping[str, Text]] = {
	"sentences": {"everybody": EVERYBODY, "some": SOME},
	"numbers": NUMBERS,
	"spans": _SPANS,
	**AGO,
	"names": NAMES,
	"each": EACH,
	"facts": FACTS,
}


def span(key: str, low: Any, high: Any, style: Style) -> str:
	"""From a number to a number, either of them None or 0 where there is no such end; days, scores, points, or Rial
	("net"). `key` is one of NUMBERS or AGO."""
	kind = "same" if low and low == high else "both" if low and high else "from" if low else "to"
	if key == "net":
		said = [style.money(Decimal(str(each or 0))) for each in (low, high)]
	else:
		said = [style.number(_plain(each)) for each in (low, high)]
	if key in AGO:
		return AGO[key][kind][style.lang].format("", *said)
	return _SPANS[kind][style.lang].format(NUMBERS[key][style.lang], *said)


def names(key: str, titles: Sequence[str], style: Style) -> str:
	"""One of several names; `key` is one of NAMES, or of EACH where it is every one of them."""
	if key in EACH:
		return EACH[key][style.lang].format(phrases.listed(titles, phrases.AND, style))
	return NAMES[key][style.lang].format(phrases.listed(titles, phrases.OR, style))


def fact(key: str, style: Style, number: int = 0) -> str:
	"""What is so or not; `key` is one of FACTS."""
	return FACTS[key][style.lang].format(style.number(Decimal(number)))


def sentence(program: str, clauses: Sequence[str], style: Style) -> str:
	"""The whole segment."""
	if not clauses:
		return EVERYBODY[style.lang].format(program)
	return SOME[style.lang].format(program, phrases.CLAUSES[style.lang].join(clauses))


def _plain(number: Any) -> Decimal:
	exact = Decimal(str(number or 0))
	return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()
