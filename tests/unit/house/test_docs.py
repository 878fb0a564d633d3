"""The documents say what is true: pages of findings, commands, targets, links, thresholds, files of a run, examples."""

from __future__ import annotations

import ast
import importlib
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import fields
from functools import cache, partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analysis import detectors, thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Detector
from analysis.detectors._violation import ViolationKind
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from commands import main
from lab.flaws._flaw import Flaw
from probes._probe import Probe
from rampart.config import Target
from rampart.model import Stage
from rampart.plugins import discover
from rampart.runs import Run
from rampart.tables import READINGS, REQUESTS
from rampart.verdict_file import write_verdict
from scenarios.generator.table_writer import TableWriter
from seeders.growth.find import find
from seeders.growth.grow import tenants_of
from tests.planted import thin

ROOT = Path(__file__).resolve().parents[3]
PAGES = {path.stem: path for path in (ROOT / "docs/findings").glob("*.md")}
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DETECTORS = discover(detectors, Detector)
# The stable finding ids: they stand in verdicts, in people's scripts, and on the pages.
IDS = [
    "missing-index", "n-plus-one", "slow-query", "stale-statistics", "app-pool", "db-connections", "pooler",
    "lock-contention", "idle-in-transaction", "db-cpu", "db-io", "primary-reads", "replica-lag", "cache-missing",
    "cache-too-small", "cache-stampede", "cache-server", "http-cache-missing", "sync-work", "workers",
    "queue-retries", "app-cpu", "event-loop-blocked", "memory", "disk", "network", "downstream", "noisy-tenant",
    "rate-limited", "load-generator", "tenant-leak", "stale-read", "duplicate-effect", "lost-job",
]  # fmt: skip
# Seen by the validity checks, by the scenario, or in accidents; not by a detector.
VIOLATIONS = discover(detectors, ViolationKind)
SEEN_ELSEWHERE = {"load-generator", *VIOLATIONS}
HEADINGS = [
    "What it means", "How it is detected", "What else looks like it", "Remedy", "How to see that it worked",
    "The alert that would have caught it",
]  # fmt: skip
UNSEEN = "Rampart does not detect this yet."
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(path.read_text()) if kind == language]


def commands(text: str, program: str) -> Iterator[list[str]]:
    """The words after `program` in code spans and in the lines of shell blocks."""
    lines = [line for kind, block in _BLOCK.findall(text) if kind in ("", "sh", "bash") for line in block.splitlines()]
    for code in [*lines, *re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))]:
        found = re.match(rf"\s*(?:\$ )?{program} +([^#|;&]+)", code)
        if found:
            yield found[1].split()


def test_each_finding_id_has_its_page_and_no_other_page_exists() -> None:
    assert sorted(PAGES) == sorted(IDS)
    assert {*DETECTORS, *VIOLATIONS} <= set(IDS)
    assert not set(DETECTORS) & set(VIOLATIONS)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_finding_page_is_whole_and_knows_whether_it_is_detected(page: str) -> None:
    text = PAGES[page].read_text()
    assert text.startswith(f"# {page}\n\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert (UNSEEN in text) == (page not in {*DETECTORS, *SEEN_ELSEWHERE})
    for rule in blocks(PAGES[page], "yaml") or [""]:
        assert all(word in rule for word in ("- alert: ", "expr: ", "for: ", "labels: {severity: ", "summary: "))
        assert all(rule.count(a) == rule.count(b) for a, b in ("()", "{}", "[]"))


@cache
def constants() -> dict[str, set[float]]:
    """Every number that analysis/ gives a name in capitals, by that name."""
    found: dict[str, set[float]] = {}
    for path in (ROOT / "analysis").rglob("*.py"):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, int | float):
                found.setdefault(name, set()).add(float(value))
    return found


