"""What is found out about the scenario's user classes before the first user starts, and told to the conductor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from .focus import Focus
from .origin_headers import origin_of

_LOCK_STEP = ("constant_pacing", "constant_throughput")
_WAITS = 50  # of which a mean is taken


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
    """Classes with their weights, the tasks that can be sent alone, and the classes of which none is known."""
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
        "without_tasks": [user.__name__ for user in focus.without_tasks],
    }


def _fires_in_lock_step(user: Any) -> bool:
    """Whether its users, started together, stay together: Locust anchors these waits when a user is made."""
    sets = [task for task in user.tasks or () if isinstance(task, type)]
    waits = [getattr(one, "wait_time", None) for one in (user, *sets)]
    return any(word in getattr(wait, "__qualname__", "") for wait in waits for word in _LOCK_STEP)


def think_times(classes: Iterable[Any]) -> dict[str, float | None]:
    """The mean wait in seconds of each class's users; None: it depends on more than a user that does nothing."""
    return {user.__name__: _mean_wait(user) for user in classes}


def _mean_wait(user: Any) -> float | None:
    wait_time = user.__dict__.get("wait_time", getattr(user, "wait_time", None))
    if wait_time is None:
        return 0.0
    wait = getattr(wait_time, "__func__", wait_time)
    try:
        return sum(float(wait(_idle())) for _ in range(_WAITS)) / _WAITS
    except Exception:  # noqa: BLE001 - it is the scenario's own code, and asks a real user for something
        return None


def _idle() -> SimpleNamespace:
    """A user that has just been made, as far as Locust's own wait times look at it."""
    return SimpleNamespace(_cp_last_run=perf_counter(), _cp_last_wait_time=0.0)
