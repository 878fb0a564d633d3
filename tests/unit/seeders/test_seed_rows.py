"""Rows: every slice of every growth draws the same ones, each once, in the order of time."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest
from psycopg.adapt import Transformer
from psycopg.postgres import types

from rampart.errors import UsageError
from seeders.columns import Created, Key, Number, Ref, Template, Tenant, Words
from seeders.columns.vocabulary import pool
from seeders.copy_binary.encode import encode
from seeders.declaration.declare import PerParent, PerTenant, Seeder, Table
from seeders.declaration.frame import frame_of
from seeders.draw.rows import REFERENCE, time_slice
from seeders.growth.find import find

LAB = find("lab")
LAB_COLUMNS = {table.name: list(table.columns) for table in LAB.tables}
_KINDS = {
    "title": "text", "body": "varchar", "status": "text", "priority": "int2", "created_at": "timestamptz",
    "due_on": "date", "completed_at": "timestamptz", "number": "text", "customer": "text", "issued_at": "timestamp",
    "mailed_at": "timestamptz", "email": "text", "name": "jsonb", "password_hash": "text", "role": "text",
}  # fmt: skip


@pytest.mark.parametrize("table", [table.name for table in LAB.tables])
@pytest.mark.parametrize(("after", "slices"), [(0, 1), (0, 7), (20, 5), (59, 3)])
def test_slices_hold_every_new_row_once(table, after, slices):
    frame = frame_of(LAB, 60, 1)
    extent = frame.tables[table]
    rows = [time_slice(frame, extent, after, index, slices) for index in range(slices)]
    places = np.concatenate([np.stack((part.at, part.k)) for part in rows], axis=1)
    expected = [(at, k) for at in range(after, 60) for k in range(extent.count[at])]
    assert sorted(map(tuple, places.T.tolist())) == expected


def test_slices_are_of_equal_size_however_unequal_the_tenants_are():
    frame = frame_of(find("lab:b2b-heavy"), 3_000, 1)
    extent = frame.tables["tasks"]
    assert extent.count.max() > 0.05 * extent.count.sum()
    sizes = [len(time_slice(frame, extent, 0, index, 40)) for index in range(40)]
    assert max(sizes) < 1.1 * np.mean(sizes)


def test_a_row_is_the_same_in_every_slice_and_level():
    small, large = frame_of(LAB, 50, 1), frame_of(LAB, 80, 1)
    columns = [(name, "text") for name in ("title", "body")]
    for table in ("users", "tasks"):
        one = time_slice(small, small.tables[table], 0, 0, 1)
        kinds = columns if table == "tasks" else [("email", "text"), ("name", "text")]
        whole = set(_decoded(encode(one, kinds), 2))
        parts = [_decoded(encode(time_slice(large, large.tables[table], 0, n, 6), kinds), 2) for n in range(6)]
        assert whole <= {row for part in parts for row in part}


def test_rows_of_a_tenant_rise_with_time_and_end_at_the_reference():
    frame = frame_of(LAB, 30, 1)
    rows = time_slice(frame, frame.tables["tasks"], 0, 0, 1)
    order = np.lexsort((rows.k, rows.at))
    within = np.diff(rows.at[order]) == 0
    assert np.all(np.diff(rows.moment[order])[within] >= 0)
    assert rows.moment.max() < REFERENCE
    assert np.mean(np.diff(rows.moment) >= -np.ptp(rows.moment) / 60_000) == 1


def _decoded(stream: memoryview, fields: int) -> list[tuple[bytes | None, ...]]:
    """The cells of a COPY BINARY stream, by its definition in the PostgreSQL manual."""
    data, place, rows = bytes(stream), 0, []
    while place < len(data):
        assert int.from_bytes(data[place : place + 2], "big") == fields
        place, row = place + 2, []
        for _ in range(fields):
            size = int.from_bytes(data[place : place + 4], "big", signed=True)
            row.append(None if size < 0 else data[place + 4 : place + 4 + size])
            place += 4 + max(size, 0)
        rows.append(tuple(row))
    return rows


SHOP = Seeder(
    "shop",
    "",
    (
        Table("orgs", None, {"id": Key(), "at": Created()}),
        Table(
            "orders",
            PerTenant(20, least=1),
            {
                "id": Key(),
                "org": Tenant(),
                "amount": Number(-5_000, 5_000, scale=2, null=0.2),
                "text": Template("{k:03}"),
            },
        ),
        Table("items", PerParent("orders", (2, 0, 1)), {"id": Key(), "word": Words("{{word}}", size=20, null=0.5)}),
    ),
)


@pytest.mark.parametrize(
    ("column", "kind", "loaded"),
    [
        ("id", "int8", int), ("org", "int4", int), ("id", "uuid", None), ("amount", "numeric", Decimal),
        ("amount", "float8", float), ("text", "text", str), ("text", "jsonb", int), ("id", "text", str),
    ],
)  # fmt: skip
def test_cells_are_what_a_driver_reads(column, kind, loaded):
    frame = frame_of(SHOP, 10, 1)
    rows = time_slice(frame, frame.tables["orders"], 0, 0, 1)
    cells = [cell for (cell,) in _decoded(encode(rows, [(column, kind)]), 1)]
    load = Transformer().get_loader(types[kind].oid, 1).load
    drawn = rows.drawn(column)
    for index, cell in enumerate(cells):
        if cell is None:
            assert drawn.null[index]
        elif kind == "uuid":
            assert load(cell).version == 8
        elif column == "amount":
            assert load(cell) == loaded(int(drawn.values[index])) / 100
        elif column != "text":
            assert load(cell) == loaded(drawn.values[index])
        else:
            assert load(cell) == loaded(f"{rows.k[index] + 1:03}") if kind == "text" else True
    assert len(set(cells)) > 1


def test_instants_are_read_back():
    frame = frame_of(SHOP, 10, 1)
    rows = time_slice(frame, frame.tables["orgs"], 0, 0, 1)
    load = Transformer().get_loader(types["timestamp"].oid, 1).load
    for (cell,), moment in zip(_decoded(encode(rows, [("at", "timestamp")]), 1), rows.moment, strict=True):
        assert (load(cell) - datetime(1970, 1, 1)).total_seconds() == pytest.approx(moment / 1e6)


@pytest.mark.parametrize(("column", "kind"), [("text", "int4"), ("amount", "date"), ("id", "point")])
def test_a_type_that_does_not_fit_is_named(column, kind):
    frame = frame_of(SHOP, 3, 1)
    with pytest.raises(UsageError, match=f"orders.{column} cannot be filled.*{kind}"):
        encode(time_slice(frame, frame.tables["orders"], 0, 0, 1), [(column, kind)])


def test_a_declaration_names_its_parents_first():
    root = Table("orgs", None, {"id": Key()})
    for tables, said in [
        ((root, Table("a", PerTenant(1), {"b": Ref("orgz")})), "'orgs'"),
        ((root, Table("a", PerParent("b", (1,)), {"id": Key()})), "a refers to b"),
        ((Table("a", PerTenant(1), {}),), "it is none"),
        ((root, Table("more", None, {})), "it is orgs, more"),
    ]:
        with pytest.raises(UsageError, match=said):
            Seeder("wrong", "", tables)


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "ja_JP"])
def test_a_vocabulary_is_made_once_and_kept(tmp_path, monkeypatch, locale):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pool.cache_clear()
    first = pool(("{{name}}", "Dear {{name}}"), 40, locale)
    (kept,) = tmp_path.rglob("*.json")
    written = kept.stat().st_mtime_ns
    pool.cache_clear()
    assert pool(("{{name}}", "Dear {{name}}"), 40, locale).words == first.words
    assert kept.stat().st_mtime_ns == written
    kept.write_text("torn")
    pool.cache_clear()
    assert pool(("{{name}}", "Dear {{name}}"), 40, locale).words == first.words
    assert len(set(first.words)) > 30 and all(word.startswith("Dear ") for word in first.words[1::2])
    pool.cache_clear()


def test_a_word_that_faker_does_not_know_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for pattern, locale in [("{{nonsense}}", "en_US"), ("{{name}}", "xx_XX")]:
        with pytest.raises(UsageError, match="Faker cannot make"):
            pool((pattern,), 5, locale)


@pytest.mark.parametrize("text", ["{k}", "{k:02}", "a{k}b{key}", "{tenant}-{k:03}-é", "{key}{k}"])
def test_a_template_is_spelled_as_python_spells_it(text):
    seeder = Seeder("one", "", (Table("orgs", None, {"id": Key()}), Table("a", PerTenant(300), {"t": Template(text)})))
    frame = frame_of(seeder, 12, 1)
    rows = time_slice(frame, frame.tables["a"], 0, 0, 1)
    keys = Key().draw(rows, "key").values
    for kind, before in (("text", b""), ("jsonb", b"\1")):
        cells = [cell for (cell,) in _decoded(encode(rows, [("t", kind)]), 1)]
        for cell, k, at, key in zip(cells, rows.k + 1, rows.at + 1, keys, strict=True):
            assert cell == before + text.format(k=k, tenant=at, key=key).encode()
        assert len({len(cell) for cell in cells}) > 1


def test_pieces_of_every_sort_side_by_side_are_the_columns_one_by_one():
    """Whatever the order, and whichever columns have holes: cells do not depend on their neighbours."""
    frame = frame_of(LAB, 40, 1)
    for name in ("tasks", "invoices", "users"):
        rows = time_slice(frame, frame.tables[name], 0, 0, 1)
        kinds = [(column, _KINDS.get(column, "int8")) for column in LAB_COLUMNS[name]]
        alone = [[cell for (cell,) in _decoded(encode(rows, [one]), 1)] for one in kinds]
        for order in (
            range(len(kinds)),
            range(len(kinds) - 1, -1, -1),
            np.random.default_rng(1).permutation(len(kinds)),
        ):
            found = _decoded(encode(rows, [kinds[at] for at in order]), len(kinds))
            assert found == list(zip(*(alone[at] for at in order), strict=True))


def test_parts_of_a_slice_are_the_slice():
    frame = frame_of(LAB, 40, 1)
    rows = time_slice(frame, frame.tables["tasks"], 0, 0, 1)
    kinds = [("id", "int8"), ("title", "text"), ("completed_at", "timestamptz")]
    parts = list(rows.parts(300))
    assert len(parts) > 3 and max(map(len, parts)) <= 300
    assert b"".join(encode(part, kinds) for part in parts) == bytes(encode(rows, kinds))