def _quoted(path: Path) -> list[tuple[str, str]]:
    """Written as in the source: `SCAN_ROWS = 5_000`."""
    return re.findall(r"`([A-Z_]+) = ([\d_.]+)`", path.read_text())


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_a_threshold_is_quoted_with_its_value(path: Path) -> None:
    for name, value in _quoted(path):
        assert float(value) in constants()[name], name


@pytest.mark.parametrize("page", sorted(set(PAGES) & set(DETECTORS)))
def test_the_page_of_a_finding_quotes_the_thresholds_of_its_detector(page: str) -> None:
    own = {one.name: float(one) for one in DETECTORS[page].thresholds}
    for name, value in _quoted(PAGES[page]):
        assert float(value) == (own[name] if name in own else float(getattr(thresholds, name))), name


@cache
def help_of(*words: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()), suppress(SystemExit):
        main.main([*words, "--help"])
    return out.getvalue()


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_documented_commands_and_options_exist(path: Path) -> None:
    for words in commands(path.read_text(), "rampart"):
        command = words[0].strip("[]…")
        if not re.fullmatch(r"[a-z]+", command):
            continue
        assert command in main.COMMANDS, f"rampart {command}"
        for option in re.findall(r"--[a-z][a-z-]*", " ".join(words[1:])):
            assert re.search(rf"{option}(?![\w-])", help_of(command)), f"rampart {command} {option}"


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_documented_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {words[0] for words in commands(path.read_text(), "make") if words[0].islower()} <= targets


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_relative_links_resolve_and_python_examples_parse(path: Path) -> None:
    for block in blocks(path, "python"):
        ast.parse(block)
    prose = re.sub(r"`[^`\n]*`", "", _BLOCK.sub("", path.read_text()))
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:|#", link):
            assert (path.parent / link.partition("#")[0]).exists(), link


def test_every_file_of_a_run_folder_is_documented() -> None:
    files = (
        "rampart/runs.py", "rampart/verdict_file.py", "reports/comparison.py", "scenarios/generator/recorder.py",
        "conductor/load_process.py", "reports/render.py", "reports/remedy_file.py",
    )  # fmt: skip
    sources = [
        *(ROOT / "conductor").rglob("*.py"),
        *(ROOT / "flawbank").rglob("*.py"),
        *(ROOT / name for name in files),
    ]
    name = r"f?\"([\w{}.\-]+\.(?:jsonl?|arrow|csv|log|html|md|xml|sql))\""
    code = "\n".join(path.read_text() for path in sources)
    written = re.findall(rf"(?:write_json\(|append_line\(|folder / |FILE = ){name}", code) + re.findall(
        rf"{name}: ", code
    )
    rows = "\n".join(re.findall(r"^\| `.+$", (ROOT / "docs/run-folder.md").read_text(), re.MULTILINE))
    documented = re.findall(r"`([\w<>.\-]+\.(?:jsonl?|arrow|csv|log|html|md|xml|sql))`", rows)
    assert {re.sub(r"<[^>]+>", "*", n) for n in documented} == {re.sub(r"\{[^}]+\}", "*", n) for n in written}
    columns = {*REQUESTS.names, *(f.name for f in fields(Stage))}
    assert columns <= set(re.findall(r"`(\w+)`", rows))


def test_the_run_folder_is_read_as_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = Run.create(tmp_path / "runs", "shop", {})
    run.add_stage(Stage(0, 100, 10, "coarse", 0.0, 2.0, 12.0))
    write_verdict(run, thin.verdict("not_reached", sentence="Nothing was reached."))
    requests = TableWriter(run.folder / "requests-1.arrow", REQUESTS)
    readings = TableWriter(run.folder / "readings-generator-1.arrow", READINGS)
    for second in range(13):
        row = {"due": second, "start": second, "latency_ms": 7.0, "endpoint": "GET /orders", "outcome": "ok"}
        requests.append([row.get(column) for column in REQUESTS.names])
        readings.append((float(second), "generator.requests", 3.0 * second, "{}"))
    requests.close()
    readings.close()
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks(ROOT / "docs/run-folder.md", "python"):
        exec(block, names)
    assert (len(names["requests"]), len(names["readings"])) == (13, 13)
    assert names["gained"] == pytest.approx(30.0)
    said = capsys.readouterr().out
    assert "GET /orders" in said and "30 requests in the last stage" in said and "Nothing was reached." in said


