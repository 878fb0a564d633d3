"""A target that is not on loopback shows its marker before it is loaded, and one that stops showing it ends the run."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from commands.main import main
from conductor.load_permission import permission
from conductor.load_process import LoadProcess
from conductor.marker import MarkerWatch, require_marker
from conductor.pinned_request import asked_of
from rampart.config import LoadSettings, Marker, Target
from rampart.errors import ExitCode, NotReady, RampartError, UsageError
from rampart.runs import Run
from tests.integration.conductor.web import Web, serving
from tests.integration.conftest import Cluster, await_true

USERS = """
from locust import HttpUser, constant, task
class U(HttpUser):
    wait_time = constant(0.05)
    @task
    def t(self):
        self.client.get("/load")
"""
HEADER = Marker(header="X-Load-Test: yes", required=True)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def seen(target: Target) -> str:
    try:
        return require_marker(asked_of(target, permission(target)))
    except RampartError as error:
        return f"{error.code.name}: {error.what}: {error.why}"


def test_on_loopback_it_is_asked_for_where_that_is_wanted(web: Web) -> None:
    assert "none is asked for on loopback" in seen(Target("shop", web.url))
    assert web.asked == []
    assert seen(Target("shop", web.url, marker=Marker(required=True))).startswith("USAGE: 127.0.0.1:")
    assert web.asked == []


def test_a_header_is_a_marker(web: Web) -> None:
    target = Target("shop", web.url, marker=HEADER)
    assert "lacks it" in seen(target) and seen(target).startswith("USAGE")
    web.headers = {"X-Load-Test": "no"}
    assert "has 'no' in it" in seen(target)
    web.headers, web.status = {"x-load-test": "yes"}, 404
    assert "shows its marker" in seen(target)
    assert len(web.asked) == 4  # one request each time


def test_a_page_with_the_targets_name_is_a_marker(web: Web) -> None:
    target = Target("shop", web.url, marker=Marker(path="/.well-known/rampart", required=True))
    assert "answers 200, and should answer 200 with a line" in seen(target)
    web.pages = {"/.well-known/rampart": "the workshop\n"}
    assert seen(target).startswith("USAGE")
    web.pages = {"/.well-known/rampart": "shop\n"}
    assert "shows its marker" in seen(target)
    web.status = 404
    assert seen(target).startswith("USAGE")
    web.status = 503
    assert seen(target).startswith("NOT_READY")


def test_of_several_addresses_those_that_answer_must_all_show_it(web: Web) -> None:
    web.headers = {"X-Load-Test": "yes"}
    port = web.url.rpartition(":")[2]
    target = Target("shop", f"http://localhost:{port}", marker=HEADER)
    asked = replace(asked_of(target, permission(target)), addresses=("127.0.0.3", "127.0.0.1"))
    assert "shows its marker" in require_marker(asked)  # nobody listens on the other one
    assert web.hosts == [f"localhost:{port}"]
    with socket.socket() as other:  # a listener that is another system
        other.bind(("127.0.0.3", int(port)))
        other.listen()
        threading.Thread(target=answer_once, args=(other,), daemon=True).start()
        with pytest.raises(UsageError, match=r"answer of 127\.0\.0\.3 .* lacks it"):
            require_marker(asked)


def test_a_certificate_is_of_the_host_and_not_of_its_address(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = [openssl, *words.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, capture_output=True, check=True)
    with serving(certificate=(certificate, key)) as secure:
        secure.headers = {"X-Load-Test": "yes"}
        target = Target("shop", secure.url.replace("127.0.0.1", "localhost"), marker=HEADER)
        assert "CERTIFICATE_VERIFY_FAILED" in seen(target) and seen(target).startswith("NOT_READY")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert "shows its marker" in seen(target)
        assert "NOT_READY" in seen(replace(target, url=secure.url))  # it is not that of 127.0.0.1


def answer_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def test_sql_is_a_marker(web: Web, postgres: Cluster) -> None:
    target = Target("shop", web.url, marker=Marker(sql="SELECT true", required=True), postgres=postgres.conninfo())
    assert "shows its marker" in seen(target)
    for query in ("SELECT false", "SELECT may_be FROM nothing", "CREATE TABLE written (a int)"):
        assert seen(replace(target, marker=Marker(sql=query, required=True))).startswith("USAGE"), query
    with postgres.connect() as connection:
        assert connection.execute("SELECT to_regclass('written')").fetchone() == (None,)
    assert seen(replace(target, postgres="host=127.0.0.1 port=1")).startswith("NOT_READY")


def test_one_that_stops_showing_it_is_noticed_and_an_overloaded_one_is_not(web: Web) -> None:
    web.headers = {"X-Load-Test": "yes"}
    target = Target("shop", web.url, marker=HEADER)
    watch = MarkerWatch(asked_of(target, permission(target)), interval_s=0.05)
    try:
        await_true(lambda: len(web.asked) > 2)
        web.headers, web.status = {}, 503
        asked = len(web.asked)
        await_true(lambda: len(web.asked) > asked + 3)
        assert watch.gone is None
        web.status = 200
        await_true(lambda: watch.gone is not None)
        assert isinstance(watch.gone, UsageError) and "127.0.0.1" in watch.gone.what
    finally:
        watch.stop()


def test_no_load_process_starts_without_the_marker_and_one_that_runs_is_ended(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = tmp_path / "users.py"
    scenario.write_text(USERS)
    target = Target("shop", web.url, marker=HEADER, load=LoadSettings(scenario=str(scenario)))
    run, clock = Run.create(tmp_path, "marker", {})
    with pytest.raises(UsageError):
        LoadProcess(run, clock, target, None, {})
    assert web.asked == ["/"]

    monkeypatch.setattr("conductor.marker.INTERVAL_S", 0.2)
    web.headers = {"X-Load-Test": "yes"}
    load = LoadProcess(run, clock, target, None, {})
    try:
        await_true(lambda: web.asked.count("/load") > 3)
        load.check()
        web.headers = {}
        with pytest.raises(UsageError, match="does not show the marker"):
            for _ in range(100):
                load.check()
                time.sleep(0.1)
        time.sleep(0.3)
        sent = web.asked.count("/load")
        time.sleep(0.5)
        assert web.asked.count("/load") == sent
    finally:
        load.end()


@pytest.fixture
def namespace() -> Iterator[list[str]]:
    """A network of its own with one address that is not loopback, and no way out."""
    name, ip = f"rampart-{os.getpid()}", shutil.which("ip")
    if ip is None or os.geteuid() != 0 or subprocess.run([ip, "netns", "add", name], capture_output=True).returncode:
        pytest.skip("network namespaces cannot be made here: that needs root and iproute2")
    inside = [ip, "netns", "exec", name]
    try:
        for words in ("link set lo up", "addr add 10.99.7.1/32 dev lo"):
            done = subprocess.run([*inside, ip, *words.split()], capture_output=True, check=False)
            if done.returncode:
                pytest.skip(f"ip {words}: {done.stderr.decode()}")
        yield inside
    finally:
        with suppress(OSError):
            subprocess.run([ip, "netns", "del", name], capture_output=True, check=False)


INSIDE = """
import io, json, sys
from contextlib import redirect_stdout
from pathlib import Path
from commands.main import main
from conductor.marker import require_marker
from conductor.pinned_request import asked_of
from conductor.load_permission import permission
from rampart.config import Marker, Target
from rampart.errors import RampartError
from tests.integration.conductor.web import serving

