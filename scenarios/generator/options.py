"""Locust's options: the scenario's own come from wherever Locust takes them; those that steer the load are ours.

Locust reads its command line, LOCUST_… variables, `~/.locust.conf`, `locust.conf` and `pyproject.toml`. Of its own
options those that choose what a user does stay as they are; all others are put back, and the conductor is told which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locust import events

# What the scenario's author says of the users, and not of the load.
_KEPT = {
    "locustfile", "config", "host", "user_classes", "config_users", "tags", "exclude_tags", "equal_weights",
    "stop_timeout",
}  # fmt: skip
_FORCED = {"headless": True, "only_summary": True, "loglevel": "WARNING"}
STOP_TIMEOUT_S = 2.0  # that tasks under way have to end, where the scenario asks for no time of its own


def take_over(url: str, tell: Callable[[dict[str, str]], None]) -> None:
    """From now on Locust's parser gives our values for the load; `tell` hears of each option that was put back."""

    @events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
    def _(parser: Any) -> None:
        own = {action.dest: _spelled(action) for action in parser._actions}  # before a scenario adds its own
        parse = parser.parse_args

        def parse_args(*arguments: Any, **named: Any) -> Any:
            found = parse(*arguments, **named)
            put_back = {}
            for name, value in vars(found).items():
                if name in own and name not in _KEPT:
                    wanted = _FORCED.get(name, parser.get_default(name))
                    if value not in (wanted, parser.get_default(name)):
                        put_back[own[name]] = str(value)[:100]
                    setattr(found, name, wanted)
            if found.host not in (None, url):
                put_back["host"] = str(found.host)[:100]
            found.host = url
            found.stop_timeout = _seconds(found.stop_timeout) or STOP_TIMEOUT_S
            tell(put_back)
            return found

        parser.parse_args = parse_args


def _spelled(action: Any) -> str:
    """An option as it is written on the command line: `users`, whose value Locust keeps as `num_users`."""
    long = [option for option in action.option_strings if option.startswith("--")]
    return (long[0] if long else str(action.dest)).lstrip("-")


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
