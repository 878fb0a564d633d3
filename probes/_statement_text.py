"""What a statement's text tells without parsing it: whose it is, what kind, and how people want to read it."""

from __future__ import annotations

import re

from probes._postgres import MARK

# Control of transactions and sessions, and care of the schema: nothing that a request asks of the data.
_CONTROL = re.compile(
    "abort|alter|analyze|begin|checkpoint|close|cluster|comment|commit|create|deallocate|discard|drop|end|explain|grant"
    "|listen|load|notify|prepare|reindex|release|reset|revoke|rollback|savepoint|security|set|show|start|truncate"
    "|unlisten|vacuum"
)
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_LITERAL_OR_COMMENT = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|/\*.*?\*/|--[^\n]*""", re.DOTALL)


def first_word(text: str) -> str:
    """The first word of a statement in lower case, comments passed over."""
    found = re.search(r"[A-Za-z]+", _COMMENT.sub(" ", text))
    return found[0].lower() if found else ""


def passed_over(text: str) -> bool:
    """Whether a statement is our own, or a utility statement."""
    return MARK in text or _CONTROL.fullmatch(first_word(text)) is not None


def normalised(text: str, limit: int = 4000) -> str:
    """The text on one line, without comments (they may hold trace ids), cut at `limit` characters."""
    bare = _LITERAL_OR_COMMENT.sub(lambda found: found[1] or " ", text)
    return " ".join(bare.split())[:limit]