said = []
def seen(**more):
    target = Target("shop", web.url, **more)
    try:
        said.append(require_marker(asked_of(target, permission(target))))
    except RampartError as error:
        said.append(f"{error.code.name}: {error.what}: {error.why}. {error.remedy}")

with serving("10.99.7.1") as web:
    seen()
    seen(allow=("10.99.7.1",))
    seen(allow=("10.99.7.1",), marker=Marker(header="X-Load-Test: yes"))
    before = list(web.asked)
    web.headers = {"X-Load-Test": "yes"}
    seen(allow=("10.99.7.1",), marker=Marker(header="X-Load-Test: yes"))
    file = Path(sys.argv[1])
    text = f'name = "shop"\\nurl = "{web.url}"\\nallow = ["10.99.7.1"]\\n[load]\\nscenario = "users.py"\\n'
    codes = []
    for marker in ("", '[marker]\\nheader = "X-Load-Test: yes"\\n'):
        file.write_text(text + marker)
        with redirect_stdout(io.StringIO()):
            codes.append(main(["doctor", "--target", str(file)]))
print(json.dumps({"said": said, "before": before, "codes": codes}))
"""


def test_a_target_that_is_not_on_loopback_must_show_it(namespace: list[str], tmp_path: Path) -> None:
    (tmp_path / "users.py").write_text(USERS)
    command = [*namespace, sys.executable, "-c", textwrap.dedent(INSIDE), str(tmp_path / "target.toml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    not_allowed, not_set, not_shown, shown = told["said"]
    assert not_allowed.startswith("USAGE") and "may not be loaded" in not_allowed
    assert (
        not_set.startswith("USAGE: 10.99.7.1:") and "it is not on loopback" in not_set and "[marker] header" in not_set
    )
    assert not_shown.startswith("USAGE: 10.99.7.1:") and "lacks it" in not_shown
    assert shown.endswith("shows its marker")
    assert told["codes"] == [ExitCode.USAGE, ExitCode.DONE]  # of the doctor
    assert told["before"] == ["/"]  # without a marker that is set nothing is sent


def test_without_an_answer_it_is_not_known() -> None:
    with pytest.raises(NotReady):
        target = Target("shop", "http://127.0.0.1:1", marker=HEADER)
        require_marker(asked_of(target, permission(target)))


def test_a_whole_run_says_what_is_coming_keeps_others_away_and_ends_with_the_marker(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "users.py").write_text(USERS)
    file = tmp_path / "target.toml"
    file.write_text(
        f'name = "shop"\nurl = "{web.url}"\n[marker]\nheader = "X-Load-Test: yes"\nrequired = true\n'
        '[load]\nscenario = "users.py"\nmax_users = 50\n'
    )
    call = ["ramp", "--quick", "--minutes", "3", "--target", str(file), "--runs", str(tmp_path / "runs")]
    assert main(call) == ExitCode.USAGE
    assert not (tmp_path / "runs").exists() and "/load" not in web.asked
    capfd.readouterr()

    monkeypatch.setattr("conductor.marker.INTERVAL_S", 0.2)
    web.headers = {"X-Load-Test": "yes"}
    second: list[int] = []

    def meanwhile() -> None:
        await_true(lambda: web.asked.count("/load") > 5, 60)
        second.append(subprocess.run([sys.executable, "-m", "commands.main", *call], capture_output=True).returncode)
        web.headers = {}

    others = threading.Thread(target=meanwhile)
    others.start()
    assert main(call) == ExitCode.USAGE
    others.join()
    said = capfd.readouterr()
    assert second == [ExitCode.NOT_READY]
    assert f"load on {web.url} (127.0.0.1): up to 50 users for about 3 min, about 180,000 requests at most" in said.out
    assert "does not show the marker" in said.err and web.url in said.err
    [run] = (tmp_path / "runs").iterdir()
    assert json.loads((run / "run.json").read_text())["outcome"] == "failed"
