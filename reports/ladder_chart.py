"""The picture of a climb: one bar for each ramp, what was mended between them, what was predicted, and the goal."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from rampart.model import JSON
from reports.numbers import count, tenants
from reports.svg import FAST, INK, KNEE, MUTED, PAPER, SLO, inline, styled

_WIDE = 11  # letters of a finding's id that a bar has room for


def picture(ladder: JSON) -> str:
    """Users at the last tenant level, ramp by ramp, on a logarithmic axis; wide enough for a slide."""
    steps = _steps(ladder)
    with styled():
        figure = Figure(figsize=(max(6.4, 1.55 * len(steps) + 1.2), 4.4))
        figure.subplots_adjust(left=0.09, right=0.985, top=0.9, bottom=0.2)
        axes = figure.add_subplot()
        axes.set_yscale("log")
        for place, step in enumerate(steps):
            _bar(axes, place, step)
        _goal(axes, ladder["wanted_users"])
        _frame(axes, steps, ladder)
        return inline(figure, "ladder", _said(steps, ladder))


def _steps(ladder: JSON) -> list[JSON]:
    """The states of the system: before any remedy, then after each rung."""
    rungs = ladder["rungs"]
    names = ["as it was", *(f"{rung['finding']['id']}\nmended" for rung in rungs)]
    capacities = [ladder["first"], *(rung["after"] for rung in rungs)]
    limits = [*(rung["finding"]["id"] for rung in rungs), (rungs[-1]["came"] or {}).get("id") if rungs else None]
    guesses = [None, *((rung["predicted"] or [None])[0] for rung in rungs)]
    rows = zip(names, capacities, limits, guesses, strict=True)
    return [
        {"name": name, "capacity": capacity, "limit": limit, "guess": guess}
        for name, capacity, limit, guess in rows
        if capacity
    ]


def _bar(axes: Axes, place: int, step: JSON) -> None:
    row = step["capacity"]
    reached = row["knee"] is not None
    top = row["knee"] if reached else row["tested"] or 1.0
    axes.bar([place], [top], width=0.56, color=FAST, alpha=0.85 if reached else 0.55, gid=f"rung-{place}")
    if reached and row["low"] is not None and row["high"] is not None:
        around = [[max(top - row["low"], 0.0)], [max(row["high"] - top, 0.0)]]
        axes.errorbar([place], [top], yerr=around, fmt="none", ecolor=INK, capsize=5, lw=1.4)
    high = max(top, row["high"] or 0.0) if reached else top
    label = f"{'' if reached else '≥ '}{count(top)}"
    axes.annotate(label, (place, high), (0, 5), textcoords="offset points", ha="center", fontsize=13, fontweight="bold")
    if step["limit"]:
        name = step["limit"].replace("-", "-\n") if len(step["limit"]) > _WIDE else step["limit"]
        axes.annotate(
            f"limit:\n{name}", (place, 0.0), (0, 6), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", color=PAPER, fontsize=9, fontweight="bold",
        )  # fmt: skip
    if step["guess"] and step["guess"].get("users"):
        guess = step["guess"]
        at, low, high = (float(guess.get(key) or guess["users"]) for key in ("users", "users_low", "users_high"))
        axes.plot([place + 0.38] * 2, [low, high], color=KNEE, lw=1.2, alpha=0.7)
        axes.plot([place + 0.38], [at], marker="D", ms=7, mfc="none", mec=KNEE, mew=1.5, ls="", gid=f"guess-{place}")


def _goal(axes: Axes, users: float) -> None:
    axes.axhline(users, color=SLO, lw=1.6, ls=(0, (5, 3)), gid="goal")
    axes.annotate(
        f"wanted: {count(users)} users", (0.0, users), (4, 5), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="left", color=SLO,
    )  # fmt: skip


def _frame(axes: Axes, steps: list[JSON], ladder: JSON) -> None:
    axes.set_xticks(range(len(steps)), [step["name"] for step in steps])
    axes.set_xlim(-0.6, len(steps) - 0.35)
    tops = [step["capacity"]["high"] or step["capacity"]["tested"] or 1.0 for step in steps]
    lows = [step["capacity"]["knee"] or step["capacity"]["tested"] or 1.0 for step in steps]
    axes.set_ylim(min(lows) / 3.5, max(*tops, ladder["wanted_users"]) * 1.5)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", visible=False)
    axes.set_ylabel("users", color=MUTED)
    axes.set_title(_title(ladder), loc="left", fontsize=13, fontweight="bold")


def _title(ladder: JSON) -> str:
    first, last = ladder["first"], ladder["last"]
    level = tenants(ladder["tenants"][-1])
    grew = times(first, last) if first and last else 0.0
    if not grew:
        return f"One bottleneck after the other, {level}"
    return f"{'' if first['held'] else 'At least '}{grew:.3g} times the users within the objective, {level}"


def times(first: JSON, last: JSON) -> float:
    """How many times as many users are held at last; at least that where the first ramp held no load that it tried."""
    at_first = first["held"] or first["missed"] or 0.0
    return float(last["held"] / at_first) if at_first else 0.0


def _said(steps: list[JSON], ladder: JSON) -> str:
    shown = [(s["name"].replace("\n", " "), s["capacity"]["knee"] or s["capacity"]["tested"]) for s in steps]
    return f"{_title(ladder)}. " + "; ".join(f"{name}: {count(users)} users" for name, users in shown)
