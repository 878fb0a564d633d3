"""A figure as inline SVG: the same bytes every time, theme colours instead of fixed ones, nothing from outside."""

from __future__ import annotations

import html
import io
import re
from contextlib import AbstractContextManager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Drawn with the colour on the right; the page's stylesheet decides what it looks like in light, dark and print.
INK, MUTED, GRID = "#22262b", "#6b7480", "#dde1e6"
KNEE, FAST, SLOW, SLO, PAPER = "#b3261e", "#1f6fb2", "#8250c4", "#b26a00", "#fefefe"
_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    KNEE: "--knee",
    FAST: "--fast",
    SLOW: "--slow",
    SLO: "--slo",
    PAPER: "--paper",
}
_STYLE: Any = {  # by name; matplotlib checks the names
    "svg.fonttype": "none",
    "svg.hashsalt": "rampart",
    "text.parse_math": False,
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def styled() -> AbstractContextManager[None]:
    """The settings under which a figure must be both drawn and saved; use as `with styled():`."""
    return matplotlib.rc_context(_STYLE)


def bound(axes: Axes, at: float, value: float, marker: str, gid: str, color: str = KNEE) -> None:
    """A hollow mark where only one side of a value is known: `^` above, `v` below."""
    axes.plot([at], [value], marker=marker, ms=8, mfc=PAPER, mec=color, mew=1.6, ls="", gid=gid)


def inline(figure: Figure, name: str, alternative: str) -> str:
    """The figure as an `<svg>` element whose ids begin with `name`; `alternative` is read out instead of it."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=_NO_METADATA, transparent=True)
    return _inlined(buffer.getvalue(), name, alternative)


def _inlined(text: str, name: str, alternative: str) -> str:
    text = text[text.index("<svg") :]
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r' id="(?!C\d)[\w.]+_\d+"', "", text)  # matplotlib's own names, to which nothing refers
    text = re.sub(r' id="([^"]*)"', rf' id="{name}-\1"', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r' xlink:href="#', f' href="#{name}-', text)
    text = re.sub(r"font-family: [^;\"]*", "font-family: inherit", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable},{colour})")
    size = text[text.index("viewBox") : text.index(">")].split('"')[1]
    head = f'<svg viewBox="{size}" role="img" aria-label="{html.escape(alternative)}">'
    return head + text[text.index(">") + 1 :].strip()
