"""What is found out about the scenario's user classes before the first user starts, and told to the conductor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .focus import Focus
from .origin_headers import origin_of

_LOCK_STEP = ("constant_pacing", "constant_throughput")


def settle_hosts(environment: Any, url: str, may_go: Callable[[str, int], bool]) -> dict[str, str]:
    """Give each class the target's url, but for those whose own host is allowed; returns the hosts that were put back.

    Locust sets the host of its command line over that of all classes as long as its environment names one.
    """
    put_back, own = {}, False
    for user in environment.user_classes:
        _, host, port = origin_of(user.host) if user.host else ("", "", 0)
        if host and may_go(host, port):
            own = own or user.host != url
            continue
        if user.host:
            put_back[user.__name__] = f"{host}:{port}"
        user.host = url
    if own:
        environment.host = None
    return put_back


def described(classes: Iterable[Any], focus: Focus) -> dict[str, Any]:
    """Classes with their weights, and the tasks that can be sent alone."""
    classes = list(classes)
    total = sum(user.weight for user in classes if not user.fixed_count) or 1
    share = {user: (user.weight / total if not user.fixed_count else 0.0) for user in classes}
    return {
        "classes": [
            {
                "name": user.__name__,
                "weight": user.weight,
                "fixed_count": user.fixed_count,
                "lock_step": _fires_in_lock_step(user),
            }
            for user in classes
        ],
        "tasks": [
            {"user": task.user.__name__, "task": task.label, "weight": task.weight * (share[task.user] or 1 / total)}
            for task in focus.tasks
        ],
    }


def _fires_in_lock_step(user: Any) -> bool:
    """Whether its users, started together, stay together: Locust anchors these waits when a user is made."""
    return any(word in getattr(user.wait_time, "__qualname__", "") for word in _LOCK_STEP)
