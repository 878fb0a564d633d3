"""SQL as a tree, by sqlglot: statements as pg_stat_statements normalises them, cut texts, conditions out of plans.

sqlglot reads PostgreSQL as people write it. What a server records is not quite that, so its tokens are mended first:

* A parameter stands where the grammar wants a constant: `interval $1`, `date $1`, `extract($1 FROM …)`. It becomes a
  string that sqlglot takes in each of these places. `$1,$2` would be a dollar-quoted string to it, so there are none:
  a literal is a parameter by the time it is recorded.
* A plan's conditions name subplans: `(hashed SubPlan 1)`, `(InitPlan 2).col1`. Each is a value that is computed
  elsewhere, and becomes a string, too.
* A text may end anywhere, for servers and probes cut long ones: its last tokens go until the rest, with its
  parentheses closed, is a statement.
"""

from __future__ import annotations

import logging
from functools import cache, lru_cache

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

CONSTANT = "1 day"  # stands for a parameter
_SUBPLANS = ("SUBPLAN", "INITPLAN")
_CLOSE = {TokenType.L_PAREN: TokenType.R_PAREN, TokenType.L_BRACKET: TokenType.R_BRACKET}
_MOST_DROPPED = 6  # tokens at the end of a cut text: `AND t . a =` and a piece of a word

# It writes a line to the terminal for each statement of a kind that it keeps as text.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


class _Recorded(Postgres):
    class Tokenizer(Postgres.Tokenizer):
        HEREDOC_STRINGS = []  # noqa: RUF012 - sqlglot declares it as a class variable
        KEYWORDS = {k: v for k, v in Postgres.Tokenizer.KEYWORDS.items() if k != "$"}  # noqa: RUF012
        SINGLE_TOKENS = {**Postgres.Tokenizer.SINGLE_TOKENS, "$": TokenType.PARAMETER}  # noqa: RUF012


@cache
def _dialect() -> _Recorded:
    return _Recorded()


@lru_cache(maxsize=4096)
def parse(text: str) -> exp.Expr | None:
    """The tree of one statement on data; None for any other text, and for one that cannot be parsed.

    sqlglot keeps utility statements as a verb and text, of which `FETCH` alone reads data.
    """
    try:
        tokens = _tokens(text)
        tree = _tree(tokens) or _cut(tokens)
    except Exception:  # noqa: BLE001 - any text may come, and sqlglot's own faults are no reason to end an analysis
        return None
    fetched = isinstance(tree, exp.Command) and tree.name.upper() == "FETCH"
    return tree if fetched or isinstance(tree, (exp.Query, exp.DML, exp.DDL, exp.Values)) else None


@lru_cache(maxsize=4096)
def condition(text: str) -> exp.Expr | None:
    """The tree of a condition, as a plan holds it in `Filter`, `Hash Cond` and the like; None: it cannot be parsed."""
    tree = parse(f"SELECT 1 WHERE {text}") if text else None
    return tree.find(exp.Where) if tree is not None else None


def as_sql(tree: exp.Expr) -> str:
    """A tree as text."""
    return tree.sql(dialect=_dialect(), normalize_functions="lower", comments=False)


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for token in _scanned(text):
        numbered = token.token_type is TokenType.NUMBER and found
        if numbered and found[-1].token_type is TokenType.PARAMETER:
            found[-1] = Token(TokenType.STRING, CONSTANT)
        elif numbered and found[-1].text.upper() in _SUBPLANS:
            if len(found) > 1 and found[-2].text == "hashed":
                found.pop()
            found[-1] = Token(TokenType.STRING, CONSTANT)
        else:
            found.append(token)
    return found


def _scanned(text: str) -> list[Token]:
    """The tokens of a text; of one that ends inside a literal or a comment, those before it."""
    try:
        return _dialect().tokenize(text)
    except TokenError:
        opened = max(text.rfind(mark) for mark in ("'", '"', "/*"))
        return _dialect().tokenize(text[:opened]) if opened > 0 else []


def _tree(tokens: list[Token]) -> exp.Expr | None:
    """The tree of the first statement; None where the tokens are none."""
    try:
        trees = _dialect().parser().parse(tokens, "")
    except (SqlglotError, ValueError):
        return None
    return trees[0] if trees else None


def _cut(tokens: list[Token]) -> exp.Expr | None:
    """The tree of what is whole in a text that was cut."""
    for dropped in range(min(_MOST_DROPPED, len(tokens) - 1)):
        rest = tokens[: len(tokens) - dropped]
        if (tree := _tree([*rest, *_closing(rest)])) is not None:
            return tree
    return None


def _closing(tokens: list[Token]) -> list[Token]:
    opened: list[TokenType] = []
    for token in tokens:
        if token.token_type in _CLOSE:
            opened.append(_CLOSE[token.token_type])
        elif opened and token.token_type is opened[-1]:
            opened.pop()
    return [Token(kind, "") for kind in reversed(opened)]
