"""From windows to stages: those that a file names, the plateaus of a ramp, or cuts of one that has none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from rampart.windows import StageWindows
from readers.load_results._reader import Window

LEAST_STAGES = 3  # fewer plateaus than this are no staged ramp
MOST_STAGES = 40  # more runs of equal users than this are a slow ramp, not stages
MOSTLY = 0.8  # a file that spends this share of its time at one or two loads is a part of a staged ramp
SHORT = 3  # a run of a third of the usual length leads from one plateau to the next
SETTLING = 5  # the first fifth of a plateau is left out: answers still come to fewer users
CUT_RATIO = 1.15  # users of a cut differ by at most this factor


def cut_stages(windows: Sequence[Window]) -> list[StageWindows]:
    """The stages of one file; windows without users, such as before the start, belong to none."""
    loaded = [window for window in windows if window.users > 0]
    if not loaded or loaded[0].at_s is None:
        return _named(loaded)
    runs = [list(run) for _, run in groupby(sorted(loaded, key=_moment), key=lambda window: window.users)]
    plateaus = _plateaus(runs)
    steady = sum(map(len, plateaus)) >= MOSTLY * len(loaded)
    stepped = len({run[0].users for run in plateaus}) >= LEAST_STAGES or steady
    if stepped and len(plateaus) <= MOST_STAGES:
        return [_stage(run[len(run) // SETTLING :]) for run in plateaus]
    return _cuts(loaded)


def _moment(window: Window) -> float:
    return window.at_s or 0.0


def _named(windows: list[Window]) -> list[StageWindows]:
    """Rows of one stage need not be neighbours; without a name, neighbours with equal users are a stage."""
    stages: dict[object, list[Window]] = {}
    run = 0
    for before, window in zip([None, *windows], windows, strict=False):
        run += before is None or before.users != window.users
        stages.setdefault(run if window.stage is None else window.stage, []).append(window)
    return [_stage(stage) for stage in stages.values()]


def _plateaus(runs: list[list[Window]]) -> list[list[Window]]:
    """The runs of equal users that are not much shorter than that in which half of the time is spent."""
    lengths = np.sort([len(run) for run in runs])[::-1]
    usual = lengths[np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)]
    return [run for run in runs if len(run) * SHORT >= usual > 1]


def _cuts(windows: list[Window]) -> list[StageWindows]:
    """The windows by rising users, cut where the users have risen by a factor of `CUT_RATIO`."""
    cuts: list[list[Window]] = []
    for window in sorted(windows, key=lambda window: window.users):
        if not cuts or window.users > cuts[-1][0].users * CUT_RATIO:
            cuts.append([])
        cuts[-1].append(window)
    return [_stage(cut) for cut in cuts]


def _stage(windows: list[Window]) -> StageWindows:
    users = float(np.mean([window.users for window in windows]))
    return StageWindows(users, np.array([window.served_rps for window in windows]))
