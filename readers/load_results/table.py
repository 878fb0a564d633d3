"""A table of measuring windows, as a person or a spreadsheet writes it.

One row per window: `stage,users,throughput_rps` and optionally `error_ratio`; the rows that share `stage` (any word or
number) make a stage. Without `stage`, neighbouring rows with equal users do. Requests that failed are taken off the
throughput: a target that refuses fast serves nobody. Rows of several endpoints are summed. Other columns are ignored.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict

import numpy as np

from rampart.windows import Floats
from readers.load_results._columns import Columns, read_columns
from readers.load_results._reader import Reader, Reading, Source, Window
from readers.load_results._times import seconds

USERS = ("users", "user_count", "vus", "threads", "concurrency", "connections")
RATE = ("throughput_rps", "rps", "requests_per_s", "requests_per_second", "requests/s", "requests/sec", "req/s")
SHARE = ("error_ratio", "failure_ratio", "error_share")
PERCENT = ("error_pct", "error_percent", "error_%", "errors_%", "failure_pct", "failure_percent", "failure_%")
FAILED = ("failures/s", "failures_per_s", "errors/s", "errors_per_s")
ENDPOINT = ("endpoint", "label", "request")
TIME = ("time", "timestamp")
KNOWN = ("stage", *USERS, *RATE, *SHARE, *PERCENT, *FAILED, *ENDPOINT, *TIME)
HEADER = "The header is: stage,users,throughput_rps and optionally error_ratio or error_pct, endpoint."


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "_", name.strip().lower())


def _find(columns: Columns, among: tuple[str, ...]) -> str | None:
    return next((name for name in columns.names if _plain(name) in among), None)


def _recognises(source: Source) -> bool:
    cells = {_plain(cell.strip('"')) for cell in re.split(r"[,;\t]", source.first_line())}
    return bool(cells & {*USERS, *RATE})


def _read(source: Source) -> Reading:
    columns = read_columns(source)
    users, rate = _find(columns, USERS), _find(columns, RATE)
    if users is None or rate is None:
        raise _missing(
            source, columns, [name for name, at in (("users", users), ("throughput_rps", rate)) if at is None]
        )
    if not len(columns.frame):
        raise source.unreadable("it has a header, but no measuring window", HEADER)
    served = columns.numbers(rate) - _failed(columns, columns.numbers(rate))
    return _summed(source, columns, columns.numbers(users), served)


def _missing(source: Source, columns: Columns, missing: list[str]) -> Exception:
    strangers = [name for name in columns.names if _plain(name) not in KNOWN]
    pairs = [(near, name) for name in missing for near in difflib.get_close_matches(name, strangers, 1, cutoff=0.7)]
    renames = "".join(f"Rename {near!r} to {name!r}. " for near, name in pairs)
    return source.unreadable(f"the column {', '.join(missing)} is missing", renames + HEADER)


def _failed(columns: Columns, rate: Floats) -> Floats:
    """Failed requests per second, 0 where they were not measured."""
    for among, whole in ((SHARE, 1.0), (PERCENT, 100.0)):
        name = _find(columns, among)
        if name is not None:
            return np.nan_to_num(_share(columns, name, whole) * rate)
    name = _find(columns, FAILED)
    if name is None:
        _doubt(columns)
        return np.zeros(len(rate))
    failed = np.nan_to_num(columns.numbers(name))
    if (failed > rate).any():
        raise columns.wrong(name, failed > rate, "which is more than the throughput", "Correct that line.")
    return failed


def _share(columns: Columns, name: str, whole: float) -> Floats:
    """The failed share of requests; a number that is too large for a share looks like percent."""
    words = columns.words(name)
    if any(word.endswith("%") for word in words):
        columns, whole = columns.without(name, "%"), 100.0
    values = columns.numbers(name)
    over = values > whole
    if over.any():
        looks = f" ({values[over][0]:g} looks like percent; write {values[over][0] / 100:g})" if whole == 1.0 else ""
        raise columns.wrong(name, over, f"but it must lie between 0 and {whole:g}{looks}", "Correct the column.")
    return values / whole


def _doubt(columns: Columns) -> None:
    """Raises if a column seems to count failures, in a unit that its name does not say."""
    for name in columns.names:
        if re.match(r"(error|fail)", _plain(name)) and any(re.search(r"[1-9]", word) for word in columns.words(name)):
            why = f"the column {name!r} may be a share, percent, or failures per second"
            raise columns.source.unreadable(why, "Name it error_ratio, error_pct or failures_per_s.")


def _summed(source: Source, columns: Columns, users: Floats, served: Floats) -> Reading:
    """The windows, those of several endpoints summed: the first of each in a stage are one window, and so on."""
    size = len(users)
    named, timed, labelled = (_find(columns, among) for among in (("stage",), TIME, ENDPOINT))
    stage: list[str | None] = [*columns.words(named)] if named else [None] * size
    at_s = [float(at) for at in seconds(columns, timed)] if timed and not named else [None] * size
    label = columns.words(labelled) if labelled else [""] * size
    endpoints = source.choose(label if labelled else ())
    _one_load_each(source, columns, stage, users)
    sums: dict[tuple[object, ...], float] = defaultdict(float)
    seen: Counter[tuple[object, ...]] = Counter()
    for n, (here, load, at, name) in enumerate(zip(stage, users, at_s, label, strict=True)):
        if source.endpoint in (None, name) and not np.isnan(load + served[n]):
            turn = n if not labelled else seen[here, load, at, name]
            seen[here, load, at, name] += 1
            sums[here, float(load), at, turn] += float(served[n])
    windows = [Window(load, rate, at, here) for (here, load, at, _), rate in sums.items()]  # type: ignore[arg-type]
    return Reading(windows, endpoints)


def _one_load_each(source: Source, columns: Columns, stage: list[str | None], users: Floats) -> None:
    first: dict[str, float] = {}
    for row, (name, load) in enumerate(zip(stage, users, strict=True)):
        if name is not None and not np.isnan(load) and first.setdefault(name, float(load)) != load:
            why = f"stage {name!r} has windows at {first[name]:g} and at {load:g} users (line {columns.line(row)})"
            raise source.unreadable(why, "Give each number of users a stage of its own.")


TABLE = Reader(
    name="table",
    summary="a table with users and throughput_rps, divided by commas, semicolons or tabs",
    example="rampart knee stages.csv   (stage,users,throughput_rps,error_ratio; a row for each window)",
    recognises=_recognises,
    read=_read,
    joins=False,
)
