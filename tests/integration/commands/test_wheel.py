"""The wheel, installed into an environment of its own, works in a folder that is no checkout."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.installed import ROOT, Installed, install

LISTED = ("decoys", "detectors", "findings", "flaws", "probes", "scenarios", "seeders")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("wheel"))


def packed(archive: Path) -> set[str]:
    """The paths of an archive's files, below its top folder where it is an sdist."""
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def test_every_module_and_every_file_that_a_command_reads_is_inside(installed: Installed) -> None:
    inside = packed(installed.wheel)
    packages = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "benchmarks")]
    modules = [path for package in packages for path in package.rglob("*.py")]
    data = [*ROOT.glob("docs/findings/*.md"), *ROOT.glob("reports/*.j2"), *ROOT.glob("reports/*.css")]
    data += [ROOT / "lab/schema.sql", ROOT / "targets/lab.toml", ROOT / "targets/staging.example.toml"]
    assert len(packages) >= 11 and len(data) > 30
    assert {str(path.relative_to(ROOT)) for path in [*modules, *data]} - inside == set()


def test_no_test_no_recording_no_run_and_no_target_of_ones_own_is_inside(installed: Installed) -> None:
    for archive in (installed.wheel, installed.sdist):
        wrong = ("tests/", "benchmarks/", "runs/", "targets/staging.toml")
        assert [path for path in packed(archive) if path.startswith(wrong) or path.endswith(".arrow")] == []


def test_nothing_is_imported_from_the_checkout(installed: Installed) -> None:
    program = "import importlib.resources as r, lab, sys; print(*sys.path, r.files('docs'), lab.__file__, sep='\\n')"
    told = installed.python(program).split()
    assert str(ROOT) not in told
    assert [path for path in told[-2:] if not path.startswith(str(installed.environment))] == []


def test_every_plug_in_is_listed(installed: Installed) -> None:
    program = "from commands.list import plugins; import json; print(json.dumps({k: plugins(k) for k in %r}))"
    told = json.loads(installed.python(program % (LISTED,)))
    for kind, folder in (("flaws", "lab/flaws"), ("probes", "probes"), ("findings", "analysis/detectors")):
        assert len(told[kind]) >= 0.8 * len(list((ROOT / folder).glob("[a-z]*.py"))), kind
    assert all(told.values())
    done = installed.run("list", "findings")
    assert (done.returncode, done.stderr) == (0, "")
    assert "missing-index" in done.stdout


def test_the_doctor_needs_no_target_file(installed: Installed) -> None:
    done = installed.run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "only this machine is checked" in done.stdout


def test_a_finding_is_explained(installed: Installed) -> None:
    done = installed.run("explain", "missing-index")
    assert done.returncode == 0, done.stderr
    assert "How it is detected" in done.stdout


def test_a_recording_from_elsewhere_is_reported(installed: Installed) -> None:
    shutil.copytree(ROOT / "tests/recordings/missing-index", installed.folder / "recorded")
    done = installed.run("report", "recorded")
    assert done.returncode == 0, done.stderr
    assert "missing index on" in done.stdout
    assert "<h1>" in (installed.folder / "recorded/report.html").read_text()


def test_what_only_the_checkout_has_is_said(installed: Installed) -> None:
    recording = installed.folder / "bank/run"
    shutil.copytree(ROOT / "tests/recordings/app-pool", recording)
    row = {"key": "app-pool@1#1", "flaws": ["app-pool"], "tenants": 100, "wanted": "app-pool", "run": "run"}
    (installed.folder / "bank/bank.jsonl").write_text(json.dumps(row) + "\n")
    done = installed.run("flawbank", "--bank", "bank", "--minutes", "0")
    assert done.returncode == 0, done.stderr
    assert "the benchmarks are only in a checkout of the repository" in " ".join(done.stdout.split())
