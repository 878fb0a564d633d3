"""A growth in small, within the transaction that prepares it: copied, verified, removed, compared, rolled back.

So what would be refused is refused before the first row, and what could not be taken out again is never put in.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import errors, sql

from rampart.errors import Incomplete, NotReady
from seeders.database.connect import Connection, scalar, scalars
from seeders.database.detach import detached, reattach
from seeders.multiply import _fingerprint, _triggers
from seeders.multiply._execute import take_off
from seeders.multiply._journal import CopyStep
from seeders.multiply._prepare import Prepared
from seeders.multiply._sample import TENANT, mark_sample
from seeders.multiply._table_order import reached
from seeders.multiply._unlinked import Unlinked
from seeders.multiply._verify import contradictions, listed, touching
from seeders.multiply.remove import take_out

LOCK_TIMEOUT = "2s"  # others may be at work: they are not kept waiting for longer than that
_NOTHING = "Nothing was written."
_State = tuple[_fingerprint.Rows, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was copied and taken out again, and left no trace but in sequences."""

    root: str
    tenants: int  # that the growth would lead to
    rows: Mapping[str, int]  # copied, by table
    references: int  # foreign keys of which every row was checked
    sequences: Mapping[str, tuple[int | None, int | None]]  # that advanced: no rollback turns them back
    unlinked: tuple[Unlinked, ...]  # what seems to refer to copied rows, and is not copied with them
    seconds: float
    harmless: Mapping[str, str] = field(default_factory=dict)  # column that leads out: what it holds, which is replaced


class _Contradicted(Exception):
    """Constraints that the copies violate, by the rows that do."""

    def __init__(self, wrong: Mapping[str, int]) -> None:
        super().__init__()
        self.wrong = wrong


def rehearsed(control: Connection, found: Prepared, *, replica: bool) -> Rehearsal:
    """Rehearse what was prepared; NotReady where it would be refused. In the transaction that has prepared it."""
    started, before = time.monotonic(), _fingerprint.sequences_now(control)
    step, rows = found.step, dict[str, int]()
    try:
        with _refusing(step), control.transaction() as savepoint:
            control.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_TIMEOUT))
            rows = _copied_and_removed(control, found, replica)
            raise psycopg.Rollback(savepoint)
    except _Contradicted as error:
        raise _contradicted(control, found, error.wrong) from error
    after = _fingerprint.sequences_now(control)
    moved = {name: (before.get(name), last) for name, last in after.items() if last != before.get(name)}
    references = len(touching(found.roles.schema, step.tables))
    seconds = time.monotonic() - started
    return Rehearsal(step.root, step.to, rows, references, moved, tuple(found.unlinked), seconds, step.harmless)


@contextmanager
def _refusing(step: CopyStep) -> Iterator[None]:
    """What the server or our own proofs refuse, said of a growth that has not begun."""
    try:
        yield
    except (errors.IntegrityError, psycopg.DataError) as error:
        diag = error.diag
        where = f"{diag.schema_name}.{diag.table_name}" if diag.table_name else "a table"
        detail = f" ({diag.message_detail})" if diag.message_detail else ""
        raise NotReady(
            f"{step.root} cannot be multiplied",
            f"{where} refuses a copy: {str(error).splitlines()[0]}{detail}",
            f"{_NOTHING} Say what a column's new values are (--set), or leave the table out "
            f"(--without{f' {where}' if diag.table_name else ''}).",
        ) from error
    except Incomplete as error:
        raise NotReady(
            f"{step.root} cannot be multiplied", f"in the rehearsal {error.what}: {error.why}", _NOTHING
        ) from error
    except errors.LockNotAvailable as error:
        why = f"a lock was not granted in time ({str(error).splitlines()[0]}); another session holds it"
        raise NotReady("the growth could not be rehearsed", why, "End the transaction that holds it.") from error


