"""The picture of what was foretold: users by tenants on logarithmic axes, seen and forecast."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from rampart.finding import Interval
from rampart.prediction import Forecast
from rampart.verdict import LevelCapacity, Verdict
from reports.numbers import count, interval, tenants
from reports.svg import FAST, INK, KNEE, bound, inline, styled


def picture(verdict: Verdict) -> str:
    """Each level's knee as it was seen, and as it was forecast with the levels below it alone; "" without forecasts."""
    seen = [row for row in verdict.capacity if row.tenants > 0]
    told = [row for row in verdict.forecasts if row.tenants > 0 and _positive(row.knee_users)]
    if not told:
        return ""
    with styled():
        figure = Figure(figsize=(4.9, 3.3))
        figure.subplots_adjust(left=0.14, right=0.97, top=0.95, bottom=0.15)
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.set_yscale("log")
        for row in told:
            _forecast(axes, row)
        for level in seen:
            _seen(axes, level)
        _fit(axes, [*(level.tenants for level in seen), *(row.tenants for row in told)])
        return inline(figure, "foretold", _said(told))


def _positive(users: Interval | None) -> bool:
    """Whether a logarithmic axis can show it."""
    return users is not None and min(users.value, users.low, users.high) > 0


def _said(told: Sequence[Forecast]) -> str:
    rows = [f"{tenants(row.tenants)}: {interval(row.knee_users)} forecast" for row in told]
    return f"Users by tenants, seen and forecast. {'; '.join(rows)}."


def _forecast(axes: Axes, row: Forecast) -> None:
    """A shaded box over the interval, as wide as a third of a decade, with the median in it."""
    at, users = row.tenants, row.knee_users
    left, right = at / 10**0.14, at * 10**0.14
    mark = f"{row.tenants:.0f}"
    axes.fill_between(
        [left, right], [users.low] * 2, [users.high] * 2, color=FAST, alpha=0.16, lw=0, gid=f"forecast-band-{mark}"
    )
    axes.plot([left, right], [users.value] * 2, color=FAST, lw=2, gid=f"forecast-{mark}")
    if row.held is False:
        axes.plot([right], [users.high], marker="x", ms=7, mew=1.8, color=KNEE, ls="", gid=f"missed-{mark}")
    if not row.scored:
        said = f"{count(users.value)} expected"
        axes.annotate(said, (at, users.high), (0, 5), textcoords="offset points", ha="center", color=INK)


def _seen(axes: Axes, row: LevelCapacity) -> None:
    found, at, mark = row.knee_users, row.tenants, f"{row.tenants:.0f}"
    if found and _positive(found):
        around = [[found.value - found.low], [found.high - found.value]]
        bar = axes.errorbar([at], [found.value], yerr=around, fmt="o", color=KNEE, ms=6, capsize=3, lw=1.5)
        bar.lines[0].set_gid(f"seen-{mark}")
        value = found.value
    elif row.below_users:
        value = row.below_users
        bound(axes, at, value, "v", f"below-{mark}")
    elif row.tested_users:
        value = row.tested_users
        bound(axes, at, value, "^", f"not-reached-{mark}")
    else:
        return
    axes.annotate(count(value), (at, value), (7, 6), textcoords="offset points", color=INK, fontweight="bold")


def _fit(axes: Axes, levels: Sequence[float]) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(low / 1.15, high * 1.4)
    ticks = sorted(set(levels))
    axes.set_xlim(ticks[0] / 2, ticks[-1] * 2.2)
    axes.set_xticks(ticks, [count(level) for level in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", visible=False)
    axes.set_xlabel("tenants")
    axes.set_ylabel("users")
