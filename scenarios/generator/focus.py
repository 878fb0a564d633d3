"""Lets one task be sent alone while a profile is taken, by a user of its own class, whatever the weights are.

A task is the path to it: its user class, then the task sets that it is nested in. Task sets with an order of their own
(SequentialTaskSet, MarkovTaskSet) are one task: what they are made of is never sent alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gevent.event import Event
from locust import SequentialTaskSet
from locust.user.task import TaskSet

_DEEPEST = 8  # nested task sets; one that contains itself ends here


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the scenario."""

    label: str  # what it is called in a profile; unique
    user: Any  # its user class
    path: tuple[Any, ...]  # from the class's own tasks inwards: task sets, then the task itself
    weight: float  # its share of its class's choices


class Focus:
    """Which task is sent alone now, if any."""

    def __init__(self, classes: list[Any]) -> None:
        self._classes = list(classes)
        self._fixed: dict[Any, int] = {}  # as the scenario has them, while a task is sent alone
        self._lists: dict[Any, Any] = {}  # likewise the tasks of each class and task set
        self.tasks: list[Task] = []
        self.task: Task | None = None
        self.changed = Event()  # set once, for all who think while the focus moves
        self.begun = False  # whether the task has been begun since the focus moved to it
        self.answered = False  # and whether a request has ended since
        self.look()

    def look(self) -> bool:
        """Find the tasks as the scenario has them now; whether others were found than before."""
        before = self.tasks
        self.tasks = _labelled([task for user in self._classes for task in _leaves(user)])
        return self.tasks != before

    @property
    def label(self) -> str | None:
        return self.task.label if self.task else None

    @property
    def user_classes(self) -> list[Any]:
        """The classes that have users now."""
        return [self.task.user] if self.task else self._classes

    @property
    def without_tasks(self) -> list[Any]:
        """Classes whose tasks nobody knows beforehand: their users choose them for themselves."""
        known = {task.user for task in self.tasks}
        return [user for user in self._classes if user not in known]

    def follow(self, label: str | None) -> None:
        """Move the focus to a task; None: everybody does everything again. An unknown label is None."""
        if label == self.label:
            return
        self._restore()
        self.task = next((task for task in self.tasks if task.label == label), None)
        if self.task is not None:
            self._narrow(self.task)
        moved, self.changed, self.begun, self.answered = self.changed, Event(), False, False
        moved.set()

    def _narrow(self, task: Task) -> None:
        self._fixed[task.user] = task.user.fixed_count
        task.user.fixed_count = 0  # one user is enough
        for holder, inner in zip((task.user, *task.path), task.path, strict=False):
            self._lists[holder] = holder.tasks
            holder.tasks = [inner]

    def _restore(self) -> None:
        for user, fixed in self._fixed.items():
            user.fixed_count = fixed
        for holder, tasks in self._lists.items():
            holder.tasks = tasks
        self._fixed.clear()
        self._lists.clear()

    def begins(self, task_set: Any, task: Any) -> None:
        """A user begins a task of a task set: only from then on requests are those of what is sent alone."""
        if self.task is None or self.begun:
            return
        alone = self.task.path[-1]
        while isinstance(task_set, TaskSet) and task is not alone:
            task, task_set = type(task_set), task_set.parent  # it may have been inside for long
        self.begun = task is alone

    def leaves(self, task_set: Any) -> bool:
        """Whether a user inside this nested task set has to leave it, because another task is sent alone."""
        return self.task is not None and type(task_set) not in self.task.path


def _leaves(user: Any) -> Iterator[tuple[Any, tuple[Any, ...], float]]:
    def inside(holder: Any, path: tuple[Any, ...], weight: float) -> Iterator[tuple[Any, tuple[Any, ...], float]]:
        counts = Counter(holder.tasks or ())
        for task, count in counts.items():
            share = weight * count / sum(counts.values())
            nested = isinstance(task, type) and issubclass(task, TaskSet) and not _ordered(task)
            if nested and task.tasks and len(path) < _DEEPEST:
                yield from inside(task, (*path, task), share)
            else:
                yield user, (*path, task), share

    return inside(user, (), 1.0)


def _ordered(task_set: Any) -> bool:
    """Whether a task set chooses its next task by a rule of its own."""
    return issubclass(task_set, SequentialTaskSet) or task_set.get_next_task is not TaskSet.get_next_task


def _labelled(found: list[tuple[Any, tuple[Any, ...], float]]) -> list[Task]:
    """The tasks with labels: the bare name where it is unique, else as much of the path before it as is needed."""
    names = [(user.__name__, *map(_name, path)) for user, path, _ in found]
    tails = Counter(parts[-length:] for parts in names for length in range(1, len(parts) + 1))
    seen: Counter[str] = Counter()
    tasks = []
    for parts, (user, path, weight) in zip(names, found, strict=True):
        own = (parts[-length:] for length in range(1, len(parts) + 1))
        label = ".".join(next((tail for tail in own if tails[tail] == 1), parts))
        seen[label] += 1
        tasks.append(Task(label if seen[label] == 1 else f"{label} ({seen[label]})", user, path, weight))
    return tasks


def _name(task: Any) -> str:
    return str(getattr(task, "__name__", task))
