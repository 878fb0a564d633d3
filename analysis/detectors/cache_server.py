"""The cache or queue server itself is the limit: it works on one thread, and that thread is busy or held up."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.network.server import Relief
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

SLOW_COMMAND_S = Threshold(
    "SLOW_COMMAND_S", 0.001, "s that one command takes on average",
    "judged: a tenth of what the slow log begins with (docs/sources.md#redis)",
)  # fmt: skip
HELD_UP = Threshold(
    "HELD_UP", 0.3, "of the time in slow commands",
    "derived: others then wait a fifth of one on average at least (docs/sources.md#pollaczek-and-khinchine)",
)  # fmt: skip
LARGE = Threshold(
    "LARGE", 100_000, "bytes sent per command", "judged: at a thousand commands a second it is most of a gigabit"
)

# What requests spend with a server, by the role that the target file gives it.
_SPANS = {"cache": "cache", "queue": "queue"}


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    found = [f for server in _SPANS if (f := _of_server(level, attribution, server)) is not None]
    return max(found, key=lambda f: (f.status == "supported", f.share), default=None)


def _of_server(level: LevelData, attribution: Attribution, server: str) -> Finding | None:
    used = level.utilisation(resources.redis_of(server))
    if used is None:
        return None
    slow = _slow_command(level, server)
    full = used >= thresholds.SATURATED
    if not full and slow is None:
        return None
    evidence = [
        Evidence(
            f"the one thread of the {server} server works {used:.0%} of the time at the knee",
            used,
            f">= {thresholds.SATURATED:.0%}, or slow commands for {HELD_UP:.0%} of it",
            "readings-redis redis.busy_s",
        ),
        *([slow] if slow is not None else _commands(level, server)),
        *_large(level, server),
    ]
    added = attribution.spans.get(_SPANS[server], 0.0) or (attribution.unexplained if full else 0.0)
    remedy = Remedy(
        "Replace commands that walk through much (KEYS by SCAN, whole hashes and lists by parts of them), keep values "
        "small, send several look-ups at once (MGET, a pipeline); then a server for each purpose, replicas for reads."
    )
    return supported(
        "cache-server",
        "cache",
        level,
        attribution.share(added),
        evidence,
        remedy,
        resource=f"{server} server's one thread",
    )


def _busy(level: LevelData, server: str) -> dict[str, tuple[float, float]]:
    """Seconds and calls of each command of a server in the high stages."""
    found: dict[str, tuple[float, float]] = {}
    for series in level.readings.of(metrics.REDIS_COMMAND_BUSY_S, server=server):
        command = series.labels.get("command", "")
        spent = level.total(metrics.REDIS_COMMAND_BUSY_S, level.high, server=server, command=command)
        calls = level.total(metrics.REDIS_COMMAND_CALLS, level.high, server=server, command=command)
        found[command] = (spent or 0.0, calls or 0.0)
    return found


def _slow_command(level: LevelData, server: str) -> Evidence | None:
    """A command that takes so long that it holds up the others, and is run often enough to matter."""
    slow = {
        command: (spent, calls)
        for command, (spent, calls) in _busy(level, server).items()
        if calls > 0 and spent / calls >= SLOW_COMMAND_S and spent >= HELD_UP * level.seconds[1]
    }
    if not slow:
        return None
    worst = max(sorted(slow), key=lambda command: slow[command][0])
    spent, calls = slow[worst]
    return Evidence(
        f"{worst.upper()} takes {1000 * spent / calls:.3g} ms a call and {spent / level.seconds[1]:.0%} of the time; "
        "every other command waits behind it",
        spent / calls,
        f">= {1000 * SLOW_COMMAND_S:g} ms a call, {HELD_UP:.0%} of the time",
        "readings-redis redis.command.busy_s / redis.command.calls",
    )


def _commands(level: LevelData, server: str) -> list[Evidence]:
    """What a full thread mostly works on."""
    busy = _busy(level, server)
    if not busy:
        return []
    most = max(sorted(busy), key=lambda command: busy[command][0])
    requests = max(sum(p.requests for p in level.high), 1)
    total = sum(calls for _, calls in busy.values())
    return [
        Evidence(
            f"a request sends {total / requests:.3g} commands; most time goes into {most.upper()}, "
            f"{busy[most][0] / max(level.seconds[1], 1e-9):.0%} of a second each second",
            total / requests,
            "the fewer the better",
            "readings-redis redis.command.calls, redis.command.busy_s",
        )
    ]


def _large(level: LevelData, server: str) -> list[Evidence]:
    sent = level.total(metrics.REDIS_OUTPUT_BYTES, level.high, server=server)
    commands = level.total(metrics.REDIS_COMMANDS, level.high, server=server)
    if not sent or not commands or sent < LARGE * commands:
        return []
    return [
        Evidence(
            f"an answer is {sent / commands / 1000:,.0f} kB large on average",
            sent / commands,
            f"< {LARGE / 1000:.0f} kB",
            "readings-redis redis.output_bytes / redis.commands",
        )
    ]


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Nobody waits for the server's one thread."""
    return Relief({"cache": 1.0, "queue": 1.0}, frozenset({resources.REDIS_CACHE, resources.REDIS_QUEUE}))


DETECTOR = Detector(
    "cache-server", "cache", "The one thread of the cache server is busy.", _detect,
    thresholds=(SLOW_COMMAND_S, HELD_UP, LARGE, thresholds.SATURATED),
    relief=_relief,
    headline="the {resource}",
    parts=("cache",),
    signs=(Sign("per request", metrics.REDIS_BUSY_S, "work of the cache's thread", labels={"server": "cache"}),),
    limits={resources.REDIS_CACHE: 1.0},
    awaited="cache",
)  # fmt: skip
