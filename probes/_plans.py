"""The plans that the planner would choose for statements whose parameters nobody knows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import psycopg

from probes._postgres import MARK, Session
from probes._statement_text import first_word

_BUDGET_S = 10.0
_GENERIC_SINCE = 160000


def plans(session: Session, texts: Mapping[int, str]) -> tuple[dict[int, Any], str | None]:
    """The `Plan` of `EXPLAIN (GENERIC_PLAN, FORMAT JSON)` for each query among `texts`, and why any was denied.

    Nothing is executed. Texts whose parameters stand where the grammar wants a literal cannot be explained and have no
    plan; that is no denial.
    """
    if session.version < _GENERIC_SINCE:
        return {}, "EXPLAIN (GENERIC_PLAN) needs Postgres 16"
    found: dict[int, Any] = {}
    denied: str | None = None
    until = time.monotonic() + _BUDGET_S
    for statement, text in texts.items():
        if first_word(text) not in ("select", "with") or time.monotonic() > until:
            continue
        try:
            found[statement] = session.value(f"EXPLAIN {MARK} (GENERIC_PLAN, FORMAT JSON) {text}")[0]["Plan"]
        except psycopg.errors.InsufficientPrivilege as error:
            denied = str(error).splitlines()[0]
        except psycopg.errors.OperationalError:
            raise
        except psycopg.Error:
            continue
    return found, denied