def example(heading: str) -> str:
    """The Python block below a heading of docs/extending.md."""
    text = (ROOT / "docs/extending.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return str(next(code for kind, code in _BLOCK.findall(text) if kind == "python"))


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ModuleType:
    """A package whose one module is the example below the heading that the test names."""
    package = tmp_path / ("added_by_docs_" + request.param[2:])
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "example.py").write_text(example(request.param))
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(package.name)


@pytest.mark.parametrize("added", ["A probe"], indirect=True)
def test_the_example_probe_reads_what_it_declares(added: ModuleType) -> None:
    [probe] = discover(added, Probe).values()
    readings = list(probe.connect(Target("shop", "http://127.0.0.1:1")).read())
    assert [r.metric for r in readings] == list(probe.metrics)
    assert all(r.value > 0 for r in readings)


@pytest.mark.parametrize("added", ["A detector"], indirect=True)
def test_the_example_detector_speaks_only_when_it_must(added: ModuleType) -> None:
    [detector] = discover(added, Detector).values()
    attribution = Attribution(100.0, {}, {}, 0.0, 0.0, 80.0, {}, None, None)
    knee = KneeEstimate(90.0, 80.0, 100.0, None, 50.0, 0.5)

    def detect(used: float) -> Any:
        stage = Stage(0, 100, 100, "coarse", 0.0, 2.0, 12.0)
        point = Point(stage, 0, 600, 0, 100.0, 60.0, {"connections": used})
        case = LevelData(100, [point], [point], [point], knee, {}, [], Requests([stage]), Readings([]), {}, 500.0)
        return detector.detect(case, attribution, {})

    assert detect(0.5) is None
    assert (detect(0.95).id, detect(0.95).status, detect(0.95).share) == ("db-connections", "supported", 0.8)


@pytest.mark.parametrize("added", ["A flaw"], indirect=True)
def test_the_example_flaw_breaks_and_mends_the_schema(added: ModuleType) -> None:
    [flaw] = discover(added, Flaw).values()
    schema = (ROOT / "lab/schema.sql").read_text()
    for broken, mended in zip(flaw.broken_by, flaw.mended_by, strict=True):
        index, _, columns = mended.rpartition(" ON ")
        assert broken.split()[-1] == index.split()[-1]
        assert f"CREATE INDEX {index.split()[-1]} ON {columns};" in schema
    assert flaw.finding in IDS


def test_the_example_seeder_is_found_and_draws_unequal_tenants(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(example("A seeder"))
    tenants = tenants_of(find(str(tmp_path / "shop.py")), 200, 1)
    rows = sorted(tenant.rows for tenant in tenants)
    assert len(tenants) == 200
    assert rows[-1] > 5 * rows[100]


def test_the_example_scenario_sees_another_tenants_data(tmp_path: Path) -> None:
    (tmp_path / "shop_users.py").write_text(example("A scenario"))
    (tmp_path / "orders").write_text('{"tenant": 0}')  # nobody's tenant, for everybody
    shop = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with HTTPServer(("127.0.0.1", 0), shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [sys.executable, "-m", "locust", "-f", str(tmp_path / "shop_users.py"), "--headless", "-u", "1"]
        command += ["-t", "2s", "--loglevel", "ERROR", "--json", "--host", f"http://127.0.0.1:{server.server_port}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        server.shutdown()
    [row] = json.loads(done.stdout)
    assert row["num_requests"] == row["num_failures"] >= 1, done.stderr
