"""Published locustfiles, unmodified: doctor, a short ramp against a server that answers any path, and a verdict."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rampart.processes import start_child
from tests.acceptance.published import PUBLISHED, Published, fetched
from tests.integration.conftest import await_true, free_port, stop

pytestmark = pytest.mark.acceptance

_RAMPART = str(Path(sys.executable).parent / "rampart")


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("distributions")


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The url of a server of its own process that answers any path."""
    port = free_port()
    server = start_child((sys.executable, "-m", "tests.integration.scenarios.locustfiles.any_path", str(port)))
    await_true(lambda: _listens(port))
    yield f"http://127.0.0.1:{port}"
    stop(server)


def _listens(port: int) -> bool:
    with socket.socket() as opened:
        return opened.connect_ex(("127.0.0.1", port)) == 0


def called(words: list[str], cwd: Path, path: Path) -> tuple[int, str]:
    """What the command says in this folder, with modules below `path` importable."""
    done = subprocess.run(
        [_RAMPART, *words], cwd=cwd, env={**os.environ, "PYTHONPATH": str(path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def row(one: Published, code: int, verdict: Any) -> str:
    """A row for docs/acceptance.md."""
    sent = sum(point["requests"] for point in verdict["points"])
    gaps = ", ".join(dict.fromkeys(gap["code"] for gap in verdict["gaps"]))
    failed = "; ".join(f"{c['name']}: {c['claim']}" for c in verdict["validity"]["checks"] if not c["ok"])
    cells = (one.package, f"`{one.file}`", f"{verdict['outcome']}, exit {code}", f"{sent:,}", gaps, failed)
    return f"| {' | '.join(cells)} |"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.file.rpartition("/")[2])
def test_a_published_locustfile_comes_to_a_verdict(
    one: Published,
    served: str,
    distributions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = fetched(one, distributions)
    target = tmp_path / "target.toml"
    target.write_text(f'name = "published"\nurl = "{served}"\n[load]\nscenario = "{root / one.file}"\n')
    words = ["--target", str(target)]
    code, said = called(["doctor", *words], root / one.cwd, root)
    if one.missing:
        assert code == 3 and f"pip install {one.missing}" in " ".join(said.split()), said
        return
    assert code == 0, said
    options = ["--quick", "--minutes", "0.8", "--max-users", "30", "--runs", str(tmp_path / "runs")]
    code, said = called(["ramp", *words, *options], root / one.cwd, root)
    verdict = json.loads(next((tmp_path / "runs").glob("*/verdict.json")).read_text())
    with capsys.disabled():
        print("\n" + row(one, code, verdict))
    if one.refused:
        assert code == 2 and one.refused in said, said
    else:
        assert code in (0, 4) and verdict["points"], said
