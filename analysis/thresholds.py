"""What a threshold is, and those that several rooms of the analysis share. A detector's own stand in its file.

They are ratios to a capacity wherever they can be, not absolute loads. docs/thresholds.md lists all of them.
"""

from __future__ import annotations

from typing import Self


class Threshold(float):
    """A number that a rule compares with. It computes as the number that it is, and knows its name, unit and source.

    `source` begins with "measured" (and what was measured), "judged" (nobody measured it) or "derived", or it names a
    document and points into docs/sources.md.
    """

    name: str
    unit: str
    source: str

    def __new__(cls, name: str, value: float, unit: str, source: str) -> Self:
        made = super().__new__(cls, value)
        made.name, made.unit, made.source = name, unit, source
        return made

    def __repr__(self) -> str:
        return f"{self.name} = {self}"

    def __str__(self) -> str:
        return f"{float(self):,.10g}"

    @property
    def is_share(self) -> bool:
        """Whether it is a share of something, so that 1 is its end."""
        return self.unit.startswith("of ")


class StageThreshold(Threshold):
    """One that decides about stages, the knee or an interval: a level is judged after that."""


# --- validity -----------------------------------------------------------------------------------------------------
GENERATOR_CPU = StageThreshold(
    "GENERATOR_CPU", 0.85, "of one core",
    "judged: Locust warns at 0.9 (docs/sources.md#locust), and above this the generator itself queues",
)  # fmt: skip
GENERATOR_SLIP_MS = StageThreshold(
    "GENERATOR_SLIP_MS", 20.0, "ms, 95th percentile of sent less due",
    "judged: later than this the generator did not offer what was asked",
)  # fmt: skip
LITTLE = StageThreshold(
    "LITTLE", 0.15, "of N: (X(R+Z) - N) / N in a closed load",
    "Little's law allows nothing (docs/sources.md#littles-law); how much counting is off is judged",
)  # fmt: skip
STUCK = StageThreshold(
    "STUCK", 0.08, "of N/(R+Z) by which completions fall short, noise apart",
    "judged: the lab's relay of six sessions answered 231 requests/s where its mean latency promised 320",
)  # fmt: skip
MISSING_USERS = StageThreshold(
    "MISSING_USERS", 0.05, "of the users asked for", "judged: with fewer, the stage is not the load that it says"
)
STRANGERS_CPU = StageThreshold(
    "STRANGERS_CPU", 0.25, "of all cores, used by processes without a role",
    "measured on the lab: an installation beside it, at nice 19, halved the knee",
)  # fmt: skip
STEAL = StageThreshold(
    "STEAL", 0.10, "of all cores", "the alert on stolen time (docs/sources.md#awesome-prometheus-alerts)"
)
RECONCILE = StageThreshold(
    "RECONCILE", 0.02, "of Locust's own count", "judged: requests in flight at the end are recorded by one of them only"
)
CHANGED = StageThreshold(
    "CHANGED", 0.15, "of the throughput per user, noise of the counts apart",
    "derived: in a closed system it can only fall as users are added; how much more says that the target has changed "
    "is judged, and no recording of the lab shows such a rise",
)  # fmt: skip
PILING = StageThreshold(
    "PILING", 0.05, "of the users, by which requests in flight grow over a stage",
    "measured on the lab: at most 0.04 in healthy stages from 120 users on, 0.06 to 0.17 before a relay that is slow",
)  # fmt: skip
PILING_LEAST = StageThreshold(
    "PILING_LEAST", 2.0, "requests, the same at least", "judged: of few users one request more or less is chance"
)
FLOWED_OFF = StageThreshold(
    "FLOWED_OFF", 0.15, "of the users, by which requests in flight fall over a steady window",
    "derived: in a window no shorter than R+Z, less cannot make up an error of LITTLE; more had piled up before",
)  # fmt: skip
FLOWED_OFF_LEAST = StageThreshold(
    "FLOWED_OFF_LEAST",
    10.0,
    "requests, the same at least",
    "judged: a few requests more or less are chance",
)
UNANSWERED_S = StageThreshold(
    "UNANSWERED_S", 2.5, "s without an answer",
    "measured: the longest in the recordings of the lab is 1.95 s, of a stampede on its cache; a process that is "
    "started again takes more",
)  # fmt: skip
UNANSWERED_DUE = StageThreshold(
    "UNANSWERED_DUE", 12, "answers that were due meanwhile, by the rest of the stage",
    "derived: by chance none comes in one of e^12 = 160,000 such times",
)  # fmt: skip
HUNG_S = StageThreshold(
    "HUNG_S", 10.0, "s in which requests are in flight and none ends, at least",
    "judged: nobody waits longer for a page; a target whose answers take longer is given HUNG_TIMES as long",
)  # fmt: skip
HUNG_TIMES = StageThreshold(
    "HUNG_TIMES", 3.0, "times the slowest answer so far, in which requests are in flight and none ends",
    "judged: what is three times as slow as ever before no longer works",
)  # fmt: skip
MIN_REQUESTS = StageThreshold(
    "MIN_REQUESTS", 30, "requests", "judged: a stage with fewer says nothing about its latency"
)
ALONE_REQUESTS = StageThreshold(
    "ALONE_REQUESTS", 5, "requests of one user alone to an endpoint", "judged: fewer refusals are chance"
)
ALONE_REFUSED = StageThreshold(
    "ALONE_REFUSED", 0.5, "of what one user alone asks of an endpoint", "judged: the scenario asks for the wrong thing"
)
REFUSED_LOAD = StageThreshold(
    "REFUSED_LOAD", 0.1, "of the load, on endpoints that refuse one user alone", "judged: with more, no verdict stands"
)

