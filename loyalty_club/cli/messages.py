"""What the command line says, in English and Persian: one table, the same keys and placeholders in both.

Beside it only what the operating system says in English, in Persian by the name of its error."""

from __future__ import annotations

import errno
from collections.abc import Mapping

MESSAGES: Mapping[str, Mapping[str, str]] = {
	"error": {"en": "Error", "fa": "خطا"},
	"place": {"en": "{path}, line {line}, column “{column}”", "fa": "{path}، خط {line}، ستون «{column}»"},
	"place_line": {"en": "{path}, line {line}", "fa": "{path}، خط {line}"},
	"place_file": {"en": "{path}", "fa": "{path}"},
	"cannot_open": {"en": "cannot be opened ({why})", "fa": "باز نمی‌شود ({why})"},
	"truncated": {
		"en": "the gzip file ends or breaks here; copy it again",
		"fa": "فایل gzip این‌جا بریده یا خراب است؛ دوباره کپی کنید",
	},
	"broken": {
		"en": "the gzip file is cut off or damaged; copy it again",
		"fa": "فایل gzip بریده یا خراب است؛ دوباره کپی کنید",
	},
	"not_utf8": {
		"en": "this is not UTF-8 text; save the file as UTF-8",
		"fa": "متن UTF-8 نیست؛ فایل را با UTF-8 ذخیره کنید",
	},
	"nul": {
		"en": "this is not text (it has a NUL byte); save the file as UTF-8 text",
		"fa": "این متن نیست (بایت NUL دارد)؛ فایل را به شکل متن UTF-8 ذخیره کنید",
	},
	"not_csv": {
		"en": 'this row is not CSV: a quote (") that opens is not closed, or one inside a text is not doubled',
		"fa": 'این ردیف CSV نیست: گیومه‌ای (") که باز شده بسته نشده، یا گیومهٔ درون متن دوتا نوشته نشده',
	},
	"empty": {
		"en": "the file is empty; its first line must name the columns",
		"fa": "فایل خالی است؛ خط نخست باید نام ستون‌ها باشد",
	},
	"column_missing": {
		"en": "there is no such column for “{ours}”; the file has: {has}. Name theirs with --map {ours}=…",
		"fa": "چنین ستونی برای «{ours}» نیست؛ ستون‌های فایل: {has}. نام آن را با ‎--map {ours}=…‎ بدهید",
	},
	"column_twice": {
		"en": "there are two columns of this name; rename one",
		"fa": "دو ستون با این نام هست؛ یکی را عوض کنید",
	},
	"fields": {
		"en": "the number of fields is {has} in this row and {wants} in the header",
		"fa": "شمار خانه‌ها در این ردیف {has} است و در سرستون {wants}",
	},
	"jalali_date": {
		"en": "{given} is a Jalali date where a Gregorian belongs; export the dates as Gregorian (2025-03-21)",
		"fa": "{given} تاریخ جلالی است و این‌جا میلادی لازم است؛ تاریخ‌ها را میلادی (2025-03-21) خروجی بگیرید",
	},
	"bad_date": {
		"en": "“{given}” is no date that exists; write it like 2025-03-21",
		"fa": "«{given}» تاریخی واقعی نیست؛ آن را مانند 2025-03-21 بنویسید",
	},
	"far_date": {
		"en": "{given} lies outside the years {first} to {last}",
		"fa": "{given} بیرون از سال‌های {first} تا {last} میلادی است",
	},
	"bad_time": {
		"en": "“{given}” is no time; write it like 17:30",
		"fa": "«{given}» ساعت نیست؛ آن را مانند 17:30 بنویسید",
	},
	"bad_number": {"en": "“{given}” is no number", "fa": "«{given}» عدد نیست"},
	"too_large": {
		"en": "{given} is larger than any amount; is this the right column?",
		"fa": "{given} از هر مبلغی بزرگ‌تر است؛ ستون درست است؟",
	},
	"negative_points": {
		"en": "{given} points cannot be redeemed; returns restore by themselves",
		"fa": "{given} امتیاز را نمی‌توان خرج کرد؛ برگشت‌ها خود بازمی‌گردانند",
	},
	"no_invoice": {"en": "the row names no invoice", "fa": "ردیف شمارهٔ فاکتور ندارد"},
	"two_customers": {
		"en": "invoice {invoice} belongs to “{first}” above and to “{second}” here",
		"fa": "فاکتور {invoice} بالاتر از آنِ «{first}» است و این‌جا از آنِ «{second}»",
	},
	"two_originals": {
		"en": "invoice {invoice} returns goods of {first} above and of {second} here; make it two",
		"fa": "فاکتور {invoice} بالاتر کالای {first} را برمی‌گرداند و این‌جا کالای {second} را؛ دو فاکتورش کنید",
	},
	"two_redemptions": {
		"en": "invoice {invoice} redeems {first} points above and {second} here",
		"fa": "فاکتور {invoice} بالاتر {first} امتیاز خرج کرده و این‌جا {second}",
	},
	"two_days": {
		"en": "invoice {invoice} has rows on two days; an invoice has one posting date",
		"fa": "فاکتور {invoice} در دو روز ردیف دارد؛ هر فاکتور یک تاریخ دارد",
	},
	"out_exists": {
		"en": "{path} exists and is no folder; choose another --out",
		"fa": "{path} هست و پوشه نیست؛ ‎--out‎ دیگری بدهید",
	},
	"out_in_the_way": {
		"en": "{path} is a folder where a file would be written; choose another --out",
		"fa": "{path} پوشه است و این‌جا فایلی نوشته می‌شود؛ ‎--out‎ دیگری بدهید",
	},
	"cannot_write": {"en": "{path} cannot be written ({why})", "fa": "در {path} نمی‌توان نوشت ({why})"},
	"bad_map": {
		"en": "--map {given}: write it as our=theirs,…; ours are {ours}",
		"fa": "‎--map {given}‎: به شکل our=theirs,… بنویسید؛ نام‌های ما: {ours}",
	},
	"bad_as_of": {
		"en": "--as-of {given} is no Gregorian date from {first} to {last}; write it like 2026-03-20",
		"fa": "‎--as-of {given}‎ تاریخی میلادی از {first} تا {last} نیست؛ آن را مانند 2026-03-20 بنویسید",
	},
	"bad_margin": {
		"en": "--margin {given} is no share; write a number from 0 to 1, like 0.15",
		"fa": "‎--margin {given}‎ نسبت نیست؛ عددی میان 0 و 1 بنویسید، مانند 0.15",
	},
	"reading": {"en": "Replaying", "fa": "بازپخش"},
	"sorting": {
		"en": "The file is not in the order of its dates; sorting it first.",
		"fa": "فایل به ترتیب تاریخ نیست؛ نخست مرتب می‌شود.",
	},
	"scored": {
		"en": "{count} customers scored as of {day}: {path}",
		"fa": "{count} مشتری در تاریخ {day} نمره گرفتند: {path}",
	},
	"report_at": {"en": "Report: {path}", "fa": "گزارش: {path}"},
	"program_good": {"en": "{path} is a valid program.", "fa": "{path} برنامهٔ درستی است."},
	"what_it_does": {"en": "What it does", "fa": "چه می‌کند"},
	"what_is_dangerous": {"en": "What to watch", "fa": "چه خطری دارد"},
	"nothing_dangerous": {"en": "Nothing dangerous was found.", "fa": "خطری یافت نشد."},
}


def say(key: str, lang: str) -> str:
	"""The template of that key."""
	return MESSAGES[key][lang]


SYSTEM_ERRORS: Mapping[str, str] = {
	"ENOENT": "چنین فایلی نیست",
	"EISDIR": "پوشه است",
	"ENOTDIR": "بخشی از مسیر پوشه نیست",
	"EACCES": "اجازهٔ خواندن نیست",
	"EPERM": "اجازهٔ خواندن نیست",
	"ELOOP": "پیوندها دور می‌زنند",
	"ENAMETOOLONG": "نامش بیش از اندازه بلند است",
}


def system_error(error: OSError, lang: str) -> str:
	"""Why a file cannot be read."""
	if lang == "en":
		return error.strerror or str(error)
	name = errno.errorcode.get(error.errno or 0, "")
	return SYSTEM_ERRORS.get(name) or f"خطای سیستم {name}".rstrip()
