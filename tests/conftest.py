"""The cost of each part of the tests is told at the end; the unit tests fail beyond their limit of CPU time."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests import budget

# In the background of a shell Ctrl-C is ignored, under nohup a hang-up: what is started from here would ignore it too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

_TESTS = Path(__file__).parent
_cost: Counter[str] = Counter()
_yardsticks: list[float] = []


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    began = budget.cpu_s()
    try:
        return (yield)
    finally:
        _cost["collection"] += budget.cpu_s() - began


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    began = budget.cpu_s()
    try:
        return (yield)
    finally:
        _cost[budget.part_of(item.path, _TESTS)] += budget.cpu_s() - began


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """What the last test of all takes down was set up for others: servers of the session and all that they did."""
    began = budget.cpu_s()
    try:
        return (yield)
    finally:
        if nextitem is None:
            spent = budget.cpu_s() - began
            _cost["servers of the session"] += spent
            _cost[budget.part_of(item.path, _TESTS)] -= spent


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist has ended: what it counted."""
    told = getattr(node, "workeroutput", {})
    _cost.update(told.get("cost", {}))
    _yardsticks.append(told.get("yardstick", budget.REFERENCE_S))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output |= {"cost": dict(_cost), "yardstick": budget.yardstick()}
        return
    if _cost["unit"] and not _yardsticks:
        _yardsticks.append(budget.yardstick())
    if _yardsticks and budget.exceeded(_cost, max(_yardsticks)) and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if sum(_cost.values()) > 20:
        terminalreporter.section("cost")
        for line in budget.lines(_cost, max(_yardsticks, default=budget.REFERENCE_S)):
            terminalreporter.write_line(line)