# --- knee ---------------------------------------------------------------------------------------------------------
ALONE_SEEN = StageThreshold(
    "ALONE_SEEN", 0.8, "of the ramp's requests, whose endpoints the profile has",
    "judged: with fewer, one user alone is no measure",
)  # fmt: skip
ALONE_FAILED = StageThreshold(
    "ALONE_FAILED", 0.01, "of the requests of the lowest stage", "judged: with more failures it is no measure either"
)
ALONE_ERROR = StageThreshold(
    "ALONE_ERROR", 0.02, "of the throughput of one user", "measured: 634 stages far below the knee lay within it (95 %)"
)
ALONE_LATENCY_ERROR = StageThreshold(
    "ALONE_LATENCY_ERROR", 0.5, "of the share that latency has in one user's cycle",
    "measured: one stage of the lab with cold caches and 14 % latency was 12 % off",
)  # fmt: skip
EFFICIENT = StageThreshold(
    "EFFICIENT", 0.93, "of what the users would reach if nobody waited, (R0+Z)/(R+Z)",
    "judged: a load above it is on the straight line; on simulated ramps that ended before their knee no last stage "
    "was surely below 0.9",
)  # fmt: skip
PAST_KNEE = StageThreshold(
    "PAST_KNEE", 0.75, "of what the users would reach if nobody waited, (R0+Z)/(R+Z)",
    "judged: a load below it is past the knee, and the fit needs such a one",
)  # fmt: skip
DRIFT = StageThreshold(
    "DRIFT", 0.03, "standard deviation of a part of a mean request between equal stages",
    "judged: as much as the simulated ramps of docs/method.md have; a ramp of few stages shows too little of it",
)  # fmt: skip
CLIFF = StageThreshold(
    "CLIFF", 0.85, "of the throughput of the last load that met the objective, at the first that missed it",
    "measured on planted ramps: none of 590 that only saturate fell below 0.87, 92 % of those whose locks thrash did",
)  # fmt: skip

