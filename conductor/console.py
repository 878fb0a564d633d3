"""What people see while a run goes on: one live line on a terminal, one plain line for each stage in a log."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import rich.console
from rich.live import Live
from rich.text import Text

from rampart.errors import RampartError
from rampart.masking import masked

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LOG_WIDTH = 120  # columns of a table in a log, which has no width of its own


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is; what is None is not shown."""

    phase: str  # "seed", "profile", "ramp", ...
    tenants: int | None = None
    stage: int | None = None  # the first one is 1
    stages: int | None = None  # planned
    users: int | None = None
    rps: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    error_ratio: float | None = None
    seconds_left: float | None = None
    note: str = ""


class Console:
    """The one place that prints beside the command line; safe to call from several threads."""

    def __init__(self, out: IO[str] | None = None, errors: IO[str] | None = None) -> None:
        self._out = _console(out or sys.stdout)
        self._errors = _console(errors or sys.stderr)
        self._live: Live | None = None
        self._last: Progress | None = None
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """One line of what is going on."""
        _line(self._out, text)

    def warn(self, text: str) -> None:
        """Something that the reader should know, and that ends nothing."""
        _line(self._beside(), f"Warning: {text}", "yellow")

    def fail(self, error: RampartError) -> None:
        """What happened, why, and what to do, on standard error."""
        _line(self._beside(), f"Error: {error.what}", "bold red")
        _line(self._beside(), f"  why: {error.why}")
        _line(self._beside(), f"  do:  {error.remedy}")

    def show(self, renderable: rich.console.RenderableType) -> None:
        """A rich renderable, such as `reports.terminal.lines` gives."""
        self._out.print(renderable)

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """Show progress while inside; the line is gone afterwards, the lines of the finished stages stay."""
        if self._out.is_terminal:
            self._live = Live(console=self._out, refresh_per_second=2, transient=True)
            self._live.start()
        try:
            yield
        finally:
            with self._lock:
                self._end_stage()
                self._last, live, self._live = None, self._live, None
            if live:
                live.stop()

    def progress(self, state: Progress) -> None:
        """Where the run is now; cheap enough to be called at any rate."""
        with self._lock:
            if self._last is None or _key(state) != _key(self._last):
                self._end_stage()
                if state.stage is None and self._live is None:
                    self.say(_words(state))
            self._last = state
            if self._live:
                self._live.update(Text(_words(state), style="cyan"))

    def _end_stage(self) -> None:
        """A finished stage leaves one line behind, with the figures that were seen last."""
        if self._last is not None and self._last.stage is not None:
            self.say(_words(self._last, finished=True))

    def _beside(self) -> rich.console.Console:
        """Where warnings go: above the live line when both are on one terminal, else standard error."""
        return self._out if self._live and self._errors.is_terminal else self._errors


class _Quiet(rich.console.Console):
    """Goes quiet when the reader of a pipe leaves (`make ramp | head`) or the log's disk is full: a run is worth more
    than its log."""

    def print(self, *objects: Any, **options: Any) -> None:
        try:
            super().print(*objects, **options)
        except OSError as error:
            to_errors = self.file is sys.stderr
            self.on_broken_pipe()
            if not to_errors:
                with contextlib.suppress(OSError):
                    sys.stderr.write(f"Warning: what is said here cannot be written ({error.strerror})\n")

    def on_broken_pipe(self) -> None:
        self.quiet = True
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def _console(file: IO[str]) -> rich.console.Console:
    terminal = file.isatty() and os.environ.get("TERM") != "dumb"
    reconfigure: Any = getattr(file, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")  # a sign that the terminal's encoding lacks must not end a run
    # Told outright, because FORCE_COLOR would otherwise put control characters into a log.
    return _Quiet(
        file=file,
        force_terminal=terminal,
        force_interactive=terminal,
        width=None if terminal else _LOG_WIDTH,
        color_system="auto" if terminal else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _line(console: rich.console.Console, text: str, style: str = "") -> None:
    console.print(Text(_CONTROL.sub("", str(masked(text))), style=style), soft_wrap=True)


def _key(state: Progress) -> tuple[object, ...]:
    return state.phase, state.tenants, state.stage


def _words(state: Progress, *, finished: bool = False) -> str:
    parts = [state.phase]
    if state.tenants is not None:
        parts.append(f"{state.tenants:,} tenants")
    if state.stage is not None:
        parts.append(f"stage {state.stage}{f' of {state.stages}' if state.stages else ''}")
    if state.users is not None:
        parts.append(f"{state.users:,} users")
    parts += _figures(state)
    if state.seconds_left is not None and not finished:
        parts.append(_left(state.seconds_left))
    if state.note:
        parts.append(state.note)
    return _CONTROL.sub("", " · ".join(parts))


def _figures(state: Progress) -> Iterator[str]:
    if state.rps is not None:
        yield f"{_short(state.rps)} requests/s"
    for name, value in (("p50", state.p50_ms), ("p95", state.p95_ms)):
        if value is not None:
            yield f"{name} {_short(value)} ms"
    if state.error_ratio is not None:
        yield f"errors {100 * state.error_ratio:.{1 if 0 < state.error_ratio < 0.1 else 0}f} %"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _left(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes} min {rest:02d} s left" if minutes else f"{rest} s left"
