"""The picture that rampart knee draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.knee.estimate import KneeEstimate
from rampart.windows import StageWindows


def plot(stages: Sequence[StageWindows], estimate: KneeEstimate, out: Path) -> None:
    """Write a picture of throughput against users, with the knee and its interval marked; by suffix."""
    figure = Figure(figsize=(8.0, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for stage in stages:
        axes.plot([stage.users] * len(stage.throughput_rps), stage.throughput_rps, ".", color="0.7", markersize=5)
    means = [float(np.nanmean(s.throughput_rps)) if np.isfinite(s.throughput_rps).any() else np.nan for s in stages]
    axes.plot([s.users for s in stages], means, "o", color="tab:blue", label="stage (grey: its windows)")
    right = max((s.users for s in stages if np.isfinite(s.users)), default=1.0) * 1.05
    if estimate.value is not None and estimate.low is not None and estimate.high is not None:
        _mark(axes, estimate.value, estimate.low, min(estimate.high, right), estimate.max_throughput_rps, right)
    axes.set(xlabel="users", ylabel="throughput, requests/s", xlim=(0, right))
    axes.set_ylim(bottom=0)
    axes.set_title(_title(estimate), fontsize=10, wrap=True)
    axes.legend(loc="best", frameon=False)
    figure.savefig(out, dpi=120)


def _mark(axes: Axes, knee: float, low: float, high: float, plateau: float | None, right: float) -> None:
    if plateau is not None:
        axes.plot([0, knee, right], [0, plateau, plateau], "--", color="0.35", linewidth=1, label="asymptotes")
    axes.axvspan(low, high, color="tab:orange", alpha=0.2, linewidth=0, label="95 % interval")
    axes.axvline(knee, color="tab:orange", label="knee")


def _title(estimate: KneeEstimate) -> str:
    if estimate.value is None:
        return f"No knee; {estimate.reason}"
    return f"Knee at {estimate.value:,.0f} users (95 %: {estimate.low:,.0f} to {estimate.high:,.0f})"