def _contradicted(control: Connection, found: Prepared, wrong: Mapping[str, int]) -> NotReady:
    """The refusal, which names rows of the application's own where they are the reason."""
    queries = dict(contradictions(found.roles.schema, found.step.tables))
    already = {label: count for label in wrong if (count := int(scalar(control, queries[label])))}
    if already:
        return NotReady(
            f"{found.step.root} cannot be multiplied",
            f"these constraints are violated already, by rows that are no copies: {listed(already)}",
            f"{_NOTHING} Correct those rows first: the server would not validate the constraints again.",
        )
    return NotReady(
        f"{found.step.root} cannot be multiplied",
        f"the copies would violate these constraints: {listed(wrong)}",
        f"{_NOTHING} Leave the tables out: --without.",
    )


def _copied_and_removed(control: Connection, found: Prepared, replica: bool) -> dict[str, int]:
    schema, step = found.roles.schema, found.step
    tables = sorted({oid for start in step.tables for oid in reached(schema, start)})
    before = (_fingerprint.rows_now(control, schema, tables), _fingerprint.definitions_now(control, tables))
    sampled = mark_sample(control, found.roles, found.counted)
    take_off(control, replace(step, mode="in place"), replica=replica)
    _triggers.settle_session(control, replica=replica)
    rows = _copied(control, found, sampled)
    _put_back(control)
    proofs = contradictions(schema, step.tables)
    counts = scalars(control, [query for _, query in proofs])
    wrong = {label: count for (label, _), count in zip(proofs, counts, strict=True) if count}
    if wrong:
        raise _Contradicted(wrong)
    gone, _ = take_out(control, schema, [step], replica=replica, counted=tables, sound=step.tables)
    after = (_fingerprint.rows_now(control, schema, tables), _fingerprint.definitions_now(control, tables))
    _compare(before, after, _fingerprint.written_elsewhere(control, tables))
    if gone != rows:
        raise Incomplete("other rows were removed than were copied", _differing(rows, gone), _NOTHING)
    return rows


def _copied(control: Connection, found: Prepared, sampled: Mapping[int, int]) -> dict[str, int]:
    """The sampled rows as the growth's first copies and as its last."""
    rounds, written = dict.fromkeys((0, found.step.last_round)), {}
    for oid, (label, statement) in zip(found.step.tables, found.step.inserts, strict=True):
        cursor = psycopg.RawCursor(control)
        written[label] = sum(cursor.execute(sql.SQL(statement), [at, at, TENANT + 1]).rowcount for at in rounds)
        wanted = len(rounds) * sampled[oid]
        if written[label] != wanted:
            why = f"of {wanted:,} copies {written[label]:,} were written; a rule or a trigger keeps the others out"
            raise Incomplete(f"{label} does not take all copies", why, _NOTHING)
    return written


def _put_back(control: Connection) -> None:
    control.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for one in detached(control):
        reattach(control, one)
    _triggers.wake(control)


def _compare(before: _State, after: _State, elsewhere: Sequence[str]) -> None:
    """Refuse where the removal has not left everything as it was."""
    what = "the removal does not leave everything as it was"
    changed = [label for label, rows in before[0].items() if after[0][label] != rows]
    if changed or elsewhere:
        why = f"rows of {', '.join([*changed, *elsewhere])} would be others (a trigger or a rule may write there)"
        raise Incomplete(what, why, _NOTHING)
    if before[1] != after[1]:
        names = [name for name in {**before[1], **after[1]} if before[1].get(name) != after[1].get(name)]
        raise Incomplete(what, f"these definitions would be others: {', '.join(names)}", _NOTHING)


def _differing(rows: Mapping[str, int], gone: Mapping[str, int]) -> str:
    labels = [label for label in {**rows, **gone} if rows.get(label, 0) != gone.get(label, 0)]
    return ", ".join(f"{label}: {rows.get(label, 0):,} and {gone.get(label, 0):,}" for label in labels)
