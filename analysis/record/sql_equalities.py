"""Which columns a statement, or a condition in a plan, compares for equality: what an index could begin with.

Only comparisons that must all hold count: no index on `a` alone answers `a = $1 OR b = $2`. Besides columns these are
functions of one column, such as `lower(column)`, and keys of a JSON column (`column ->> 'key'`), by which applications
search and which can be indexed. A cast is passed over where it leads from one text type to another: it changes nothing
that an index sorts by. What depends on the session's time zone, such as `date_trunc`, cannot be indexed, and a key that
is a parameter is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile

from sqlglot import exp

from analysis.record.sql_parser import CONSTANT, as_sql, condition, parse

SCOPES = (exp.Select, exp.Update, exp.Delete, exp.Merge)
MOST_COLUMNS = 3  # of an index that is worth having: more cost each write, and seldom choose further
_FUNCTIONS = (exp.Lower, exp.Upper, exp.Trim, exp.MD5, exp.Length, exp.Reverse, exp.Abs)  # of one column; immutable
_NO_LOOK_UP = ("brin", "gin", "gist", "spgist")  # ways of indexing that are no look-up of one plain value
_TEXTS = (exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.BPCHAR, exp.DType.NAME)
# Words that name a column only in quotes [PostgreSQL documentation, appendix C: reserved, also as functions or types].
_RESERVED = frozenset(
    "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create "  # noqa: SIM905
    "current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc "
    "distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral "
    "leading limit localtime localtimestamp not null offset on only or order placing primary references returning "
    "select session_user some symmetric system_user table then to trailing true union unique user using variadic when "
    "where window with authorization binary collation concurrently cross current_schema freeze full ilike inner is "
    "isnull join left like natural notnull outer overlaps right similar tablesample verbose".split()
)


def equality_columns(text: str, table: str) -> tuple[str, ...]:
    """What a statement compares of a table (given as `schema.name`) with constants for equality, in order, each once.

    Names that need quotes have them. A column without a qualifier that may be of several tables counts for each.
    """
    name = table.rpartition(".")[2]
    return tuple(dict.fromkeys(column for tables, column in _equalities(text) if name in tables))


def condition_columns(text: str, alias: str) -> tuple[str, ...]:
    """What a plan's condition compares for equality, on either side, of the table that it calls `alias`."""
    tree = condition(text)
    sides = [side for pair in _pairs(tree) for side in pair] if tree is not None else []
    found = [column for qualifier, column in filter(None, map(indexable, sides)) if qualifier in ("", alias)]
    return tuple(dict.fromkeys(found))


@cache
def index_columns(definition: str) -> tuple[str, ...]:
    """What an index (given as its CREATE INDEX) is sorted by, up to the first that an equality could not use."""
    tree = parse(definition)
    keys = tree.find_all(exp.Ordered, bfs=False) if tree is not None else ()
    found = takewhile(lambda column: column is not None, (indexable(key.this) for key in keys))
    return tuple(column[1] for column in found if column is not None)


def serves(definition: str, columns: Sequence[str], text: str = "") -> bool:
    """Whether an index leads to the rows that an equality of all these columns selects, and to hardly any others.

    `text` is the statement, whose other conditions may be what a partial index wants.
    """
    keys = index_columns(definition)
    if not _finds_any(definition, columns, text):
        return False
    one_row = bool(keys) and definition.upper().startswith("CREATE UNIQUE") and set(keys) <= set(columns)
    return one_row or set(keys[: len(columns)]) == set(columns)


def _finds_any(definition: str, columns: Sequence[str], text: str) -> bool:
    """Whether an index can look up equal values, and holds every row that the statement wants.

    A partial index holds them where each part of its predicate is in the statement as well, or is `IS NOT NULL` of a
    column that is compared.
    """
    tree = parse(definition)
    about = tree.find(exp.IndexParameters) if tree is not None else None
    if about is None:
        return False
    using, where = about.args.get("using"), about.args.get("where")
    if str(using).lower() in _NO_LOOK_UP:
        return False
    parts = _parts(where.this) if where is not None else []
    return all(_not_null(part) in columns or _bare(part) in _conditions(text) for part in parts)


def _parts(condition: exp.Expr) -> list[exp.Expr]:
    """What must all hold for a condition to hold."""
    whole = condition.unnest()
    return list(whole.flatten()) if isinstance(whole, exp.And) else [whole]


@cache
def _conditions(text: str) -> frozenset[str]:
    """All that must hold in a statement, each part as SQL without qualifiers."""
    tree = parse(text)
    wheres = tree.find_all(exp.Where) if tree is not None else ()
    return frozenset(_bare(part) for where in wheres for part in _parts(where.this))


def _bare(condition: exp.Expr) -> str:
    """A condition as SQL, its columns without the names of their tables."""
    whole = condition.unnest().copy()
    for column in whole.find_all(exp.Column):
        column.set("table", None)
        column.set("db", None)
    return as_sql(whole).lower()


def _not_null(predicate: exp.Expr) -> str | None:
    """The column that a predicate of an index only wants not to be null; None where it wants anything else."""
    predicate = predicate.unnest()
    if not isinstance(predicate, exp.Is) or not predicate.args.get("negate"):
        return None
    column = indexable(predicate.this) if isinstance(predicate.expression, exp.Null) else None
    return column[1] if column is not None else None


