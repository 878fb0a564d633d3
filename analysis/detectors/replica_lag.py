"""A replica falls behind its primary, and whoever reads from it sees the past."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Measures, supported
from analysis.level.level_data import LevelData
from analysis.level.replica import Replica, seen
from analysis.thresholds import Threshold
from rampart.finding import Evidence, Finding, Remedy

LAG_S = Threshold(
    "LAG_S", 5.0, "s that a replica is behind",
    "the alert on replication lag (docs/sources.md#awesome-prometheus-alerts)",
)  # fmt: skip

_CURES = {
    "send": "The log is not sent as fast as it is written: look at the network between both, and at the primary's load",
    "flush": "The replica has not flushed what it was sent: look at its disk",
    "replay": (
        "The replica has the log and does not replay it: no recovery_min_apply_delay on a server that people read "
        "from, long reports on a replica of their own or a lower max_standby_streaming_delay, and a core that is not "
        "taken by its reads"
    ),
}


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    valid = [p for p in level.points if p.why_invalid is None]
    lagging = [(p, r) for p in valid if (r := seen(level, [p])) and r.lag_s >= thresholds.LAG_NOTED_S]
    late = [(p, r) for p, r in lagging if r.lag_s >= LAG_S] or lagging
    if not late:
        return None
    first, replica = late[0]
    cure = _CURES.get(replica.part or "", "Compare pg_stat_replication on the primary with what the replica replays")
    remedy = Remedy(
        f"{cure}. What a user has just written is read from the primary: for some seconds after the write, or until "
        "the replica has replayed it (pg_last_wal_replay_lsn)."
    )
    return supported(
        "replica-lag", "database", level, 1.0, [_lag(first.users, replica), _read(replica, first.requests)], remedy,
        resource="replica of the database", limit_users=float(first.users),
    )  # fmt: skip


def _lag(users: int, replica: Replica) -> Evidence:
    where = {"send": "not sent", "flush": "not flushed", "replay": "not replayed"}.get(replica.part or "")
    return Evidence(
        f"at {users} users the replica shows what the primary held {replica.lag_s:.3g} s ago"
        + (f"; most of the log in between is {where}" if where else ""),
        replica.lag_s,
        f">= {LAG_S:g} s",
        "readings-replication replica.lag_s, replica.behind_bytes",
        holds=replica.lag_s >= LAG_S,
    )


def _read(replica: Replica, requests: int) -> Evidence:
    rows = (replica.rows or 0.0) / max(requests, 1)
    said = "who reads from it is not known" if replica.rows is None else f"{rows:,.3g} rows a request are read from it"
    return Evidence(said, rows, ">= 1: requests read there", "readings-replication replica.rows_read", holds=rows >= 1)


DETECTOR = Detector(
    "replica-lag", "database", "A replica that people read from falls behind.", _detect,
    thresholds=(LAG_S, thresholds.LAG_NOTED_S),
    headline="a replica that falls behind",
    measures=Measures.OTHER,
    effect="from {limit} users on reads from it are stale",
)  # fmt: skip
