"""Clients wait in PgBouncer for its server connections, while the database could do more than those let through."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, span, supported
from analysis.detectors._relief import lifts
from analysis.detectors._room import BEHIND_CONNECTIONS, full_behind
from analysis.detectors._sign import Sign
from analysis.level import pooler
from analysis.level.level_data import LevelData
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    used, waited = level.utilisation(resources.POOLER), attribution.spans.get("pooler", 0.0)
    if used is None or waited <= 0:
        return None
    name, size = pooler.fullest(level)
    evidence = [
        Evidence(
            f"PgBouncer's pool {name} of {size:.0f} server connections is taken or waited for {used:.0%} of the time",
            used,
            f">= {thresholds.POOL_SATURATED:.0%}",
            "readings-pgbouncer pooler.servers_active / pooler.size, pooler.clients_waiting",
            holds=used >= thresholds.POOL_SATURATED,
        ),
        _waiting(level),
        _doing(level, attribution),
        *_open(level),
    ]
    remedy = Remedy(
        "Where sessions do nothing most of the time, pool transactions in their place (SET pool_mode = transaction on "
        f"PgBouncer's console, and in its file); {_sizing(full_behind(attribution, *BEHIND_CONNECTIONS))}"
    )
    return supported(
        "pooler", "database", level, attribution.share(waited), evidence, remedy,
        resource=f"PgBouncer's pool {name} ({size:.0f})",
    )  # fmt: skip


def _sizing(full: str) -> str:
    if full:
        return f"a larger default_pool_size would only move the queue, for {full} is full."
    return "else raise default_pool_size, for the database has room: twice its cores is a start."


def _waiting(level: LevelData) -> Evidence:
    waiting = level.mean(metrics.POOLER_CLIENTS_WAITING, level.high) or 0.0
    before, now = pooler.wait_ms(level, level.low), pooler.wait_ms(level, level.high)
    oldest = max((level.readings.highest(metrics.POOLER_WAIT_AGE_S, *p.window) or 0.0 for p in level.high), default=0.0)
    return Evidence(
        f"{waiting:.2g} clients wait for one at the knee, the longest seen for {oldest:.2g} s; a request waits "
        f"{span(before, now, 'ms')}",
        waiting,
        f">= {thresholds.SESSIONS:g} clients on average",
        "readings-pgbouncer pooler.clients_waiting, pooler.wait_ms",
        holds=waiting >= thresholds.SESSIONS,
    )


def _doing(level: LevelData, attribution: Attribution) -> Evidence:
    share = pooler.executed(level)
    if share is None:
        return Evidence(
            "what the database does meanwhile was not read", 0.0, "read", "readings-statements db.statement.exec_ms",
            holds=False,
        )  # fmt: skip
    enough = attribution.limit == resources.POOLER
    if share < thresholds.HOLD_IS_DATABASE:
        said = f"only {share:.0%} of the time that a server connection is taken does the database execute anything"
    else:
        said = f"{share:.0%} of the time that a server connection is taken the database executes statements"
        said += ", and at low load they take it for as long" if enough else ", which take longer than at low load"
    return Evidence(
        said,
        share,
        f"< {thresholds.HOLD_IS_DATABASE:.0%}, or connections that are full by what is done in them at low load",
        "readings-statements db.statement.exec_ms / readings-pgbouncer pooler.servers_active",
        holds=enough or share < thresholds.HOLD_IS_DATABASE,
    )


def _open(level: LevelData) -> list[Evidence]:
    share = pooler.idled(level)
    if share is None:
        return []
    return [
        Evidence(
            f"{share:.0%} of the time that a server connection is taken a transaction is open and does nothing",
            share,
            f"< {thresholds.WAITS_MOSTLY:.0%}: else it is the transactions that hold them",
            "readings-pgbouncer pooler.transaction_ms - pooler.query_ms",
            holds=share < thresholds.WAITS_MOSTLY,
        )
    ]


DETECTOR = Detector(
    "pooler", "database", "Clients queue in PgBouncer while the database has room.", _detect,
    thresholds=(
        thresholds.POOL_SATURATED, thresholds.HOLD_IS_DATABASE, thresholds.WAITS_MOSTLY, thresholds.SESSIONS,
    ),
    relief=lifts(resources.POOLER),
    headline="{resource}, which clients wait for",
    parts=("pooler",),
    saturates=(resources.POOLER,),
    signs=(Sign("per request", metrics.POOLER_WAIT_MS, "waiting in the pooler"),),
)  # fmt: skip
