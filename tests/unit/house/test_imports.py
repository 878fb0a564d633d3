"""The direction of imports: who may know whom, read off the sources, and no cycle between modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Floors of the house: a package imports those below its own floor and, on its own floor, only itself.
FLOORS = (
    {"commands"},
    {"flawbank"},
    {"conductor"},
    {"scenarios", "seeders", "probes", "lab", "readers", "analysis", "reports"},
    {"rampart"},
)
PACKAGES = tuple(sorted(set().union(*FLOORS)))
FLOOR = {package: number for number, floor in enumerate(FLOORS) for package in floor}
# The rooms of analysis/: each imports those to its left. The detectors are values that ranking lists.
ROOMS = (
    "thresholds", "record", "stages", "knee", "level", "attribution", "network", "detectors", "ranking", "forecast",
    "experiment", "verdict",
)  # fmt: skip
# The rooms of seeders/, likewise. Multiplying is another way beside growth and knows nothing of it.
SEEDING = ("database", "draw", "columns", "declaration", "copy_binary", "growth", "multiply")
# A library may be imported only by these.
ONLY = {
    "locust": ("scenarios",),
    "gevent": ("scenarios",),
    "psycopg": ("seeders", "probes", "lab"),
    "psycopg_pool": ("lab",),
    "redis": ("probes", "lab"),
}
# Or only by these modules.
ONLY_MODULES: dict[str, set[str]] = {
    "pandas": {"readers.load_results._columns", "readers.load_results._times"},  # inside functions: it loads slowly
    "sqlglot": {f"analysis.record.sql_{name}" for name in ("parser", "equalities", "text", "index_order")},
}
NETWORK = {"socket", "http", "urllib.request", "requests", "httpx", "psycopg", "redis", "locust"}
CLOCKS = {"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.utcnow", "date.today"}


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules that a file imports; `from package import module` is the module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in known else node.module)
    return found


KNOWN = modules()
GRAPH = {name: imported(path, KNOWN) for name, path in KNOWN.items()}


def crossings() -> Iterator[tuple[str, str]]:
    """Each import of one of our packages by a module of another."""
    for name, targets in GRAPH.items():
        for target in targets:
            if target in KNOWN and target.split(".")[0] != name.split(".")[0]:
                yield name, target


def test_no_module_imports_against_the_direction() -> None:
    wrong = [pair for pair in crossings() if FLOOR[pair[0].split(".")[0]] >= FLOOR[pair[1].split(".")[0]]]
    assert wrong == []


def test_no_two_packages_import_each_other() -> None:
    pairs = {(a.split(".")[0], b.split(".")[0]) for a, b in crossings()}
    assert [(a, b) for a, b in pairs if (b, a) in pairs] == []


def test_the_rooms_of_analysis_import_only_to_their_left() -> None:
    assert {name.split(".")[1] for name in KNOWN if name.startswith("analysis.")} == set(ROOMS)
    room = {name: ROOMS.index(name.split(".")[1]) for name in KNOWN if name.startswith("analysis.")}
    wrong = [(name, to) for name in room for to in GRAPH[name] if to in room and room[to] > room[name]]
    assert wrong == []


def test_analysis_is_at_most_twelve_rooms_and_nine_floors() -> None:
    below: dict[str, set[str]] = {room: set() for room in ROOMS}
    for name, targets in GRAPH.items():
        if name.startswith("analysis."):
            room = name.split(".")[1]
            below[room] |= {t.split(".")[1] for t in targets if t.startswith("analysis.")} - {room}

    def depth(room: str) -> int:
        return 1 + max(map(depth, below[room]), default=0)

    assert len(ROOMS) <= 12
    assert max(map(depth, ROOMS)) <= 9


def test_the_rooms_of_seeders_import_only_to_their_left() -> None:
    seeders = [name for name in KNOWN if name.count(".") > 1 and name.startswith("seeders.")]
    room = {name: SEEDING.index(name.split(".")[1]) for name in seeders}
    assert set(room.values()) == set(range(len(SEEDING)))
    wrong = [(name, to) for name in room for to in GRAPH[name] if to in room and room[to] > room[name]]
    assert wrong == []
    growth = {name for name in room if name.startswith("seeders.growth.")}
    assert [name for name in room if name.startswith("seeders.multiply.") and GRAPH[name] & growth] == []


def test_no_detector_imports_a_sibling() -> None:
    detectors = {name for name in KNOWN if name.startswith("analysis.detectors.") and "._" not in name}
    assert {name: GRAPH[name] & detectors for name in detectors if GRAPH[name] & detectors} == {}


@pytest.mark.parametrize("library", sorted(ONLY))
def test_only_some_packages_import_a_library(library: str) -> None:
    users = {name for name, targets in GRAPH.items() if any(t.split(".")[0] == library for t in targets)}
    assert {name.split(".")[0] for name in users} <= set(ONLY[library])


@pytest.mark.parametrize("library", sorted(ONLY_MODULES))
def test_only_some_modules_import_a_library(library: str) -> None:
    users = {name for name, targets in GRAPH.items() if any(t.split(".")[0] == library for t in targets)}
    assert users == ONLY_MODULES[library]


@pytest.mark.parametrize("package", ["analysis", "reports"])
def test_consumers_know_no_network_and_no_clock(package: str) -> None:
    for name, targets in GRAPH.items():
        if name.split(".")[0] == package:
            assert not targets & NETWORK, name
            tree = ast.parse(KNOWN[name].read_text())
            called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
            assert not called & CLOCKS, name


@pytest.mark.parametrize("package", ["analysis", "reports", "probes", "seeders"])
def test_these_print_nothing(package: str) -> None:
    for name, path in KNOWN.items():
        if name.split(".")[0] == package:
            calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
            assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"], name


def test_there_is_no_cycle() -> None:
    state: dict[str, str] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if state.get(name) == "done":
            return
        assert name not in trail, " -> ".join((*trail, name))
        for target in sorted(GRAPH[name]):
            if target in KNOWN and target != name:
                visit(target, (*trail, name))
        state[name] = "done"

    for name in GRAPH:
        visit(name, ())


def test_internal_imports_stand_at_the_top_of_a_file() -> None:
    """No lazy internal imports but in commands/main.py, which loads only the command that was called."""
    for name, path in KNOWN.items():
        if name == "commands.main":
            continue
        tree = ast.parse(path.read_text())
        inner = [
            n for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)) for n in ast.walk(f)
        ]
        lazy = [n for n in inner if isinstance(n, ast.ImportFrom) and (n.module or "").split(".")[0] in PACKAGES]
        assert not lazy, name


def test_no_scenario_would_replace_a_module_that_is_in_use() -> None:
    """Locust puts a locustfile into sys.modules under its bare name."""
    taken = {*PACKAGES, "tests", "benchmarks", "locust", "gevent"}
    for path in (ROOT / "scenarios").glob("*.py"):
        assert path.stem == "__init__" or path.stem not in taken


def test_the_generator_is_self_contained() -> None:
    """In the load process, where other people's code runs, nothing else of ours can be imported."""
    inside = [name for name in KNOWN if name.startswith("scenarios.generator")]
    assert len(inside) > 10
    assert {name: GRAPH[name] & set(KNOWN) for name in inside if GRAPH[name] & set(KNOWN)} == {}
