"""What kind of statement a text is: which tables it names, whether it fetches for many at once, whether it only reads.

A text that cannot be parsed names no table and is no read; how many there are is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from sqlglot import exp

from analysis.record.sql_equalities import name_of
from analysis.record.sql_parser import parse

# As ri_triggers.c of Postgres writes it (docs/sources.md#postgresql); 1 is a parameter in pg_stat_statements.
_FOREIGN_KEY = re.compile(r"SELECT \S+ FROM (?:ONLY )?.+? x WHERE .+ FOR KEY SHARE OF x$", re.IGNORECASE)
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Copy, exp.Into, exp.Lock)


def unread(texts: Iterable[str]) -> int:
    """How many of the texts cannot be parsed."""
    return sum(parse(text) is None for text in texts)


def mentions(text: str, table: str) -> bool:
    """Whether a statement reads or writes a table (given as `schema.name`)."""
    schema, _, name = table.rpartition(".")
    return any(name == found and schema in (of or schema, "") for of, found in _tables(text))


def checks_foreign_key(text: str) -> bool:
    """Whether the server itself sends a statement, to see that what a row refers to is there.

    It goes by a unique index always, and no application can leave it out.
    """
    return _FOREIGN_KEY.match(" ".join(text.split())) is not None


@cache
def many_at_once(text: str) -> bool:
    """Whether one call of a statement asks for the rows of many keys, or for the next page of the same answer.

    True where the text cannot be parsed: a statement is not held to be repeated for what nobody can read.
    """
    tree = parse(text)
    return tree is None or any(_is_many(node) for node in tree.walk())


@cache
def only_reads(text: str) -> bool:
    """Whether a statement could run on a replica: it changes nothing, locks no rows and takes no number."""
    tree = parse(text)
    if not isinstance(tree, (exp.Query, exp.Values)) or tree.find(*_WRITES) is not None:
        return False
    return not any(call.name.lower() == "nextval" for call in tree.find_all(exp.Anonymous))


@cache
def _tables(text: str) -> frozenset[tuple[str, str]]:
    """Schema, or an empty word, and name of each table; what WITH names is none."""
    tree = parse(text)
    if tree is None:
        return frozenset()
    named = {name_of(cte.args["alias"].this) for cte in tree.find_all(exp.CTE)}
    tables = {(name_of(node.args.get("db")), name_of(node.this)) for node in tree.find_all(exp.Table)}
    return frozenset((schema, name) for schema, name in tables if name and (schema or name not in named))


def _is_many(node: exp.Expr) -> bool:
    """A list of values, a page, a cursor."""
    if isinstance(node, exp.In):
        return bool(node.expressions) or _handed_over(node.args.get("query"))
    if isinstance(node, exp.Any):
        return _handed_over(node.this)
    if isinstance(node, exp.Anonymous):
        return node.name.lower() == "all" and all(map(_handed_over, node.expressions))
    return isinstance(node, (exp.Unnest, exp.Explode, exp.Offset, exp.Command))


def _handed_over(values: object) -> bool:
    """Whether the values that `IN` and `ANY` compare with come with the call, and not out of a table."""
    return isinstance(values, exp.Expr) and values.find(exp.Select, exp.Column) is None