# --- what is full -------------------------------------------------------------------------------------------------
SATURATED = Threshold(
    "SATURATED", 0.85, "of a resource with one queue",
    "judged: means over seconds never reach 1; common alerts begin at 0.8 (docs/sources.md#awesome-prometheus-alerts)",
)  # fmt: skip
NEARLY_FULL = Threshold(
    "NEARLY_FULL", 0.75, "of a server behind a pool through which requests always wait",
    "derived: a wider pool brings 1 / U at most, a third more (docs/sources.md#operational-analysis)",
)  # fmt: skip
HOST_SATURATED = Threshold(
    "HOST_SATURATED", 0.85, "of all cores together",
    "judged, as of one queue: the rest goes to the kernel's accounting of idle time and to imbalance between cores",
)  # fmt: skip
POOL_SATURATED = Threshold(
    "POOL_SATURATED", 0.85, "of the time that a pool's connections are held",
    "judged: from here on requests wait for one",
)  # fmt: skip
CONNECTIONS_FULL = Threshold(
    "CONNECTIONS_FULL", 0.95, "of the connection slots",
    "judged: alerts warn at 0.8 (docs/sources.md#postgres_exporter), requests fail when hardly any is left",
)  # fmt: skip
HOLD_IS_DATABASE = Threshold(
    "HOLD_IS_DATABASE", 0.5, "of the time that a connection is held, in which the database executes",
    "judged: the larger part; below it something else holds the connection",
)  # fmt: skip
HOLD_INFLATED = Threshold(
    "HOLD_INFLATED", 1.3, "times as long a hold at the knee as at low load",
    "judged: something else than the code that holds has lengthened it",
)  # fmt: skip
PRESSURE = Threshold(
    "PRESSURE", 0.1, "of the time in which some task waits for the disk or memory",
    "the counters are the kernel's (docs/sources.md#linux-pressure-stall-information), the share is that of alerts on "
    "waiting for the disk (docs/sources.md#awesome-prometheus-alerts)",
)  # fmt: skip
LOOP_LAG_MS = Threshold(
    "LOOP_LAG_MS", 100.0, "ms, the event loop's worst delay in a second", "asyncio's default (docs/sources.md#asyncio)"
)

# --- findings -----------------------------------------------------------------------------------------------------
ADDED_MS = Threshold("ADDED_MS", 2.0, "ms that latency must rise by", "judged: of less, shares mean nothing")
ADDED_SHARE = Threshold(
    "ADDED_SHARE", 0.2, "of the latency at low load that it must rise by", "judged: of less, shares mean nothing"
)
TOLD_APART = Threshold(
    "TOLD_APART", 1.1, "times, of a gain over none, or of one over another",
    "measured: two rounds of the same experiment lie 0.09 apart in the logarithm (make bench-gain)",
)  # fmt: skip
NOTED_SHARE = Threshold(
    "NOTED_SHARE", 0.15, "of the added latency, to be told of", "judged: a part whose removal people would notice"
)
EXPENSIVE_MS = Threshold(
    "EXPENSIVE_MS", 8.0, "ms, mean execution time",
    "measured on the lab: a missing cache in front of 0.35 ms of work shows nowhere, in front of 10 ms it does",
)  # fmt: skip
QUEUE_GROWTH = Threshold(
    "QUEUE_GROWTH", 0.05, "of the jobs that arrive, by which a queue grows",
    "the slope of the backlog is Theodolite's criterion (docs/sources.md#theodolite); how steep is judged",
)  # fmt: skip
QUEUE_GROWTH_PER_S = Threshold(
    "QUEUE_GROWTH_PER_S", 0.5, "jobs a second, by which it grows at least", "judged: fewer come and go"
)
QUEUE_LEAST = Threshold("QUEUE_LEAST", 10, "jobs that wait at the end, at least", "judged: fewer come and go")
QUEUE_DRAINED = StageThreshold(
    "QUEUE_DRAINED", 5, "jobs in all queues", "judged: with so many they count as drained before a load"
)
SESSIONS = Threshold("SESSIONS", 0.3, "sessions on average", "judged: fewer are chance, a handful of instants")
LOCK_SHARE = Threshold(
    "LOCK_SHARE", 0.2, "of the active sessions, which wait for locks", "judged: fewer are not worth naming"
)
WAITS_MOSTLY = Threshold(
    "WAITS_MOSTLY", 0.5, "of the instants at which a statement is seen, in one kind of wait", "judged: the larger part"
)
LAG_NOTED_S = Threshold("LAG_NOTED_S", 1.0, "s that a replica is behind", "judged: people notice what they do not see")
