"""What can be shown anywhere: texts without secrets and control characters, and numbers that JSON can say."""

from __future__ import annotations

import math
import re
from typing import Any

from rampart.masking import masked

# Line ends and tabs stay; the rest could steer a terminal or break XML.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


def clean(text: Any) -> str:
    """A text without control characters and secrets; nothing gives ""."""
    return "" if text is None else str(masked(_CONTROL.sub("", str(text))))


def number(value: Any) -> float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def printable(value: Any) -> Any:
    """A copy of any JSON-like value with clean texts and no number that JSON could not say."""
    if isinstance(value, dict):
        return {clean(key): printable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    return number(value) if isinstance(value, (int, float)) else clean(value)
