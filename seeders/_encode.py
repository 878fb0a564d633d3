"""Rows as the bytes of COPY BINARY, without a loop over rows.

Neighbouring columns of fixed width become one numpy structured array; Arrow joins it with the columns of text. The data
buffer of the joined array is the stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rampart.errors import UsageError
from seeders._arrow import fixed, flags, integers, lengths, word
from seeders._drawn import NULL_CELL, Coded, Drawn, Instants, Numbers, Texts
from seeders._mix import mixed
from seeders._rows import DAY, Column, Rows
from seeders._values import Later
from seeders._words import Template

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_SINCE_2000 = 10_957 * DAY  # microseconds from 1970 to 2000, where Postgres begins to count
_PLAIN = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "oid": ">u4", "float4": ">f4", "float8": ">f8", "bool": ">i1"}
_TEXT = {"text", "varchar", "bpchar", "citext", "name", "json", "xml", "enum"}
_NULL, _NOTHING = word(NULL_CELL, pa.binary()), word(b"", pa.binary())
SUPPORTED = sorted({*_PLAIN, *_TEXT, "timestamptz", "timestamp", "date", "numeric", "uuid", "jsonb"})

Fields = list[tuple[Any, NDArray[Any]]]  # numpy dtype and values, one per field of a fixed-width stretch


def in_stretches(columns: Sequence[tuple[str, str]], declared: Mapping[str, Column]) -> list[tuple[str, str]]:
    """The columns in the order that is encoded fastest: those of fixed width together, then what begins with a length.

    COPY takes them in any order; each stretch less is a copy of the whole row less.
    """

    def rank(column: tuple[str, str]) -> int:
        name, kind = column
        drawn = declared[name]
        if isinstance(drawn, Template):
            return 1
        loose = kind in _TEXT or kind == "jsonb" or isinstance(drawn, Later) or getattr(drawn, "null", False)
        return 2 if loose else 0

    return sorted(columns, key=rank)


def encode(rows: Rows, columns: Sequence[tuple[str, str]]) -> memoryview:
    """The stream (without header and trailer) of rows; `columns` are names with their Postgres types, in order."""
    joined: list[Any] = []
    numbers: Fields = [(">i2", np.broadcast_to(np.int16(len(columns)), len(rows)))]
    for name, kind in columns:
        fields, text = _cells(rows.drawn(name), kind, f"{rows.extent.name}.{name}")
        numbers += fields
        if text is not None:
            joined += [_stretch(numbers, len(rows)), text] if numbers else [text]
            numbers = []
    if numbers:
        joined.append(_stretch(numbers, len(rows)))
    whole = joined[0] if len(joined) == 1 else pc.binary_join_element_wise(*joined, _NOTHING)
    return memoryview(whole.buffers()[2])


def _stretch(fields: Fields, length: int) -> Any:
    """One Arrow binary value per row that holds the fields side by side."""
    packed = np.empty(length, np.dtype([(f"f{index}", kind) for index, (kind, _) in enumerate(fields)]))
    for index, (_, values) in enumerate(fields):
        packed[f"f{index}"] = values
    return fixed(packed)


def _cells(drawn: Drawn, kind: str, where: str) -> tuple[Fields, Any]:
    """Fields of fixed width, then perhaps an Arrow binary array, that together are the column's cells."""
    if isinstance(drawn, Coded):
        index = integers(drawn.index)
        if kind in _TEXT:
            return _holed([], drawn.pool.cells.take(index), drawn.null)
        return _holed(*_text_fields(drawn.pool.texts.take(index), kind, where), drawn.null)
    if isinstance(drawn, Texts) or (isinstance(drawn, Numbers) and kind in _TEXT):
        texts = drawn.array if isinstance(drawn, Texts) else integers(drawn.values).cast(pa.string())
        return _holed(*_text_fields(texts, kind, where), drawn.null)
    if isinstance(drawn, Instants):
        return _holed(_instant(drawn, kind, where), None, drawn.null)
    return _holed(_number(drawn, kind, where), None, drawn.null)


def _text_fields(texts: Any, kind: str, where: str) -> tuple[Fields, Any]:
    length = lengths(texts)
    if kind == "jsonb":  # a version byte goes before the text
        return [(">i4", length + 1), ("i1", np.ones(len(length), np.int8))], texts.cast(pa.binary())
    if kind in _TEXT:
        return [(">i4", length)], texts.cast(pa.binary())
    raise _misfit(where, kind, "text")


def _holed(fields: Fields, text: Any, null: NDArray[np.bool_] | None) -> tuple[Fields, Any]:
    """The same cells with NULL where the mask says so."""
    if null is None:
        return fields, text
    whole = text
    if fields:
        front = _stretch(fields, len(null))
        whole = front if text is None else pc.binary_join_element_wise(front, text, _NOTHING)
    return [], pc.if_else(flags(null), _NULL, whole)


def _sized(size: int, values: NDArray[Any], kind: str) -> Fields:
    return [(">i4", np.broadcast_to(np.int32(size), len(values))), (kind, values)]


def _number(drawn: Numbers, kind: str, where: str) -> Fields:
    if kind in _PLAIN:
        return _sized(np.dtype(_PLAIN[kind]).itemsize, drawn.values / 10**drawn.scale if drawn.scale else drawn.values,
                      _PLAIN[kind])  # fmt: skip
    if kind == "uuid":
        return _uuid(drawn.values.astype(np.int64))
    if kind == "numeric":
        return _numeric(drawn.values.astype(np.int64), drawn.scale)
    raise _misfit(where, kind, "numbers")


def _uuid(values: NDArray[np.int64]) -> Fields:
    """A version-8 UUID (RFC 9562) that is a function of the number, so that references to it agree."""
    low = values.view(np.uint64)
    high = mixed(low ^ np.uint64(0x5EED))
    high = high & np.uint64(0xFFFFFFFFFFFF0FFF) | np.uint64(0x8000)
    return [*_sized(16, high, ">u8"), (">u8", low & np.uint64(0x3FFFFFFFFFFFFFFF) | np.uint64(1 << 63))]


def _numeric(values: NDArray[np.int64], scale: int) -> Fields:
    """Base-10000 digits, five before the point and enough behind it; leading zeros are allowed."""
    behind = -(-scale // 4)
    groups = 5 + behind
    rest = np.abs(values) * 10 ** (4 * behind - scale)
    digits: Fields = []
    for _ in range(groups):
        digits.insert(0, (">i2", rest % 10_000))
        rest = rest // 10_000
    sign = np.where(values < 0, 0x4000, 0)
    head = [(">i2", np.broadcast_to(np.int16(value), len(values))) for value in (groups, 4)]
    size = (">i4", np.broadcast_to(np.int32(8 + 2 * groups), len(values)))
    return [size, *head, (">i2", sign), (">i2", np.broadcast_to(np.int16(scale), len(values))), *digits]


def _instant(drawn: Instants, kind: str, where: str) -> Fields:
    since = drawn.micros - _SINCE_2000
    if kind in ("timestamptz", "timestamp"):
        return _sized(8, since, ">i8")
    if kind == "date":
        return _sized(4, since // DAY, ">i4")
    raise _misfit(where, kind, "instants")


def _misfit(where: str, kind: str, drawn: str) -> UsageError:
    return UsageError(
        f"column {where} cannot be filled",
        f"it is of type {kind} and its declaration draws {drawn}",
        f"Declare it otherwise; types that can be written: {', '.join(SUPPORTED)}.",
    )
