"""Copied tenants mail, call and bill nobody: what leads out of the database becomes a value that leads nowhere.

The same value becomes the same one everywhere and at every growth. Addresses end in a domain that gets no mail, URLs in
one that cannot exist (RFC 2606), phone numbers begin with a country code that is nobody's, and tokens and payment ids
keep their length and what they begin with. Columns of a foreign key stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._expression import filled, renewing
from seeders.multiply._fits import ColumnSite, fits
from seeders.multiply._highest import highest
from seeders.multiply._outward import CARD, IBAN, PAYMENT, TOKEN, Kind, kinds_within, leads_out, outward_kind
from seeders.multiply._roles import Place, Roles
from seeders.multiply._schema import SchemaColumn, SchemaTable
from seeders.multiply._stage import Staged, staged

SAMPLE = 200  # values of a column that are looked at
_DOMAIN = "@example.com"
_LEAST = 32  # characters of a new token, so that no two are the same
_DIGEST = "md5('rampart' || {value}) || md5('rampart2' || {value}) || md5('rampart3' || {value})"
_DIGITS = "translate(" + _DIGEST + ", 'abcdef', '012345')"
_PREFIX = "coalesce(substring({value} from '^(?:[A-Za-z0-9]+[_-])+'), '')"
_NEW: dict[Kind, LiteralString] = {
    "mail address": "left('u' || md5('rampart' || {value}), {left}) || {domain}",
    "webhook": "'https://example.invalid/' || md5('rampart' || {value})",
    "token": "left(" + _PREFIX + " || " + _DIGEST + ", char_length({value}))",
    "payment id": "CASE WHEN {value} ~ {iban} THEN left('XX00' || " + _DIGITS + ", char_length({value}))"
    " WHEN {value} ~ {card} THEN left('0000' || " + _DIGITS + ", char_length({value}))"
    " ELSE left(" + _PREFIX + " || " + _DIGEST + ", char_length({value})) END",
    "phone number": "left('+999' || " + _DIGITS + ", 15)",
}  # fmt: skip
# Within a document: whole texts that are no keys.
_WITHIN: dict[Kind, tuple[str, str]] = {
    "mail address": (r'"[^"@\s]+@[^"@\s]+\.[A-Za-z]{2,}"(?!\s*:)', '"nobody@example.com"'),
    "webhook": (r'"https?://[^"]*(hook|callback|postback|ipn|inbound)[^"]*"(?!\s*:)', '"https://example.invalid/"'),
    "token": ('"' + TOKEN[1:-1].replace(r"[^\s]", r'[^"\s]') + r'"(?!\s*:)', '"no-token"'),
    "payment id": ('"' + PAYMENT[1:-1] + r'"(?!\s*:)', '"no-payment"'),
}


@dataclass(frozen=True, slots=True)
class Harmless:
    """What a column holds that leads out, and SQL for what stands there in the copies, in `{value}`."""

    kinds: tuple[Kind, ...]
    expression: str


def harmless(connection: Connection, roles: Roles, counted: Staged, kept: Iterable[Place]) -> dict[Place, Harmless]:
    """The columns of copied tables that lead out, but for those that the caller keeps.

    Among them are unique ones, whose expression nobody uses: `harmless_key` has one with a number in it.
    """
    found: dict[Place, Harmless] = {}
    for oid in roles.copied:
        if counted.rows[oid]:
            table = roles.schema.tables[oid]
            left = {name for other, name in kept if other == oid} | _bound(roles, oid)
            free = [one for one in table.columns.values() if one.name not in left and one.generated is None]
            found |= {(oid, name): one for name, one in _of_table(connection, table, free).items()}
    return found


_UPDATE = sql.SQL("UPDATE {rows} SET {values}")


def make_harmless(connection: Connection, roles: Roles, found: Mapping[Place, Harmless]) -> None:
    """Write the new values into the source rows that are kept, of which every copy is made; the tables stay."""
    for oid in roles.copied:
        table = roles.schema.tables[oid]
        mine = {name: one for (other, name), one in found.items() if other == oid and (oid, name) not in roles.renewed}
        if mine:
            values = sql.SQL(", ").join(_new(table.columns[name], one.expression) for name, one in mine.items())
            connection.execute(_UPDATE.format(rows=staged(oid), values=values))
            connection.execute(sql.SQL("ANALYZE {}").format(staged(oid)))


def _new(column: SchemaColumn, expression: str) -> sql.Composed:
    name = sql.Identifier(column.name)
    old = sql.SQL("{}::text").format(name) if column.category == "S" else name
    new = filled(expression, old, sql.SQL("0"))
    return sql.SQL("{} = CASE WHEN {} IS NOT NULL THEN ({})::{} END").format(name, name, new, sql.SQL(column.type))


def _bound(roles: Roles, oid: int) -> set[str]:
    """Columns of foreign keys that are not renewed themselves: they follow others, or others hold their values."""
    above = {name for one in roles.schema.above(oid) for name in one.columns}
    below = {name for one in roles.schema.below(oid) for name in one.parent_columns}
    return {name for name in above | below if (oid, name) not in roles.renewed}


def _of_table(connection: Connection, table: SchemaTable, columns: list[SchemaColumn]) -> dict[str, Harmless]:
    looked = [(one, query) for one in columns if (query := _sample(one, staged(table.oid))) is not None]
    if not looked:
        return {}
    row = connection.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(query for _, query in looked))).fetchone()
    pairs = zip((one for one, _ in looked), row or (), strict=True)
    made = {one.name: _replaced(one, values) for one, values in pairs if values}
    return {name: one for name, one in made.items() if one is not None}


_TEXTS = sql.SQL("ARRAY(SELECT {name}::text FROM {rows} WHERE {name}::text <> '' LIMIT {count})")
_PARTS = sql.SQL("ARRAY(SELECT u::text FROM {rows}, unnest({name}) u WHERE u::text <> '' LIMIT {count})")
_LEAVES = sql.SQL(
    "ARRAY(SELECT l #>> '{{}}' FROM {rows}, jsonb_path_query({name}::jsonb, 'strict $.**') l "
    "WHERE jsonb_typeof(l) = 'string' LIMIT {count})"
)


def _sample(column: SchemaColumn, rows: sql.Identifier) -> sql.Composed | None:
    """A query for the texts that a column holds; None where it can hold none."""
    if column.category == "S" or column.base == "uuid":
        form = _TEXTS
    elif column.category == "A" and column.base in ("_text", "_varchar"):
        form = _PARTS
    elif column.base in ("json", "jsonb"):
        form = _LEAVES
    else:
        return None
    return form.format(name=sql.Identifier(column.name), rows=rows, count=SAMPLE)


def _replaced(column: SchemaColumn, values: list[str]) -> Harmless | None:
    if column.base in ("json", "jsonb"):
        kinds = kinds_within(values)
        return Harmless(tuple(kinds), _within(kinds)) if kinds else None
    kind = outward_kind(column.name, values)
    if kind is None:
        return None
    if column.base == "uuid":
        return Harmless((kind,), "md5('rampart' || {value}::text)::uuid")
    one = _one(kind, column)
    if column.category == "S":
        return Harmless((kind,), one)
    parts = one.replace("{value}", "u")
    whole = f"(SELECT array_agg({parts} ORDER BY n) FROM unnest({{value}}) WITH ORDINALITY AS e(u, n))"
    return Harmless((kind,), f"CASE WHEN array_ndims({{value}}) = 1 THEN {whole} ELSE {{value}} END")


def _one(kind: Kind, column: SchemaColumn) -> str:
    """SQL for one text: a new one where it leads out, cut to what the column holds."""
    room = column.length or 1_000_000
    new = renewing(
        _NEW[kind], left=max(1, min(17, room - len(_DOMAIN))), domain=_DOMAIN, iban=IBAN, card=CARD,
    )  # fmt: skip
    return renewing(
        "CASE WHEN {value} ~ {form} THEN left({new}, {room}) ELSE {value} END",
        form=leads_out(kind, column.name), new=sql.SQL(new), room=room,
    )  # fmt: skip


def harmless_key(connection: Connection, site: ColumnSite, found: Harmless | None) -> str | None:
    """SQL for the new values of a unique text that leads out, in `{value}` and `{number}`; None for any other column.

    Mail addresses are renewed to a domain that gets no mail as it is. UsageError where no such value fits.
    """
    if found is None or site.column.category != "S" or found.kinds == ("mail address",):
        return None
    expression = _numbered(connection, site, found.kinds[0])
    if fits(connection, site, expression):
        return expression
    name = f"{site.table.label}.{site.column.name}"
    raise UsageError(
        f"no harmless values for {name} were found",
        f"it holds a {found.kinds[0]} and must be unique, and its length or its checks refuse one that leads nowhere",
        f'Say how: --set "{name}=SQL" with {{value}} and {{number}} in it; or let the copies lead out: --keep {name}.',
    )


def _numbered(connection: Connection, site: ColumnSite, kind: Kind) -> str:
    if kind == "phone number":
        first = highest(connection, site, r"^\+999([0-9]{11})$") + 1
        return renewing("'+999' || lpad(({first} + {number})::text, 11, '0')", first=first)
    if kind == "webhook":
        first = highest(connection, site, r"^https://example\.invalid/c([0-9]{1,17})$") + 1
        return renewing("'https://example.invalid/c' || ({first} + {number})", first=first)
    digest = "md5({salt} || {number}) || md5({salt} || {number} || 'b')"
    text = "left(left(" + _PREFIX + ", 8) || " + digest + ", greatest({least}, least(char_length({value}), 64)))"
    return renewing(text, salt=site.salt, least=_LEAST)


def _within(kinds: Iterable[Kind]) -> str:
    text = "{value}::text"
    for kind in kinds:
        form, new = (sql.Literal(word).as_string() for word in _WITHIN[kind])
        text = f"regexp_replace({text}, {form}, {new}, 'g')"
    return text


def told(roles: Roles, found: Mapping[Place, Harmless]) -> dict[str, str]:
    """By column, what it holds that is replaced."""
    return {
        f"{roles.schema.tables[oid].label}.{name}": ", ".join(one.kinds) for (oid, name), one in sorted(found.items())
    }


def harmless_words(found: Mapping[str, str]) -> str:
    """The sentence that lists what is replaced, for the reader before the first row."""
    named = ", ".join(f"{column} ({kinds})" for column, kinds in found.items())
    return f"harmless values stand in the copies for what {named} hold: --keep TABLE.COLUMN copies one as it is"
