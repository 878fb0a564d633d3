"""The plans that the planner would choose for statements whose parameters nobody knows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from probes._postgres import MARK, Session
from probes._statement_text import first_word
from rampart.model import Gap

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
        except psycopg.errors.LockNotAvailable:  # somebody has locked a table of it, and that must not cost the texts
            continue
        except psycopg.errors.OperationalError:
            raise
        except psycopg.Error:
            continue
    return found, denied


def plan_gap(session: Session, denied: str | None) -> Iterator[Gap]:
    """The gap of plans that were denied, with the grant that this role lacks."""
    if denied is None:
        return
    reason, role = f"plans could not be read: {denied}", session.quoted_user
    if session.version < _GENERIC_SINCE:
        yield Gap("PG-NOPLAN", reason, (), "Upgrade the server, or EXPLAIN the statements by hand.")
    elif session.value(f"SELECT {MARK} pg_has_role(current_user, 'pg_read_all_data', 'USAGE')"):
        yield Gap(
            "PG-NOPLAN", reason, (), f"GRANT pg_write_all_data TO {role}; (some lock rows or write, which no plan does)"
        )
    else:
        yield Gap("PG-NOPLAN", reason, (), f"GRANT pg_read_all_data TO {role};")
