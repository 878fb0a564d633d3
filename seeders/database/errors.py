"""What the database refuses, said in words: what happened, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from rampart.errors import Incomplete, NotReady, RampartError
from rampart.masking import masked

_AGAIN = "What was committed is kept: run the same command again and it goes on from there."


@contextmanager
def explained(doing: str, *, begun: bool) -> Iterator[None]:
    """Turn an error of psycopg into a RampartError. `begun`: rows may have been written, so it can be resumed."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(doing, error, begun=begun) from error


def translated(doing: str, error: psycopg.Error, *, begun: bool) -> RampartError:
    """The RampartError that says the same as an error of psycopg."""
    why, remedy = _reason(error)
    kind = Incomplete if begun else NotReady
    return kind(
        f"{doing} stopped" if begun else f"{doing} could not begin", why, f"{remedy} {_AGAIN}" if begun else remedy
    )


def _reason(error: psycopg.Error) -> tuple[str, str]:
    said = str(masked(str(error).strip().split("\n")[0])) or type(error).__name__
    detail = error.diag.message_detail
    where = error.diag.table_name or "the table"
    if isinstance(error, errors.DiskFull):
        return f"the database's disk is full ({said})", "Make room on it, or grow to fewer tenants."
    if isinstance(error, errors.LockNotAvailable):
        return (
            f"a lock was not granted in time ({said}); another session holds it",
            "End the transaction that holds it (pg_stat_activity shows long ones).",
        )
    if isinstance(error, errors.UndefinedTable | errors.UndefinedColumn | errors.InvalidSchemaName):
        return said, "Create the schema first (run the application's migrations), or correct the seeder."
    if isinstance(error, errors.IntegrityError):
        return (
            f"{where} refuses a row: {said}{f' ({detail})' if detail else ''}",
            "Correct the seeder, or take out the rows that are in its way.",
        )
    if isinstance(error, errors.InsufficientPrivilege | errors.InvalidAuthorizationSpecification):
        return said, "Connect as the owner of the tables."
    if isinstance(error, psycopg.OperationalError):
        return f"the database cannot be reached or went away ({said})", "See that it runs and accepts the connection."
    return said, "Correct the seeder or the schema."
