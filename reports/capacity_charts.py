"""The picture of capacity: how many users, and requests per second, each tenant level holds."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from rampart.verdict import LevelCapacity
from reports.numbers import count, knee, rate, tenants, three
from reports.svg import FAST, INK, KNEE, SLO, bound, inline, styled


def capacity(rows: Sequence[LevelCapacity]) -> str:
    """Users that each tenant level holds: the knee with its interval, and the bracket of the objective."""
    with styled():
        figure = Figure(figsize=(4.6, 3.1))
        figure.subplots_adjust(left=0.15, right=0.98, top=0.95, bottom=0.16)
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            _objective(axes, place + 0.12, row)
            _knee_or_tested(axes, place - 0.12, row)
            _queue_knee(axes, place, row)
        _by_tenants(axes, rows, "users")
        said = "; ".join(f"{tenants(row.tenants)}: knee {knee(row)}" for row in rows)
        return inline(figure, "capacity", f"Users by tenants. {said}.")


def throughput(rows: Sequence[LevelCapacity]) -> str:
    """The largest throughput that was seen at each tenant level, in requests per second."""
    with styled():
        figure = Figure(figsize=(4.6, 3.1))
        figure.subplots_adjust(left=0.15, right=0.98, top=0.95, bottom=0.16)
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            value = row.max_throughput_rps
            if value is not None:
                axes.bar([place], [value], width=0.45, color=FAST, alpha=0.85, gid=_mark("bar", row))
                _label(axes, place, value, three(value))
        _by_tenants(axes, rows, "requests per second")
        said = "; ".join(f"{tenants(row.tenants)}: {rate(row.max_throughput_rps)}" for row in rows)
        return inline(figure, "throughput", f"Maximum throughput by tenants. {said}.")


def _knee_or_tested(axes: Axes, place: float, row: LevelCapacity) -> None:
    found = row.knee_users
    if found:
        around = [[found.value - found.low], [found.high - found.value]]
        bar = axes.errorbar([place], [found.value], yerr=around, fmt="o", color=KNEE, ms=7, capsize=4, lw=1.6)
        bar.lines[0].set_gid(_mark("knee", row))
        _label(axes, place, found.high, count(found.value))
    elif row.below_users is not None:
        bound(axes, place, row.below_users, "v", _mark("below", row))
        _label(axes, place, row.below_users, f"< {count(row.below_users)}")
    elif row.tested_users is not None:
        bound(axes, place, row.tested_users, "^", _mark("not-reached", row))
        _label(axes, place, row.tested_users, f"≥ {count(row.tested_users)}")


def _queue_knee(axes: Axes, place: float, row: LevelCapacity) -> None:
    found = row.queue_knee_users
    if found:
        at, said = (place, found.value), f"{count(found.value)} jobs"
        axes.plot(*at, marker="D", ms=7, color=KNEE, ls="", gid=_mark("queue-knee", row))
        axes.annotate(said, at, (9, -4), textcoords="offset points", color=INK)


def _objective(axes: Axes, place: float, row: LevelCapacity) -> None:
    met, missed = row.slo_users.met, row.slo_users.missed
    if met is None and missed is None:
        return
    low, high = met or 0.0, missed if missed is not None else met or 0.0
    if missed is None:
        bound(axes, place, low, "^", _mark("objective-held", row), SLO)
    else:
        axes.plot(
            [place, place], [low, high], color=SLO, lw=7, alpha=0.6, solid_capstyle="butt", gid=_mark("objective", row)
        )


def _mark(name: str, row: LevelCapacity) -> str:
    """The id of a mark in the picture."""
    return f"{name}-{row.tenants:.0f}"


def _label(axes: Axes, place: float, value: float, words: str) -> None:
    axes.annotate(words, (place, value), (0, 7), textcoords="offset points", ha="center", color=INK, fontweight="bold")


def _by_tenants(axes: Axes, rows: Sequence[LevelCapacity], unit: str) -> None:
    names = ["data as it is" if row.tenants == 0 else count(row.tenants) for row in rows]
    axes.set_xticks(range(len(rows)), names)
    axes.set_xlim(-0.6, len(rows) - 0.4)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.12)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.grid(axis="x", visible=False)
    axes.set_xlabel("tenants")
    axes.set_ylabel(unit)
