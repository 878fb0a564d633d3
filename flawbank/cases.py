"""The cases of the flaw bank: every flaw, severity and level, pairs, decoys, and health between, in random order."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flawbank.score import FAMILY, HEALTHY
from lab.configuration import condition
from lab.flaws._flaw import MIDDLING, Flaw
from lab.profiles import FLAWS
from lab.start_decoys import DECOYS

_MOST_TENANTS = 10_000
_APART = 1.4  # limits of two flaws, one over the other: nearer ones are a tie and prove nothing
_PAIRS = 0.3  # of the cases with one flaw; which of the many there are is drawn anew for each repeat
_HEALTHY_EVERY = 4  # one run in so many has nothing planted
# At 10,000 tenants health reaches the end of a small machine within the ramp, and naming that is no false alarm.
_HEALTHY_AT = (100, 1_000)


@dataclass(frozen=True, slots=True)
class Case:
    """One run of the bank."""

    flaws: tuple[str, ...]  # `FLAW` or `FLAW:SEVERITY`; none: a healthy lab
    tenants: int
    wanted: str  # the finding or violation that must be named, or HEALTHY
    repeat: int
    decoys: tuple[str, ...] = ()  # beside the flaws, or beside health

    @property
    def key(self) -> str:
        beside = f"~{'+'.join(self.decoys)}" if self.decoys else ""
        return f"{'+'.join(self.flaws) or 'none'}{beside}@{self.tenants}#{self.repeat}"


def cases(
    repeats: int, seed: int, *, only: Sequence[str] = (), severities: bool = True, pairs: bool = True,
    decoys: bool = True, levels: Sequence[int] = (),
) -> list[Case]:  # fmt: skip
    """All cases, the same for the same arguments; earlier repeats come first, so that a budget cuts evenly."""
    rng = random.Random(seed)
    flaws = [flaw for name, flaw in FLAWS.items() if not only or name in only]
    found: list[Case] = []
    for repeat in range(1, repeats + 1):
        batch = [case for flaw in flaws for case in _alone(flaw, repeat, severities, levels)]
        twos = list(_pairs(flaws, repeat, levels)) if pairs else []
        batch += rng.sample(twos, min(len(twos), max(1, round(_PAIRS * len(batch)))))
        batch += _decoyed(flaws, repeat, levels, rng) if decoys else []
        healthy = [
            Case((), _level(n, levels), HEALTHY, repeat * 1000 + n) for n in range(len(batch) // _HEALTHY_EVERY + 1)
        ]
        rng.shuffle(batch)
        found += _between(batch, healthy)
    return found


def _alone(flaw: Flaw, repeat: int, severities: bool, levels: Sequence[int]) -> Iterator[Case]:
    """At the level from which it bites, and at ten times as many tenants by turns."""
    own = [n for n in (levels or (flaw.tenants, min(10 * flaw.tenants, _MOST_TENANTS))) if n >= flaw.tenants]
    names = [
        flaw.name,
        *(f"{flaw.name}:{severity}" for severity in flaw.severities if severities and severity != MIDDLING),
    ]
    for number, name in enumerate(names):
        if own:
            yield Case((name,), own[(repeat - 1 + number) % len(own)], flaw.finding, repeat)


def _pairs(flaws: Sequence[Flaw], repeat: int, levels: Sequence[int]) -> Iterator[Case]:
    """Two flaws of which one is known to come first: it must be named."""
    for first, second in itertools.permutations(sorted(_of_system(flaws), key=lambda flaw: flaw.name), 2):
        tenants = max(first.tenants, second.tenants)
        if before(first, second) and (not levels or tenants in levels):
            yield Case((first.name, second.name), tenants, first.finding, repeat)


def before(first: Flaw, second: Flaw) -> bool:
    """Whether the first of two flaws of different resources has by far the lower limit, on slow and quick machines.

    Of two that change the same thing otherwise only one would be there; so, too, where one leaves the other nothing to
    break.
    """
    low, high = spread(first), spread(second)
    apart = low is not None and high is not None and high[0] >= _APART * low[1]
    both = first.name not in second.instead_of and second.name not in first.instead_of
    alike = condition((first, second)) == condition((second, first))
    return apart and both and alike and first.finding != second.finding


def ordered(flaws: Sequence[str]) -> bool:
    """Whether it is known of planted flaws which one comes first, as their files say it now."""
    known = [FLAWS[name] for name in (one.partition(":")[0] for one in flaws) if name in FLAWS]
    return len(known) != 2 or before(*known)


def _of_system(flaws: Sequence[Flaw]) -> list[Flaw]:
    return [flaw for flaw in flaws if FAMILY.get(flaw.finding) not in ("harness", "correctness")]


def _decoyed(flaws: Sequence[Flaw], repeat: int, levels: Sequence[int], rng: random.Random) -> Iterator[Case]:
    """Each decoy beside health, where nothing must be named, and beside a flaw of other looks, which must be."""
    for name, decoy in DECOYS.items():
        fitting = [flaw for flaw in _of_system(flaws) if flaw.finding != decoy.tempts]
        for flaw in (None, *rng.sample(fitting, min(len(fitting), 1))):
            tenants = max(decoy.tenants, flaw.tenants if flaw else 0)
            if not levels or tenants in levels:
                planted, wanted = ((flaw.name,), flaw.finding) if flaw else ((), HEALTHY)
                yield Case(planted, tenants, wanted, repeat, (name,))


def bites_at(flaws: Sequence[str]) -> float | None:
    """About how many users the lowest limit of flaws (`FLAW` or `FLAW:SEVERITY`) takes; None where none is known."""
    parts = (name.partition(":") for name in flaws)
    known = [limit(FLAWS[name].at(severity or MIDDLING)) for name, _, severity in parts if name in FLAWS]
    return min((at for at in known if at is not None), default=None)


def limit(flaw: Flaw) -> float | None:
    """About how many users a flaw takes, by what its file says: the middle of that."""
    between = spread(flaw)
    return sum(between) / 2 if between else None


def spread(flaw: Flaw) -> tuple[float, float] | None:
    """The fewest and the most users that a flaw takes, by what its file says; None where that is no number."""
    numbers = [float(text.replace(",", "")) for text in re.findall(r"\d[\d,]*", flaw.users)]
    return (min(numbers), max(numbers)) if numbers else None


def _level(number: int, levels: Sequence[int]) -> int:
    choice = tuple(levels) or _HEALTHY_AT
    return choice[number % len(choice)]


def _between(batch: Sequence[Case], healthy: Sequence[Case]) -> Iterator[Case]:
    """A healthy case before every few others."""
    spare = iter(healthy)
    for number, case in enumerate(batch):
        if number % _HEALTHY_EVERY == 0:
            yield from itertools.islice(spare, 1)
        yield case
