"""From single requests to windows of a second: what was served, and how many users there were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rampart.windows import Floats
from readers.load_results._reader import Source, Window

WINDOW_S = 1.0
LONGEST_S = 14 * 86_400.0  # no ramp takes so long; a moment is wrong
FEWEST = 5  # windows of a short file


@dataclass(frozen=True, slots=True)
class RequestLog:
    """Requests in any order, one value each: when they ended, whether they succeeded, what they asked for."""

    end_s: Floats
    ok: NDArray[np.bool]
    endpoint: Sequence[str]

    def edges(self, source: Source, begins_s: float) -> Floats:
        """The edges of whole windows from `begins_s` to the last request; a part of a window is left out."""
        length = float(self.end_s.max()) - begins_s if len(self.end_s) else 0.0
        if length > LONGEST_S:
            why = f"its requests lie {length / 86_400:,.0f} days apart"
            raise source.unreadable(why, "Correct the moment that is wrong, or cut out the ramp.")
        width = min(WINDOW_S, length / FEWEST)
        count = int(length / width + 1e-9) if width > 0 else 0
        return np.asarray(begins_s + width * np.arange(count + 1), dtype=np.float64)

    def windows(self, source: Source, edges: Floats, users: Floats) -> list[Window]:
        """The windows between `edges`, with the users of each; of the endpoint that was asked for, or of all."""
        source.choose(self.endpoint)
        counts = self.ok
        if source.endpoint is not None:
            counts = counts & np.array([name == source.endpoint for name in self.endpoint])
        served = np.diff(np.searchsorted(np.sort(self.end_s[counts]), edges)) / np.diff(edges)
        return [Window(float(n), float(x), float(at)) for n, x, at in zip(users, served, edges, strict=False)]

    def at_one_load(self, source: Source, start_s: Floats, users: float | None = None) -> list[Window]:
        """The windows of a run at a constant load: so many users, or as many as requests were in flight on average."""
        edges = self.edges(source, float(start_s.min()) if len(start_s) else 0.0)
        if users is None:
            users = float(in_progress(start_s, self.end_s, edges[[0, -1]])[0]) if len(edges) > 1 else 0.0
        return self.windows(source, edges, np.full(max(len(edges) - 1, 0), users))


def in_progress(start_s: Floats, end_s: Floats, edges: Floats) -> Floats:
    """How many of these intervals lay on each window on average: users between start and end, requests in flight."""
    covered = _time_since(start_s, edges) - _time_since(end_s, edges)
    return np.asarray(np.diff(covered) / np.diff(edges), dtype=np.float64)


def last_known(at_s: Floats, value: Floats, edges: Floats) -> Floats:
    """The value in force in the middle of each window, of what is written down from time to time."""
    order = np.argsort(at_s, kind="stable")
    known = np.searchsorted(at_s[order], (edges[:-1] + edges[1:]) / 2, side="right") - 1
    return value[order][np.maximum(known, 0)]


def _time_since(moments: Floats, edges: Floats) -> Floats:
    """The sum, over all moments before an edge, of the time from there to the edge."""
    ordered = np.sort(moments)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    before = np.searchsorted(ordered, edges)
    return np.asarray(before * edges - sums[before], dtype=np.float64)
