"""Throughput curves from files of any load tool: which format each has, and which files belong to one curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rampart.errors import UsageError, nearest
from rampart.plugins import discover
from rampart.windows import StageWindows
from readers import load_results
from readers.load_results._reader import Reader, Reading, Source
from readers.load_results.table import HEADER
from readers.stage_cuts import LEAST_STAGES, cut_stages


@dataclass(frozen=True, slots=True)
class Curve:
    """The stages of one curve, and where they come from."""

    paths: tuple[Path, ...]
    format: str
    stages: list[StageWindows]
    endpoints: tuple[str, ...] = ()  # empty where the files do not tell them apart

    @property
    def name(self) -> str:
        return self.paths[0].name if len(self.paths) == 1 else f"{self.paths[0].name} and {len(self.paths) - 1} more"


def readers() -> dict[str, Reader]:
    """Every format, by the name that --format takes."""
    return discover(load_results, Reader)


def read_curves(paths: Sequence[Path], format: str | None = None, endpoint: str | None = None) -> list[Curve]:
    """A curve for each file; files of one format with one or two loads each make one together. Raises `UsageError`."""
    known = readers()
    if format is not None and format not in known:
        raise UsageError(f"there is no format {format!r}", "no reader has that name", nearest(format, known))
    groups: dict[object, list[Curve]] = {}
    for path in paths:
        reader, reading = _read(Source(path, endpoint), known, format)
        stages = cut_stages(reading.windows)
        few = len({stage.users for stage in stages}) < LEAST_STAGES
        key = reader.name if reader.joins and few else len(groups)
        groups.setdefault(key, []).append(Curve((path,), reader.name, stages, reading.endpoints))
    return [_joined(curves) for curves in groups.values()]


def _joined(curves: list[Curve]) -> Curve:
    return Curve(
        tuple(path for curve in curves for path in curve.paths),
        curves[0].format,
        [stage for curve in curves for stage in curve.stages],
        tuple(dict.fromkeys(name for curve in curves for name in curve.endpoints)),
    )


def _read(source: Source, known: dict[str, Reader], format: str | None) -> tuple[Reader, Reading]:
    try:
        reader = known[format] if format is not None else _recognised(source, known)
        reading = reader.read(source)
    except OSError as error:
        raise source.unreadable(error.strerror or str(error), "Name a file that a load tool wrote.") from None
    except (UnicodeDecodeError, EOFError):
        raise source.unreadable("it is not UTF-8 text", "Name a file that a load tool wrote.") from None
    if not reading.windows:
        raise source.unreadable("it has no measuring window", "Let the load run for longer.")
    return reader, reading


def _recognised(source: Source, known: dict[str, Reader]) -> Reader:
    found = next((reader for reader in known.values() if reader.recognises(source)), None)
    if found is not None:
        return found
    if not source.first_line():
        raise source.unreadable("it is empty", HEADER)
    if "\ufffd" in source.head():
        raise source.unreadable("it is not UTF-8 text", "Name a file that a load tool wrote.")
    formats = f"Formats: {', '.join(sorted(known))}. {HEADER}"
    raise source.unreadable("its form is that of no tool that is known here", formats)
