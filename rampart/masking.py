"""The one mask that everything passes before it is written or shown: no secret is left, by origin, name, or form.

By origin: values that were read as secrets (from the environment, credentials in the target file) are remembered, and
are found again wherever they stand, also quoted for a URL, escaped for JSON or HTML, or in base64. By name: what a text
or a mapping calls a password, a token, a cookie. By form: users in URLs, bearer tokens, keys of well-known services.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "***"
_SHORTEST = 5  # characters; a shorter value would be found inside of ordinary words
_NAME = (
    r"[\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|"
    r"credential|cookie|session[_-]?id)[\w-]*"
)
_NAMED = re.compile(
    rf"(?<![\w.-])({_NAME})(\\?[\"']?\s*[=:]\s*|\s+(?='))"  # from its first letter on: else long words take n² steps
    r"(?!\$\d|\{id\}|\*\*\*)"  # placeholders of statements and of names stay
    r"('(?:[^'\\]|\\.|'')*'|\\?\"(?:[^\"\\]|\\.)*?\\?\"|'[^'\n]*|\\?\"[^\"\n]*|(?:bearer|basic|digest|token)\s+[^\s,;\"']+|[^\s,;&\"'}\])]+)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_USER = re.compile(r"(:(?:\\?/){2})[^/\s?#\"'<>]*@")  # of a URL all up to its last @: a password may have one
_FORMS = re.compile(
    r"\b(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"  # a JSON web token
    r"|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bA(?:KIA|SIA)[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_FOLDERS = ("PWD", "OLDPWD")  # a shell's: print working directory, and no password
_known: dict[str, str] = {}  # what a secret looks like, and what is shown in its place


def remember(value: str, shown: str = HIDDEN) -> None:
    """From now on this value is hidden wherever it stands; alone it is shown as `shown`, e.g. `env:STAGING_DSN`."""
    if len(value) < _SHORTEST:
        return
    if shown != HIDDEN or value not in _known:
        _known[value] = shown
    for part in credentials(value):
        remember(part)
    for form in _disguises(value):
        _known.setdefault(form, HIDDEN)


def forget_all() -> None:
    """Forget what was remembered: for tests."""
    _known.clear()


def credentials(value: str) -> Iterator[str]:
    """The passwords inside a URL, a conninfo string or an Authorization header, and users that are keys themselves."""
    try:
        parts = urlsplit(value) if "://" in value else None
        user, password = (parts.username, parts.password) if parts else (None, None)
    except ValueError:
        user = password = None
    if user and (password or value.startswith("postgres")) and not _looks_random(user):
        user = None  # a name such as "postgres", which stands in many a text
    yield from (unquote(one) for one in (user, password) if one)
    yield from (match[3].strip("'\"") for match in _NAMED.finditer(value))
    scheme, _, rest = value.partition(" ")
    if scheme.lower() in ("bearer", "basic", "token", "digest") and rest:
        yield rest


def remember_environment(environment: Mapping[str, str]) -> None:
    """The values of variables that are called a password, a token or the like, where they are no ordinary words."""
    for name, value in environment.items():
        if _SECRET_NAME.fullmatch(name) and _looks_random(value) and name not in _FOLDERS:
            remember(value)


def remember_options(words: Sequence[str]) -> None:
    """What follows an option that is called so: `--login-password VALUE`."""
    for name, value in pairwise(words):
        if _SECRET_NAME.fullmatch(name) and not value.startswith("--"):
            remember(value)
    for word in words:
        for secret in credentials(word):
            remember(secret)


def _looks_random(value: str) -> bool:
    """Whether a value can be no ordinary word: eight characters or more, and not letters alone."""
    return len(value) >= 8 and not value.isalpha() and any(sign.isalpha() for sign in value)


def masked(value: Any, *, known: bool = True) -> Any:
    """A copy of any JSON-like value or dataclass in which no secret is left; `known`: remembered values are hidden too.

    Names of tables and texts of statements, which the analysis compares, pass it without: a password may be a word.
    """
    if isinstance(value, str):
        return _text(value, known)
    if isinstance(value, Mapping):
        return {k: HIDDEN if _is_secret(k, v) else masked(v, known=known) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(inner, known=known) for inner in value]
    if is_dataclass(value) and not isinstance(value, type):
        return masked({field.name: getattr(value, field.name) for field in fields(value)}, known=known)
    return value


def _is_secret(name: object, value: object) -> bool:
    return isinstance(name, str) and isinstance(value, str) and bool(_SECRET_NAME.fullmatch(name))


def _text(text: str, known: bool) -> str:
    if known and text in _known:
        return _known[text]
    for form in sorted(_known, key=len, reverse=True) if known else ():
        if form in text:
            text = text.replace(form, HIDDEN)
    text = _USER.sub(rf"\1{HIDDEN}@", text)
    text = _NAMED.sub(lambda match: f"{match[1]}{match[2]}{HIDDEN}", text)
    return _FORMS.sub(HIDDEN, text)


def _disguises(value: str) -> set[str]:
    """What a value looks like after it was quoted or escaped on its way into a text."""
    raw = value.encode()
    return {
        quote(value), quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1], repr(value)[1:-1],
        json.dumps(json.dumps(value))[3:-3], html.escape(value), value.replace("'", "''"), value.replace("'", "\\'"),
        base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("="),
    } - {value}  # fmt: skip
