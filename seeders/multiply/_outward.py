"""Which columns lead out of the database: by them an application mails, calls, posts, signs in, or bills.

A column is told by the form of its values, and where that is not enough (digits, random letters, URLs) by its name too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

Kind = Literal["mail address", "phone number", "webhook", "token", "payment id"]

# Patterns that Python and Postgres read alike: the same ones find the columns here and the values there.
MAIL = r"^(mailto:|[^@<>]*<)?[^@\s<>,;:/]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}>?([,;].*@.*)?$"
PHONE = r"^(tel:)?\+?[(]?[0-9][0-9 ()./-]{5,18}[0-9]$"
ABROAD = r"^(tel:)?(\+|00)[1-9][0-9 ()./-]{6,18}[0-9]$"
URL = r"^(https?|wss?)://\S+$"
POSTED_TO = (
    r"^https?://(hooks?|webhooks?|events?-in)\.|^https?://[^/]*(webhook\.site|webhook\.office\.com|discord(app)?\.com/api/"
    r"webhooks|hook\.[a-z0-9]+\.make\.com|requestbin|pipedream\.net)|^https?://[^/?#]+/[^?#]*(web-?hooks?|hooks?|callbacks?"
    r"|postback|ipn|inbound)([/?#_-]|$)"
)
TOKEN = (
    r"^((sk|rk|pk)_(live|test)_|whsec_|gh[pousr]_|github_pat_|glpat-|xox[abprse]-|xapp-|AKIA|ASIA|AIza|ya29\.|SG\.|"
    r"shp(at|ca|pa|ss)_|npm_|pypi-|dop_v1_|hf_|sq0[a-z]{3}-|EAA[A-Za-z0-9]{20}|key-[0-9a-f]{32}|Bearer |Basic |"
    r"eyJ[A-Za-z0-9_-]{8,}\.)[^\s]+$"
)
PAYMENT = (
    r"^((cus|sub|pi|pm|ch|py|seti|src|card|ba|acct|in|si|cs|re|po|tr|cst|mdt|mandate)_(?=[A-Za-z]*[0-9])[A-Za-z0-9_]{8,}"
    r"|PAYID-[A-Z0-9]{10,}|[BI]-(?=[A-Z]*[0-9])[A-Z0-9]{12,17}|(BA|CU|MD|PM|SB)000[0-9A-Z]{9,12})$"
)
IBAN = r"^[A-Z]{2}[0-9]{2} ?([A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}$"
CARD = r"^([0-9][ -]?){12,18}[0-9]$"
RANDOM = r"^[A-Za-z0-9_.+/=:-]{16,}$"
HASHED = r"^(pbkdf2|bcrypt|argon2|scrypt|sha|md5|\$|\{)"  # users of a load test sign in with these

_CALLED: dict[Kind, str] = {
    "phone number": r"phone|mobile|cell(_|$)|(^|_)tel(_|$)|fax|msisdn|sms|whats_?app|handy|pager|dial",
    "webhook": r"hook|callback|postback|notify|notification|(^|_)ipn(_|$)|deliver|subscriber|endpoint|(^|_)ping",
    "token": r"token|secret|api_?key|access_?key|auth_?key|private_?key|client_?key|credential|bearer|signing|"
    r"passphrase|otp|totp|jwt|oauth|(^|_)pat(_|$)",
    "payment id": r"card|(^|_)pan(_|$)|(^|_)cc(_|$)|credit|iban|account_?n|bank|mandate|gocardless|paypal|"
    r"braintree|payer",
}
_COUNTED_AS = (
    r"(count|type|kind|name|status|state|version|level|brand|last_?4|digest|hash|checksum|expires|_at|_on)_?[0-9]*$"
)
SOME, MOST = 0.1, 0.8  # of the values: where the form is proof, and where it is not
_RANDOM_LETTERS = 4  # different characters that say nothing: words repeat theirs and have few digits

_Look = Callable[[str, Sequence[str]], bool]


def outward_kind(name: str, values: Sequence[str]) -> Kind | None:
    """Of what kind a column of that name with these values is, none of which is empty; None: an ordinary one."""
    return next((kind for kind, looks in _KINDS.items() if values and looks(_plain(name), values)), None)


def leads_out(kind: Kind, name: str) -> str:
    """The form of those values of such a column that lead out; where its name says what it holds, any of them."""
    called = kind != "mail address" and _called(_plain(name), kind)
    forms: dict[Kind, tuple[str, str]] = {
        "mail address": (MAIL, MAIL), "webhook": (POSTED_TO, URL), "token": (TOKEN, "."),
        "payment id": (f"{PAYMENT}|{IBAN}", "."), "phone number": (ABROAD, "[0-9]"),
    }  # fmt: skip
    return forms[kind][called]


def _plain(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def kinds_within(values: Sequence[str]) -> list[Kind]:
    """The kinds whose form alone is proof among the texts within a document."""
    forms: dict[Kind, str] = {"mail address": MAIL, "webhook": POSTED_TO, "token": TOKEN, "payment id": PAYMENT}
    return [kind for kind, form in forms.items() if any(re.search(form, value) for value in values)]


def _share(values: Sequence[str], form: str) -> float:
    return sum(re.search(form, value) is not None for value in values) / len(values)


def _called(name: str, kind: Kind) -> bool:
    return re.search(_CALLED[kind], name) is not None and re.search(_COUNTED_AS, name) is None


def _mail(name: str, values: Sequence[str]) -> bool:
    return "message_id" not in name and _share(values, MAIL) >= SOME


def _token(name: str, values: Sequence[str]) -> bool:
    if _share(values, TOKEN) >= SOME:
        return True
    random = [value for value in values if re.search(RANDOM, value) and _says_nothing(value)]
    return _called(name, "token") and len(random) >= MOST * len(values) and _share(values, HASHED) == 0


def _says_nothing(value: str) -> bool:
    """Whether letters and digits are mixed, or its letters are no words."""
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(value))
    mixed = sum(a.islower() and b.isupper() for a, b in pairwise(value))
    return changes + mixed >= _RANDOM_LETTERS


def _payment(name: str, values: Sequence[str]) -> bool:
    if _share(values, PAYMENT) >= SOME:
        return True
    ibans, cards = ([value for value in values if re.search(form, value)] for form in (IBAN, CARD))
    if len(ibans) >= MOST * len(values) and any(map(_is_iban, ibans)):
        return True
    return _called(name, "payment id") and len(cards) >= MOST * len(values) and all(map(_luhn, cards))


def _is_iban(value: str) -> bool:
    """ISO 13616: the rest of the number, its beginning put last and letters written as numbers, is 1 modulo 97."""
    plain = value.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _luhn(value: str) -> bool:
    digits = [int(sign) for sign in value if sign.isdigit()][::-1]
    return sum(d if at % 2 == 0 else sum(divmod(2 * d, 10)) for at, d in enumerate(digits)) % 10 == 0


def _webhook(name: str, values: Sequence[str]) -> bool:
    return _share(values, POSTED_TO) >= SOME or (_called(name, "webhook") and _share(values, URL) >= MOST)


def _phone(name: str, values: Sequence[str]) -> bool:
    if _share(values, ABROAD) >= MOST and any("+" in value for value in values):
        return True
    return _called(name, "phone number") and _share(values, PHONE) >= MOST


_KINDS: dict[Kind, _Look] = {
    "mail address": _mail, "webhook": _webhook, "token": _token, "payment id": _payment, "phone number": _phone,
}  # fmt: skip
