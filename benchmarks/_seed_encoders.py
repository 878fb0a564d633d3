"""Our COPY BINARY encoder beside two libraries that write the same format from Arrow: pgpq, and ADBC's driver.

All start from values as they were drawn: `encode` ends with the bytes, `send` when the server has them, in the same
tables of the same server, in turn. What counts is the processor time of this process, user and system: others may be at
work beside it, and what the server takes is not the encoder's affair. ADBC does not give its bytes away, so only its
`send` is known. The libraries take Arrow's arrays, which the drawn values have to become first; `pgpq_ready` is
without that: its own time, if there were nothing to convert.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pgpq
import psycopg
import pyarrow as pa
from psycopg import sql

from benchmarks._seed_arrow import record_batch
from benchmarks._seed_rivals import LAB, TABLES, bare_schema, make
from benchmarks._seed_server import Server
from seeders.copy_binary.encode import HEADER, TRAILER, encode, in_stretches
from seeders.declaration.frame import frame_of
from seeders.draw.rows import Frame, Rows, time_slice
from seeders.growth.target_tables import Found, look_up

_PART = 50_000  # rows that are encoded at once, as a growth does it
_CONTENT = sql.SQL("SELECT count(*), sum(hashtextextended(row::text, 0)::numeric) FROM {} row")


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table, with all their values drawn."""

    table: str
    rows: Rows
    columns: list[tuple[str, str]]  # name and Postgres type


Batches = Callable[[Part], Any]  # a part as an Arrow record batch
Way = Callable[[Sequence[Part]], object]


def encoder_figures(server: Server, tenants: int, rounds: int) -> dict[str, float]:
    """Microseconds a row by what is done, and the libraries' over ours: medians of the rounds after a warm-up."""
    conninfo = make(server, "bench_encoders", bare_schema())
    tables = _tables(conninfo, tenants)
    rows = sum(len(part.rows) for some in tables for part in some)
    ways = _ways(conninfo, {id(part): _batch(part) for some in tables for part in some})
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        contents = set()
        for name, way in ways.items():
            _empty(conninfo)
            seen[name].append(_seconds(way, tables) / rows * 1e6)
            if name.startswith("send"):
                contents.add(_content(conninfo))
        assert len(contents) == 1, "the encoders do not write the same rows"
        said = ", ".join(f"{name} {values[-1]:.3f}" for name, values in seen.items())
        print(f"encoders {'warm-up' if number == 0 else f'round {number}'}: {said} µs a row", flush=True)
    return _figures({name: values[1:] for name, values in seen.items()})


def _ways(conninfo: str, ready: dict[int, Any]) -> dict[str, Way]:
    """What is done with the parts of a table, by name; `ready` has their batches, made before."""
    return {
        "encode_ours": lambda some: sum(map(len, _ours(some))),
        "encode_pgpq": lambda some: sum(map(len, _pgpq(some, _batch))),
        "encode_pgpq_ready": lambda some: sum(map(len, _pgpq(some, lambda part: ready[id(part)]))),
        "send_ours": lambda some: _copied(conninfo, some[0], _ours(some)),
        "send_pgpq": lambda some: _copied(conninfo, some[0], _pgpq(some, _batch)),
        "send_adbc": lambda some: _ingested(conninfo, some),
    }


def _seconds(way: Way, tables: Sequence[Sequence[Part]]) -> float:
    """Processor time of this process."""
    started = time.process_time()
    for some in tables:
        way(some)
    return time.process_time() - started


def _figures(seen: dict[str, list[float]]) -> dict[str, float]:
    figures = {f"{name}_us": round(median(values), 3) for name, values in seen.items()}
    for name, values in seen.items():
        ours = seen[f"{name.split('_')[0]}_ours"]
        if values is not ours:
            ratios = [theirs / own for theirs, own in zip(values, ours, strict=True)]
            figures[f"{name}_over_ours"] = round(median(ratios), 2)
    return figures


def _tables(conninfo: str, tenants: int) -> list[list[Part]]:
    """All rows of the lab at so many tenants, by table."""
    frame = frame_of(LAB, tenants, 1)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        tables = look_up(connection, LAB)
    return [list(_parts(frame, one)) for one in tables]


def _parts(frame: Frame, one: Found) -> Iterator[Part]:
    columns = in_stretches(one.columns, one.table.columns)
    for rows in time_slice(frame, frame.tables[one.table.name], 0, 0, 1).parts(_PART):
        for name, _ in columns:
            rows.drawn(name)
        yield Part(one.table.name, rows, columns)


def _batch(part: Part) -> Any:
    return record_batch(part.rows, part.columns)


def _empty(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, TABLES))))


def _content(conninfo: str) -> tuple[Any, ...]:
    """Rows and an order-free checksum of every table."""
    with psycopg.connect(conninfo) as connection:
        return tuple(connection.execute(_CONTENT.format(sql.Identifier(one))).fetchone() for one in TABLES)


def _ours(some: Sequence[Part]) -> Iterator[Any]:
    yield HEADER
    for part in some:
        yield encode(part.rows, part.columns)
    yield TRAILER


def _pgpq(some: Sequence[Part], batches: Batches) -> Iterator[bytes]:
    first = batches(some[0])
    encoder = pgpq.ArrowToPostgresBinaryEncoder(first.schema)
    yield encoder.write_header()
    yield encoder.write_batch(first)
    for part in some[1:]:
        yield encoder.write_batch(batches(part))
    yield encoder.finish()


def _copied(conninfo: str, part: Part, pieces: Iterable[Any]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in part.columns)
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(part.table), names)
    with psycopg.connect(conninfo) as connection, connection.cursor().copy(command) as copy:
        for piece in pieces:
            copy.write(piece)


def _ingested(conninfo: str, some: Sequence[Part]) -> None:
    """By ADBC's driver, which encodes and sends."""
    stream = pa.RecordBatchReader.from_batches(_batch(some[0]).schema, map(_batch, some))
    with adbc.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(some[0].table, stream, mode="append")
        connection.commit()
