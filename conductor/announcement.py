"""What is coming, said before the first request: how many requests, for how long, and to which host."""

from __future__ import annotations

from conductor.console import Console
from conductor.load_permission import permission
from conductor.pinned_request import Asked, asked_of
from conductor.scenario_check import Scenario, check_scenario
from rampart.config import Target

_LEAST_WAIT_S = 0.01  # below it a user is limited by the answers alone


def announce(target: Target, users: int, minutes: float, console: Console, scenario: Scenario | None = None) -> None:
    """Say it; a scenario that nobody has looked at yet is imported for that."""
    asked = asked_of(target, permission(target))
    console.say(announced(asked, check_scenario(target) if scenario is None else scenario, users, minutes))


def announced(asked: Asked, scenario: Scenario, users: int, minutes: float) -> str:
    """One sentence; `minutes` of load by at most `users`."""
    where = f"{asked.target.url} ({', '.join(asked.addresses)})"
    who = f"up to {users:,} {'user' if users == 1 else 'users'} for about {minutes:.2g} min"
    return f"load on {where}: {who}, {_requests(scenario.think_s, users * minutes * 60)}"


def _requests(wait_s: float | None, user_seconds: float) -> str:
    """How many, where nobody ever waits for an answer and each task sends one request."""
    if wait_s is None:
        return "how many requests depends on the scenario's own wait times"
    if wait_s < _LEAST_WAIT_S:
        return "as many requests as are answered, for its users do not wait between them"
    most = f"{_two_digits(user_seconds / wait_s):,}"
    return f"about {most} requests at most (a user waits {wait_s:.2g} s; one request for each task)"


def _two_digits(value: float) -> int:
    """More would promise what nobody knows."""
    unit = 10 ** max(len(str(int(value))) - 2, 0)
    return int(round(value / unit) * unit)
