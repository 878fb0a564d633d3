"""The cells of one column as COPY BINARY has them: by what can be done with them without a loop over rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rampart.errors import UsageError
from seeders.draw.arrow_arrays import Fields, Holes, integers, lengths
from seeders.draw.drawn_values import Coded, Drawn, Instants, Mask, Numbers, Pairs, Pool, Spelled
from seeders.draw.random_stream import mixed
from seeders.draw.rows import DAY

_SINCE_2000 = 10_957 * DAY  # microseconds from 1970 to 2000, where Postgres begins to count
_PLAIN = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "oid": ">u4", "float4": ">f4", "float8": ">f8", "bool": ">i1"}
TEXT = {"text", "varchar", "bpchar", "citext", "name", "json", "xml", "enum"}
SUPPORTED = sorted({*_PLAIN, *TEXT, "timestamptz", "timestamp", "date", "numeric", "uuid", "jsonb"})


@dataclass(frozen=True, slots=True)
class Fixed:
    """Fields, the length among them, that are there in every row."""

    fields: Fields


@dataclass(frozen=True, slots=True)
class Nullable:
    """Fields, the length first, which is all that there is of a NULL."""

    fields: Fields
    null: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Holed:
    """Fields, the length among them, of which some bytes are missing in some rows."""

    fields: Fields
    holes: Holes


@dataclass(frozen=True, slots=True)
class Pooled:
    """Cells of a pool, by index."""

    pool: Pool | Pairs
    index: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Varied:
    """Fields, the length first, and behind them a text of each row's own (an Arrow binary array), or a NULL."""

    fields: Fields
    text: Any
    null: Mask


Cells = Fixed | Nullable | Holed | Pooled | Varied


def cells_of(drawn: Drawn, kind: str, where: str) -> Cells:
    """What was drawn, as values of a Postgres type; UsageError where that cannot be."""
    if isinstance(drawn, Coded) and kind in TEXT:
        index = drawn.index if drawn.null is None else np.where(drawn.null, len(drawn.pool), drawn.index)
        return Pooled(drawn.pool, index)
    if isinstance(drawn, Coded):
        return _varied(drawn.pool.texts.take(integers(drawn.index)), kind, where, drawn.null)
    if isinstance(drawn, Numbers) and kind in TEXT:
        return _varied(integers(drawn.values).cast(pa.string()), kind, where, drawn.null)
    if isinstance(drawn, Spelled):
        return _spelled(drawn, kind, where)
    size, fields = _instant(drawn, kind, where) if isinstance(drawn, Instants) else _number(drawn, kind, where)
    if drawn.null is None:
        return Fixed([(">i4", size), *fields])
    length = np.where(drawn.null, np.int32(-1), np.int32(size))
    return Nullable([(">i4", length), *fields], drawn.null)


def _varied(texts: Any, kind: str, where: str, null: Mask) -> Varied:
    if kind not in TEXT and kind != "jsonb":
        raise _misfit(where, kind, "text")
    version: Fields = [("i1", 1)] if kind == "jsonb" else []  # a byte before the text
    length = lengths(texts) + np.int32(len(version))
    if null is not None:
        length = np.where(null, np.int32(-1), length)
    return Varied([(">i4", length), *version], texts.cast(pa.binary()), null)


def _spelled(drawn: Spelled, kind: str, where: str) -> Fixed | Holed:
    if kind not in TEXT and kind != "jsonb":
        raise _misfit(where, kind, "text")
    version: Fields = [("i1", 1)] if kind == "jsonb" else []
    ahead = 4 + len(version)
    holes = [(ahead + start, ahead + stop, there) for start, stop, there in drawn.holes]
    length = filled(holes, drawn.length + len(version))
    fields = [(">i4", length), *version, *drawn.fields]
    return Holed(fields, holes) if holes else Fixed(fields)


def filled(holes: Holes, whole: int) -> Any:
    """The bytes that are there of `whole`: an array where there are holes."""
    left: Any = np.int32(whole)
    for start, stop, there in holes:
        left = left - np.int32(stop - start) * ~there
    return left


def _number(drawn: Numbers, kind: str, where: str) -> tuple[int, Fields]:
    if kind in _PLAIN:
        values = drawn.values / 10**drawn.scale if drawn.scale else drawn.values
        return np.dtype(_PLAIN[kind]).itemsize, [(_PLAIN[kind], values)]
    if kind == "uuid":
        return 16, _uuid(drawn.values.astype(np.int64))
    if kind == "numeric":
        return _numeric(drawn.values.astype(np.int64), drawn.scale)
    raise _misfit(where, kind, "numbers")


def _uuid(values: NDArray[np.int64]) -> Fields:
    """A version-8 UUID (RFC 9562) that is a function of the number, so that references to it agree."""
    low = values.view(np.uint64)
    high = mixed(low ^ np.uint64(0x5EED))
    high = high & np.uint64(0xFFFFFFFFFFFF0FFF) | np.uint64(0x8000)
    return [(">u8", high), (">u8", low & np.uint64(0x3FFFFFFFFFFFFFFF) | np.uint64(1 << 63))]


def _numeric(values: NDArray[np.int64], scale: int) -> tuple[int, Fields]:
    """Base-10000 digits, five before the point and enough behind it; leading zeros are allowed."""
    behind = -(-scale // 4)
    groups = 5 + behind
    rest = np.abs(values) * 10 ** (4 * behind - scale)
    digits: Fields = []
    for _ in range(groups):
        digits.insert(0, (">i2", rest % 10_000))
        rest = rest // 10_000
    sign = np.where(values < 0, 0x4000, 0)
    return 8 + 2 * groups, [(">i2", groups), (">i2", 4), (">i2", sign), (">i2", scale), *digits]


def _instant(drawn: Instants, kind: str, where: str) -> tuple[int, Fields]:
    since = drawn.micros - _SINCE_2000
    if kind in ("timestamptz", "timestamp"):
        return 8, [(">i8", since)]
    if kind == "date":
        return 4, [(">i4", since // DAY)]
    raise _misfit(where, kind, "instants")


def _misfit(where: str, kind: str, drawn: str) -> UsageError:
    return UsageError(
        f"column {where} cannot be filled",
        f"it is of type {kind} and its declaration draws {drawn}",
        f"Declare it otherwise; types that can be written: {', '.join(SUPPORTED)}.",
    )