def name_of(identifier: exp.Expr | None) -> str:
    """A name as the database holds it: in lower case where it is not quoted; an empty word for none."""
    if not isinstance(identifier, exp.Identifier):
        return ""
    return identifier.name if identifier.args.get("quoted") else identifier.name.lower()


@cache
def _equalities(text: str) -> tuple[tuple[frozenset[str], str], ...]:
    """Each comparison with a constant: the tables whose column it may be, and the column."""
    tree = parse(text)
    scopes = tree.find_all(*SCOPES, bfs=False) if tree is not None else ()
    return tuple(found for scope in scopes for found in _of_scope(scope))


def _of_scope(scope: exp.Expr) -> Iterator[tuple[frozenset[str], str]]:
    sources = sources_of(scope)
    for left, right in _pairs(*conditions_of(scope)):
        for side, other in ((left, right), (right, left)):
            found = compared(side, other)
            if found is not None:
                yield tables_of(found[0], sources), found[1]


def sources_of(scope: exp.Expr) -> dict[str, str]:
    """The tables of a statement, or of a subquery, by the names that it calls them."""
    return {name_of(s.args["alias"].this if s.alias else s.this): name_of(s.this) for s in _own(scope, exp.Table)}


def conditions_of(scope: exp.Expr) -> list[exp.Expr]:
    """What must hold for its rows: WHERE, and the conditions of its joins."""
    joined = [join.args["on"] for join in _own(scope, exp.Join) if join.args.get("on")]
    return [*(part for key in ("where", "on") if (part := scope.args.get(key))), *joined]


def compared(side: exp.Expr, other: exp.Expr) -> tuple[str, str] | None:
    """What an index could find of one side of a comparison, where the other is the same for all rows."""
    return indexable(side) if other.find(exp.Column, exp.Query) is None else None


def tables_of(qualifier: str, sources: Mapping[str, str]) -> frozenset[str]:
    """The tables of which a column with this qualifier may be."""
    if not qualifier:
        return frozenset(sources.values())
    return frozenset({sources[qualifier]} if qualifier in sources else ())


def _own(scope: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """The nodes of a kind that are a statement's own, and of no subquery in it."""
    return [node for node in scope.find_all(kind, bfs=False) if node.find_ancestor(*SCOPES) is scope]


def parts_of(*conditions: exp.Expr) -> Iterator[exp.Expr]:
    """What must hold where all the conditions do, in their order."""
    left_to_see = list(reversed(conditions))
    while left_to_see:
        node = left_to_see.pop().unnest()
        if isinstance(node, exp.Where):
            left_to_see.append(node.this)
        elif isinstance(node, exp.And):
            left_to_see += [node.expression, node.this]
        else:
            yield node


def _pairs(*conditions: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """What is equated where all the conditions hold."""
    for node in parts_of(*conditions):
        if isinstance(node, exp.EQ):
            yield from _matched(node.this, node.expression)
        elif isinstance(node, exp.In):
            yield from _matched(node.this, node.expressions[0] if node.expressions else exp.Null())


def _matched(left: exp.Expr, right: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """Both sides; of rows, as in `(a, b) = ($1, $2)`, the members."""
    left, right = left.unnest(), right.unnest()
    if isinstance(left, exp.Tuple):
        others = right.expressions if isinstance(right, exp.Tuple) else [exp.Null()] * len(left.expressions)
        yield from zip(left.expressions, others, strict=False)
    else:
        yield left, right


def indexable(node: exp.Expr) -> tuple[str, str] | None:
    """The qualifier, or an empty word, and the name of a column; None where a node is no column or case of one."""
    node = node.unnest()
    while isinstance(node, exp.Cast) and node.to.this in _TEXTS:
        node = node.this.unnest()
    if isinstance(node, _FUNCTIONS) and not any(node.args.get(other) for other in ("expression", "trim_type")):
        inner = indexable(node.this)
        return (inner[0], f"{node.sql_name().lower()}({inner[1]})") if inner is not None else None
    if isinstance(node, exp.Opclass):
        return indexable(node.this)
    if isinstance(node, exp.JSONExtractScalar) and isinstance(node.this, exp.Column) and (key := _key(node.expression)):
        qualifier, column = name_of(node.this.args.get("table")), in_sql(name_of(node.this.this))
        return qualifier, f"({column} ->> '{key}')"
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
        return name_of(node.args.get("table")), in_sql(name_of(node.this))
    return None


def _key(path: exp.Expr) -> str | None:
    """The key of a JSON object that is read, as it stands in SQL; None: it is a parameter, or there are several."""
    steps = [step for step in path.expressions if not isinstance(step, exp.JSONPathRoot)]
    if isinstance(path, exp.JSONPath):
        key = steps[0].name if len(steps) == 1 and isinstance(steps[0], exp.JSONPathKey) else ""
    else:
        literal = path.this if isinstance(path, exp.Cast) else path
        key = literal.name if isinstance(literal, exp.Literal) and literal.is_string else ""
    return key.replace("'", "''") if key and key != CONSTANT else None


def table_in_sql(table: str) -> str:
    """A table, given as `schema.name`, as a statement must write it."""
    schema, _, name = table.rpartition(".")
    return ".".join(in_sql(part) for part in (schema, name) if part)


def in_sql(name: str) -> str:
    """A name as a statement must write it: in quotes where it needs them."""
    bare = name.isidentifier() and name == name.lower() and name not in _RESERVED
    return name if bare else '"' + name.replace('"', '""') + '"'
