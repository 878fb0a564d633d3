"""The verdict of a run, as `verdict.json` holds it. `rampart.verdict_file` writes and reads it.

Users are Locust users, latencies milliseconds, rates requests per second, shares 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic.dataclasses import dataclass

from rampart.exit_codes import UNTRUSTED as UNTRUSTED
from rampart.exit_codes import Conclusion
from rampart.exit_codes import VerdictOutcome as VerdictOutcome
from rampart.finding import CLEANED, STRICT, Finding, Interval, Text
from rampart.latency import AddedLatency, Latency, ResponseTime
from rampart.model import Gap
from rampart.prediction import Elasticity, Forecast, PredictedLimit, PredictedStep, ProfilePrediction
from rampart.resources import ResourceName
from rampart.undecided import Undecided

Resource = Annotated[ResourceName, CLEANED]
SCHEMA: Literal[2] = 2  # of verdict.json; tables and run.json have a number of their own


@dataclass(frozen=True, slots=True, config=STRICT)
class KneeFit:
    """What the fit of a knee says of itself."""

    stages: tuple[int, ...]  # indices of those that it was fitted to
    probability_inside: float | None  # that the knee lies within the ramp
    efficiency_last: float | None  # throughput of the last stage over what its users would get at the initial slope
    slope_rps_per_user: float | None  # requests/s of one user far below the knee
    drift: float | None  # standard deviation of ln(throughput) between stages


@dataclass(frozen=True, slots=True, config=STRICT)
class ObjectiveBracket:
    """Where the objective was lost: within whole stages, for only those were tried."""

    met: int | None  # users of the last stage that met it, below the first that did not; None: none met it
    missed: int | None  # users of the first that missed it; None: none did
    missed_by: tuple[Text, ...] = ()  # names of objectives, "violations"
    shape: Literal["smooth", "cliff"] | None = None  # "cliff": past it much less is done; None: only one side was seen
    throughput_kept: float | None = None  # of the met load's throughput, past it


@dataclass(frozen=True, slots=True, config=STRICT)
class HalfKnee:
    """Latency at half the knee, between the stages on both sides of it."""

    users: float
    mean_ms: float
    from_users: tuple[int, int]  # of those stages


@dataclass(frozen=True, slots=True, config=STRICT)
class LevelCapacity:
    """What a tenant level holds, each number under its own name."""

    tenants: int  # 0: the data as it is
    knee_users: Interval | None  # from there on, more users bring waiting instead of throughput
    reason: Text | None  # why there is no knee
    below_users: float | None  # users of the first stage, where the knee lies below it
    knee_from: KneeFit  # what the fit says of itself
    queue_knee_users: Interval | None  # from there on jobs pile up in a queue
    max_throughput_rps: float | None  # the fitted plateau, or the best stage where there is no knee
    best_stage_rps: float | None  # the largest throughput that lasted
    slo_users: ObjectiveBracket  # where the objectives were lost: all of them together
    tested_users: int | None  # the largest load that counts
    latency_at_half_knee_ms: float | None  # the mean; as in `at_half_knee`
    at_half_knee: HalfKnee | None  # None: no knee, or no stage below half of it


@dataclass(frozen=True, slots=True, config=STRICT)
class LevelVerdict:
    """The outcome of one tenant level in short."""

    tenants: int
    outcome: VerdictOutcome
    first: Text | None  # finding id
    knee_users: Interval | None
    sentence: Text
    saturated: Mapping[Resource, float]  # utilisation at the knee of what is saturated there


@dataclass(frozen=True, slots=True, config=STRICT)
class QueueState:
    """A queue in one stage."""

    ready: float  # jobs that wait at its end
    slope_per_s: float  # growth
    completed_per_s: float | None  # None: not read
    oldest_age_s: float


@dataclass(frozen=True, slots=True, config=STRICT)
class OperatingPoint:
    """One stage as it was measured."""

    tenants: int
    stage: int  # its index
    users: int
    purpose: Text  # "coarse", "fine", "repeat"
    seconds: float  # of its steady window
    requests: int
    throughput_rps: float
    lasting_rps: float  # of it what does not leave a queue behind
    unstolen_rps: float | None  # at most so much, had the hypervisor taken nothing; None: it took nothing
    latency_ms: Latency
    response_ms: ResponseTime
    error_ratio: float
    valid: bool
    why_invalid: Text | None
    utilisation: Mapping[Resource, float]  # by resource
    spans_ms: Mapping[Text, float]  # parts of `Server-Timing`, per request
    queues: Mapping[Text, QueueState]


@dataclass(frozen=True, slots=True, config=STRICT)
class EndpointCost:
    """What one request costs, sent by one user alone: counters over requests."""

    endpoint: Text
    requests: int
    latency_ms: float
    statements: float | None
    db_ms: float | None
    app_cpu_ms: float | None
    cache_gets: float | None
    jobs: float | None


@dataclass(frozen=True, slots=True, config=STRICT)
class Profile:
    """The costs of requests at the largest level that was profiled."""

    tenants: int
    endpoints: tuple[EndpointCost, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class Inefficiency:
    """Something wasteful that is not the limit of its level."""

    id: Text  # of the finding
    tenants: int  # the level
    resource: Text
    endpoint: Text | None
    claim: Text  # one sentence with the numbers in it


@dataclass(frozen=True, slots=True, config=STRICT)
class Violation:
    """Something wrong, not slow."""

    id: Text  # "tenant-leak"; a page of the same name explains it
    tenants: int  # the level
    endpoint: Text  # "" for jobs
    count: int  # answers, or jobs
    sentence: Text
    remedy: Text = ""  # what to do first; "": not said


@dataclass(frozen=True, slots=True, config=STRICT)
class UnexplainedSaturation:
    """A resource that is full at the knee of a level, is not at low load, and that no supported finding explains."""

    tenants: int  # the level
    metric: Text  # that says so
    resource: Text
    labels: Mapping[Text, Text]  # of its fullest series
    low: float | None  # at low load, in the metric's unit, of a counter a second; None: not read there
    high: float  # at the knee
    full_at: float  # from there on it is full
    sentence: Text


@dataclass(frozen=True, slots=True, config=STRICT)
class ValidityCheck:
    """One doubt about the measurement, and its answer."""

    name: Text
    ok: bool
    claim: Text


@dataclass(frozen=True, slots=True, config=STRICT)
class Validity:
    """Whether the measurement can be trusted."""

    ok: bool  # all checks are
    checks: tuple[ValidityCheck, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class RunError:
    """What ended a run early."""

    what: Text
    why: Text
    exit: int = 4  # the exit code that it was told with


@dataclass(frozen=True, slots=True, config=STRICT)
class RunEnd:
    """How the recording ended."""

    outcome: Text | None  # "complete", "interrupted", "failed", "running"
    error: RunError | None
    stopped: Text | None = None  # the rule of [stop] that ended the load, and since when it held


@dataclass(frozen=True, slots=True, config=STRICT)
class Objective:
    """An objective and what was seen of it at one tenant level.

    It is met where it holds up to the users that are wanted, and where no number is wanted, at some load. False too
    where the wanted users were not tried. None: it cannot be told, or it is a default that was met at no load.
    """

    stated: Text  # as the target file has it: "p95 < 800ms"
    tenants: int
    met: bool | None
    seen: float | None  # in the objective's own unit, at `users`: ms, or the share of requests that fail
    sentence: Text = ""  # what was wanted beside what was seen
    name: Text = ""
    metric: Text = ""  # "p95", "mean", "errors"
    endpoint: Text | None = None  # None: all requests
    limit: float | None = None  # in the same unit
    margin: float | None = None  # the limit minus what was seen; below 0: missed by so much
    users: int | None = None  # the load that decided: the wanted or the first that missed it, else the most that met it
    wanted_users: int | None = None  # None: the target file wants no number
    met_users: int | None = None  # the last load that met it below the first that did not
    missed_users: int | None = None  # the first that missed it


@dataclass(frozen=True, slots=True, config=STRICT)
class TargetFailure:
    """A load at which the target failed: too many errors, or no answers."""

    tenants: int
    users: int
    kind: Literal["errors", "answers"]
    came_back: bool | None  # None: it was not asked again, for it never went away, or the load went on
    sentence: Text


@dataclass(frozen=True, slots=True, config=STRICT)
class Verdict:
    """All that a run says."""

    schema: Literal[2]  # of this file
    outcome: VerdictOutcome  # of the level that it speaks of: the largest where the target failed, or with a bottleneck
    sentence: Text  # the one sentence
    first: Finding | None  # the first bottleneck: what can be mended
    tied_with: tuple[Text, ...]  # ids of findings that cannot be told apart from it
    ranked: tuple[Finding, ...]  # all findings, level by level, the first of each level first
    inefficiencies: tuple[Inefficiency, ...]  # what is wasteful although it is not the limit
    violations: tuple[Violation, ...]  # what was wrong, not slow
    capacity: tuple[LevelCapacity, ...]  # what each level holds, by rising tenants
    levels: tuple[LevelVerdict, ...]  # the outcome of each level
    next: tuple[PredictedLimit, ...]  # what comes next once the first bottleneck is gone, the nearest first
    predicted: Mapping[int, tuple[PredictedLimit, ...]]  # by tenants: limits from the stages below the knee alone
    predicted_before: tuple[ProfilePrediction, ...]  # before each ramp, from its profile
    forecasts: tuple[Forecast, ...]  # of each further level, from those below it
    elasticity: tuple[Elasticity, ...]  # how demands grow with tenants; (): one level was seen
    validity: Validity  # whether the measurement can be trusted
    gaps: tuple[Gap, ...]  # what could not be seen
    points: tuple[OperatingPoint, ...]  # the stages as they were measured, those of the profile left out
    ledger: tuple[AddedLatency, ...]  # where the added latency of a level went
    profile: Profile | None  # None: no level was profiled
    run: RunEnd  # how the recording ended
    unexplained_saturation: tuple[UnexplainedSaturation, ...] = ()  # what is full, and why is not known
    joint: tuple[Text, ...] = ()  # where no remedy shows alone: ids of those that do together, the first one first
    load_unit: Literal["users", "journeys/s"] = "users"  # of every number called users
    resource: Text | None = None  # what is full; None: not computed
    predicted_ladder: tuple[PredictedStep, ...] = ()  # what to mend in turn; (): not computed
    objectives: tuple[Objective, ...] = ()  # by level; with the defaults that are in force
    failures: tuple[TargetFailure, ...] = ()  # loads at which the target failed, in the order in which they ran
    undecided: Undecided | None = None  # what it may be, and what to measure next; None: one is named, and alone
    title: Text = ""  # the sentence in a dozen words, for the head of a page
    conclusion: Conclusion | None = None  # exit code, JUnit state, baseline; None: an older Rampart wrote this
