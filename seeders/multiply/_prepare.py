"""Work a growth out: who is a tenant, what hangs on it, what becomes of each column. All in one snapshot.

The caller commits what was prepared, or rolls it back, and then nothing was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from psycopg import sql

from rampart.errors import NotReady, UsageError
from seeders.database import bulk, disk
from seeders.database.connect import Connection, scalar
from seeders.multiply._checks import check_checks
from seeders.multiply._expression import filled
from seeders.multiply._fake import fakes
from seeders.multiply._fits import ColumnSite
from seeders.multiply._groups import group_numbers
from seeders.multiply._harmless import Harmless, harmless, harmless_key, make_harmless, told
from seeders.multiply._journal import CopyStep
from seeders.multiply._new_numbers import Given
from seeders.multiply._new_values import Renewal, renew
from seeders.multiply._owned import owned_of, root_condition
from seeders.multiply._partitions import check_partitions
from seeders.multiply._read_schema import read_schema
from seeders.multiply._request import Meaning, Request, meaning
from seeders.multiply._roles import Place, Roles, roles_of
from seeders.multiply._row_security import check_row_security
from seeders.multiply._schema import Schema, UniqueKey
from seeders.multiply._stage import Staged, covers, distinct, find, stage, staged
from seeders.multiply._statement import Recipe, insert
from seeders.multiply._table_order import reached
from seeders.multiply._tenant_schemas import check_tenant_schemas
from seeders.multiply._unique_keys import sure_keys
from seeders.multiply._unlinked import Unlinked, check_size, unlinked
from seeders.multiply._verify import touching

_BATCH_ROWS = 100_000  # in a transaction
_BATCHES = 8  # at least, where there are rounds enough: they are shared between connections
_LINE_POINTER = 4  # beside a row, of which the width is measured with its header


@dataclass(frozen=True, slots=True)
class Prepared:
    """A growth worked out."""

    step: CopyStep
    roles: Roles
    counted: Staged
    bytes: int
    needed_bytes: int
    free_bytes: int | None
    unlinked: Sequence[Unlinked]
    renewed: Mapping[str, tuple[str, str]]  # column of text: an old value and its first new one


@dataclass(frozen=True, slots=True)
class Reached:
    """There are as many tenants as are wanted."""

    root: str
    tenants: int
    sources: int


def prepare(control: Connection, request: Request, before: Sequence[CopyStep]) -> Prepared | Reached:
    """The growth to the wanted level, if that is not reached. UsageError, NotReady: it cannot be done."""
    schema = read_schema(control, request.links)
    meant = meaning(schema, request, before[-1].root if before else None)
    root = schema.tables[meant.wish.root]
    check_row_security(control, schema, reached(schema, root.oid) | meant.wish.along)
    copy = root_condition(before, root)
    copies = int(scalar(control, sql.SQL("SELECT count(*) FROM {} WHERE {}").format(root.rows, copy)))
    sources = sql.SQL("({}) AND NOT coalesce({}, false)").format(sql.SQL(request.where), copy)
    roles = _found(control, schema, meant, sources)
    counted = stage(control, roles)
    if not counted.tenants:
        raise NotReady(
            f"there is nothing to multiply in {root.label}",
            "it has no row that is a tenant",
            "Make a tenant or two with the application itself, or correct --where.",
        )
    if request.tenants <= counted.tenants + copies:
        return Reached(root.label, counted.tenants + copies, counted.tenants)
    return _prepared(control, request, meant, roles, counted, (before, counted.tenants + copies))


def _found(control: Connection, schema: Schema, meant: Meaning, sources: sql.Composable) -> Roles:
    """What is copied, settled with the source rows in sight; they may call for another set of tables, once."""
    before = roles_of(schema, meant.wish, covers=lambda _oid, _key: False)
    find(control, before, sources)

    def spread(oid: int, columns: Sequence[str]) -> list[int]:
        return distinct(control, schema, oid, columns) if oid in before.copied else [0] * len(columns)

    def covered(oid: int, key: UniqueKey) -> bool:
        return oid not in before.copied or covers(control, schema, oid, key)

    roles = roles_of(schema, meant.wish, spread, covered)
    if roles.copied != before.copied:
        find(control, roles, sources)
    return roles


def _prepared(
    control: Connection, request: Request, meant: Meaning, roles: Roles, counted: Staged,
    there: tuple[Sequence[CopyStep], int],
) -> Prepared:  # fmt: skip
    before, tenants = there
    tables = [oid for oid in roles.copied if counted.rows[oid]]
    check_tenant_schemas(control, roles, counted.rows)
    loose = unlinked(control, roles, meant.wish.without)
    check_size(roles.schema.tables[roles.root], tables, loose)
    rounds, rest = divmod(request.tenants - tenants, counted.tenants)
    number = before[-1].number + 1 if before else 1
    outward = harmless(control, roles, counted, meant.kept)
    make_harmless(control, roles, outward)
    numbered = Given()
    settled = meant.given, outward
    renewals = _renewals(control, roles, counted, settled, (rounds + (rest > 0), str(number)), numbered)
    groups = group_numbers(control, roles, counted)
    faked = fakes(control, roles, meant.fakes, request.locale)
    recipe = Recipe(roles, counted, renewals, faked, groups, frozenset(outward))
    for oid in tables:
        check_partitions(control, recipe, oid, rounds + (rest > 0))
        check_checks(control, recipe, oid, rounds + (rest > 0))
    rows = {oid: rounds * counted.rows[oid] + _in_rest(control, oid, rest) for oid in tables}
    step = CopyStep(
        number=number, root=roles.schema.tables[roles.root].label, sources=counted.tenants, before=tenants,
        to=request.tenants, rounds=rounds, rest=rest, batch=_batch(sum(counted.rows.values()), rounds),
        inserts=[[roles.schema.tables[oid].label, insert(control, recipe, oid)] for oid in tables],
        tables=tables, rows={roles.schema.tables[oid].label: count for oid, count in rows.items()},
        sequences={sequence: value - 1 for sequence, value in numbered.sequences.items()},
        references=list(request.links),
        mode="", reason="", owned=owned_of(control, roles, counted, renewals, meant.given, rounds + (rest > 0)),
        sure=sure_keys(roles, tables, meant.given),
        keys=[list(astuple(one)) for one in touching(roles.schema, tables)], harmless=told(roles, outward),
    )  # fmt: skip
    total = _bytes(control, rows)
    needed = int(total * 1.25) + disk.log_bytes(control, total)  # with room to sort indexes
    shown = {None, "mail address"}  # of the others an old value may be a secret
    examples = {n: e for n, e in _examples(control, recipe, meant.given).items() if step.harmless.get(n) in shown}
    return Prepared(_moded(control, step), roles, counted, total, needed, disk.free_bytes(control), loose, examples)


def _renewals(
    control: Connection, roles: Roles, counted: Staged, settled: tuple[Mapping[Place, str], Mapping[Place, Harmless]],
    scale: tuple[int, str], numbered: Given,
) -> dict[Place, Renewal]:  # fmt: skip
    (rounds, secret), (given, outward) = scale, settled
    found = {place: Renewal(expression) for place, expression in given.items() if counted.rows.get(place[0])}
    for oid, column in sorted(roles.renewed - set(given)):
        if counted.rows[oid]:
            table = roles.schema.tables[oid]
            site = ColumnSite(table, table.columns[column], staged(oid), rounds * counted.rows[oid], rounds, secret)
            key = harmless_key(control, site, outward.get((oid, column)))
            found[oid, column] = renew(control, site, numbered) if key is None else Renewal(key, of_value=True)
    for place in given:
        if place[0] not in roles.copied:
            label = roles.schema.tables[place[0]].label
            raise UsageError(f"{label}.{place[1]} cannot be set", f"{label} is not copied", "Take it along: --with.")
    return found


def _in_rest(control: Connection, oid: int, rest: int) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE rampart_tenant < {}")
    return int(scalar(control, query.format(staged(oid), rest)))


def _bytes(control: Connection, rows: Mapping[int, int]) -> int:
    """Bytes of tables and indexes for so many new rows of each table."""
    total = 0.0
    for oid, count in rows.items():
        query = sql.SQL("SELECT avg(pg_column_size(s))::float8 FROM (SELECT * FROM {} LIMIT 10000) s")
        width = scalar(control, query.format(staged(oid))) or 0.0
        total += count * (width + _LINE_POINTER + disk.index_row_bytes(control, oid))
    return int(total)


def _batch(rows: int, rounds: int) -> int:
    return max(1, min(_BATCH_ROWS // rows, -(-rounds // _BATCHES)))


def _moded(control: Connection, step: CopyStep) -> CopyStep:
    """With indexes in place, or off while many rows are written."""
    mode, reason = bulk.mode(control, step.tables, sum(step.rows.values()))
    return replace(step, mode=mode, reason=reason)


_EXAMPLE = sql.SQL("""
SELECT {old}::text, ({new})::text FROM {staged} s WHERE {old} IS NOT NULL ORDER BY rampart_ord LIMIT 1""")


def _examples(control: Connection, recipe: Recipe, given: Mapping[Place, str]) -> dict[str, tuple[str, str]]:
    found = {}
    for (oid, column), renewal in recipe.renewals.items():
        table = recipe.roles.schema.tables[oid]
        if (renewal.of_value or (oid, column) in given) and (oid, column) not in recipe.fakes:
            old = sql.Identifier("s", column)
            new = filled(renewal.expression, old, sql.Identifier("s", recipe.number_of(oid, (), column)))
            row = control.execute(_EXAMPLE.format(old=old, new=new, staged=staged(oid))).fetchone()
            if row:
                found[f"{table.label}.{column}"] = (row[0], row[1])
    return found
