"""Which pairs are tried: every fault meets each of its commands and each moment, and every command each moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tests.acceptance.chaos.commands import MOMENTS

Pair = tuple[str, str, str]  # fault, command, moment


def pairs(commands_of: Mapping[str, tuple[str, ...]]) -> list[Pair]:
    """For each fault its commands in turn with moments in turn, begun one further for each next fault."""
    return [
        (fault, commands[row % len(commands)], MOMENTS[(row + number) % len(MOMENTS)])
        for number, (fault, commands) in enumerate(sorted(commands_of.items()))
        for row in range(max(len(commands), len(MOMENTS)))
    ]


def wanted(commands_of: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Every two values that must meet in some pair."""
    for fault, commands in commands_of.items():
        yield from ((fault, command) for command in commands)
        yield from ((fault, moment) for moment in MOMENTS)
        yield from ((command, moment) for command in commands for moment in MOMENTS)


def uncovered(commands_of: Mapping[str, tuple[str, ...]], chosen: Iterable[Pair]) -> set[tuple[str, str]]:
    """What never meets."""
    met = {two for a, b, c in chosen for two in ((a, b), (a, c), (b, c))}
    return set(wanted(commands_of)) - met
