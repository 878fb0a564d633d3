"""Columns of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from rampart.errors import UsageError
from seeders.columns.digits import spelled
from seeders.columns.keys import Key, Tenant
from seeders.columns.vocabulary import pool
from seeders.draw.drawn_values import Coded, Drawn, Numbers, Pool, Spelled
from seeders.draw.random_stream import Words as Bits
from seeders.draw.random_stream import below
from seeders.draw.rows import Ints, Rows, holes


@dataclass(frozen=True, slots=True)
class Constant:
    """The same in every row."""

    value: str | int

    def draw(self, rows: Rows, _name: str, /) -> Drawn:
        if isinstance(self.value, int):
            return Numbers(np.full(len(rows), self.value, np.int64))
        return Coded(_constant(self.value), np.zeros(len(rows), np.int64))


@cache
def _constant(word: str) -> Pool:
    return Pool([word])


@dataclass(frozen=True, slots=True)
class Words:
    """Text by Faker patterns such as `"Review the {{word}} of {{company}}"`, `size` of them, in the seeder's locale."""

    patterns: tuple[str, ...]
    size: int = 2000
    null: float = 0.0

    def __init__(self, *patterns: str, size: int = 2000, null: float = 0.0) -> None:
        object.__setattr__(self, "patterns", patterns)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "null", null)

    def draw(self, rows: Rows, name: str, /) -> Drawn:
        words = pool(self.patterns, self.size, rows.frame.locale)
        bits = rows.bits(name)
        return Coded(words, below(bits, len(words)), holes(bits, self.null))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, by weight (to 1/4096)."""

    weights: Mapping[str, float]
    null: float = 0.0

    def draw(self, rows: Rows, name: str, /) -> Drawn:
        words, lots = _lottery(tuple(self.weights.items()))
        bits = rows.bits(name)
        return Coded(words, lots.take(_tickets(bits)), holes(bits, self.null))


def _tickets(bits: Bits) -> Ints:
    return (bits >> np.uint64(52)).view(np.int64)


@cache
def _lottery(weights: tuple[tuple[str, float], ...]) -> tuple[Pool, Ints]:
    edges = np.cumsum([weight for _, weight in weights])
    tickets = (np.arange(4096) + 0.5) / 4096 * edges[-1]
    return Pool([word for word, _ in weights]), np.searchsorted(edges, tickets)


@dataclass(frozen=True, slots=True)
class Depends:
    """One column where another one of the row has a value, another where it has none; both of words."""

    on: str
    present: Choice
    absent: Choice

    def draw(self, rows: Rows, name: str, /) -> Drawn:
        null = rows.drawn(self.on).null
        if null is None:
            return self.present.draw(rows, name)
        words, lots = _both(tuple(self.present.weights.items()), tuple(self.absent.weights.items()))
        tickets = _tickets(rows.bits(name))
        tickets += null.astype(np.int64) << 12
        return Coded(words, lots.take(tickets))


@cache
def _both(present: tuple[tuple[str, float], ...], absent: tuple[tuple[str, float], ...]) -> tuple[Pool, Ints]:
    """One lottery after the other: 4096 tickets of the first, then as many of the second."""
    (there, first), (gone, second) = _lottery(present), _lottery(absent)
    return Pool(there.words + gone.words), np.concatenate((first, second + len(there)))


_FIELD = re.compile(r"\{(k|tenant|key)(?::0(\d+))?\}")


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{k}` (place within the tenant, from 1), `{tenant}` and `{key}` in it; `{k:06}` pads with zeros."""

    text: str

    def draw(self, rows: Rows, _name: str, /) -> Drawn:
        parts = _FIELD.split(self.text)
        if len(parts) == 1:
            raise UsageError(f"template {self.text!r} has no field", "it is a constant", "Use Constant, or add {k}.")
        whole = _literal(parts[0])
        for index in range(1, len(parts), 3):
            width, literal = parts[index + 1 : index + 3]
            number = spelled(self._number(rows, parts[index]), int(width or 0))
            whole = _then(_then(whole, number), _literal(literal))
        return whole

    def _number(self, rows: Rows, field: str) -> Ints:
        if field == "k":
            return rows.k + 1
        drawn = (Tenant() if field == "tenant" else Key()).draw(rows, field)
        assert isinstance(drawn, Numbers)
        return drawn.values.astype(np.int64, copy=False)


def _literal(text: str) -> Spelled:
    value = text.encode()
    return Spelled([(f"S{len(value)}", value)] if value else [], len(value))


def _then(first: Spelled, second: Spelled) -> Spelled:
    moved = [(first.length + start, first.length + stop, there) for start, stop, there in second.holes]
    return Spelled(first.fields + second.fields, first.length + second.length, first.holes + moved)
