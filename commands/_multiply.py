"""`rampart seed --multiply`: its options, and what it says."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

from conductor.console import Console
from conductor.same_database import require_same_database
from conductor.seeding import growth_progress, told_if_left_off
from rampart.config import Target
from rampart.errors import ExitCode, UsageError
from seeders.database.coming import amount
from seeders.database.disk import check_room
from seeders.database.phases import phases_text
from seeders.multiply.multiply import (
    Multiplied,
    Outlook,
    Rehearsal,
    Request,
    harmless_words,
    multiply,
    outlook,
    rehearse,
    resume,
)

_SHOWN = 12  # names in one line


def arguments(parser: argparse.ArgumentParser) -> None:
    ours = parser.add_argument_group("--multiply", "grow any schema by copying the tenants that it has")
    ours.add_argument("--multiply", action="store_true", help="copy real tenants along the foreign keys; no seeder")
    ours.add_argument(
        "--rehearse", action="store_true",
        help="copy the smallest tenant in one transaction, verify, remove, compare, and roll it all back",
    )  # fmt: skip
    ours.add_argument(
        "--root", metavar="TABLE", help="the table with a row for each tenant (guessed where it is clear)"
    )
    ours.add_argument("--where", default="true", metavar="SQL", help="which of its rows are copied (all)")
    for name, wanted, text in (
        ("with", "TABLE", "copy this table too, though tenants only refer to it"),
        ("without", "TABLE", "leave this table out"),
        ("link", "COLUMN=COLUMN", "a foreign key that the database lacks"),
        ("fake", "COLUMN=PROVIDER", "replace personal data by Faker, such as users.name=name"),
        ("set", "COLUMN=SQL", "new values of a unique column, in {value} and {number}"),
        ("keep", "COLUMN", "copy its mail addresses, phone numbers, webhooks, tokens or payment ids as they are"),
    ):
        ours.add_argument(f"--{name}", action="append", default=[], metavar=wanted, dest=f"{name}_", help=text)
    ours.add_argument("--locale", default="en_US", help="of Faker (en_US)")


def run(given: argparse.Namespace, target: Target, conninfo: str, tenants: int, console: Console) -> ExitCode:
    """Grow, or with --dry-run say what that would be, or with --rehearse try it."""
    request = Request(
        tenants=tenants, root=given.root, where=given.where, along=tuple(given.with_), without=tuple(given.without_),
        links=tuple(given.link_), fakes=_pairs("--fake", given.fake_), given=_pairs("--set", given.set_),
        keep=tuple(given.keep_), locale=given.locale, **({"marker": target.marker.sql} if target.marker.sql else {}),
    )  # fmt: skip
    if given.dry_run:
        return _say_outlook(outlook(conninfo, request), console)
    if given.rehearse:
        return _say_rehearsal(rehearse(conninfo, request), console)
    sure = partial(require_same_database, target, conninfo)
    with told_if_left_off(conninfo, console), console.live():
        done = multiply(conninfo, request, growth_progress("multiply", tenants, console), console.warn, sure)
    _say_done(done, console)
    return ExitCode.DONE


def resume_copies(conninfo: str, marker: str, console: Console) -> bool:
    """End the copying that was interrupted; whether there was one."""
    with told_if_left_off(conninfo, console), console.live():
        done = resume(conninfo, marker, growth_progress("multiply", None, console))
    if done is not None:
        _say_done(done, console)
    return done is not None


def _pairs(option: str, words: Sequence[str]) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in words)
    if not all(pairs.values()):
        raise UsageError(f"{option} is not complete", "TABLE.COLUMN=VALUE is wanted", "For instance users.name=name.")
    return pairs


def _say_done(done: Multiplied, console: Console) -> None:
    rate = f", {done.rows_added / done.seconds:,.0f} rows/s" if done.rows_added else ""
    added = f"{done.rows_added:,} rows added in {done.seconds:.1f} s{rate}"
    console.say(f"{done.tenants:,} tenants in {done.root}, {added} ({done.mode})")
    if done.rows_added:
        console.say(f"of that: {phases_text(done.phases)}")
        console.say(f"{done.references:,} foreign keys counted: no row refers to nothing")
    say_compared(done.compared, console)


def say_compared(definitions: int, console: Console) -> None:
    """What was off is back, with proof."""
    if definitions:
        console.say(f"{definitions:,} indexes and constraints compared with those before: all are as they were")


def _say_rehearsal(rehearsal: Rehearsal | None, console: Console) -> ExitCode:
    if rehearsal is None:
        console.say("nothing to rehearse: there are as many tenants as are wanted")
        return ExitCode.DONE
    for table, rows in rehearsal.rows.items():
        console.say(f"  {table:<40} {rows:>12,} rows")
    rows = sum(rehearsal.rows.values())
    console.say(f"rehearsed for {rehearsal.tenants:,} tenants in {rehearsal.root}: {rows:,} rows copied, "
                f"{rehearsal.references:,} foreign keys counted, all removed again and compared, rolled back, "
                f"{rehearsal.seconds:.1f} s")  # fmt: skip
    if rehearsal.harmless:
        console.say(harmless_words(rehearsal.harmless))
    for one in rehearsal.unlinked:
        console.warn(str(one))
    for sequence, (old, new) in rehearsal.sequences.items():
        console.warn(f"the sequence {sequence} went from {old} to {new} meanwhile, which no rollback turns back")
    return ExitCode.DONE


def _say_outlook(would: Outlook, console: Console) -> ExitCode:
    for table, rows in sorted(would.rows.items(), key=lambda one: -one[1]):
        console.say(f"  {table:<40} {rows:>12,} rows")
    for column, (old, new) in would.renewed.items():
        console.say(f"  {column}: {old[:60]} becomes {new[:60]}")
    if would.harmless:
        console.say(harmless_words(would.harmless))
    if would.along:
        console.say(f"copied because tenants refer to them: {_listed(would.along)}")
    if would.shared:
        console.say(f"shared by all tenants, not copied (else --with): {_listed(would.shared)}")
    for one in would.unlinked:
        console.warn(str(one))
    console.say(f"to {would.tenants:,} tenants in {would.root} from {would.held:,} ({would.sources:,} of them real): "
                f"{amount(sum(would.rows.values()), would.bytes, would.seconds)} ({would.mode})")  # fmt: skip
    check_room("the copies", would.needed_bytes, would.free_bytes)
    return ExitCode.DONE


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
