"""Whether the database that would be grown is the one behind the application: with real servers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest

from commands import main
from conductor.same_database import require_same_database
from rampart.config import Marker, Seed, Target
from rampart.errors import ExitCode, NotReady
from seeders.growth.find import find
from seeders.growth.grow import grow

_PAGE = "SELECT count(*) FROM tenants"


@contextmanager
def application(conninfo: str, *, pooled: bool) -> Iterator[str]:
    """One that reads the database for each page, on a connection that it keeps or on one for each."""
    kept, asked = psycopg.connect(conninfo, autocommit=True), []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path == "/data" and pooled:
                kept.execute(_PAGE)
            elif self.path == "/data":
                with psycopg.connect(conninfo) as connection:
                    connection.execute(_PAGE)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
        assert len(asked) <= 3
    finally:
        server.shutdown()
        server.server_close()
        kept.close()


@contextmanager
def others_at_work(conninfo: str) -> Iterator[None]:
    """A worker that polls the database all the time."""
    over = threading.Event()

    def poll() -> None:
        with closing(psycopg.connect(conninfo, autocommit=True)) as connection, suppress(psycopg.Error):
            while not over.wait(0.05):
                connection.execute(_PAGE)

    worker = threading.Thread(target=poll)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def _target(url: str, conninfo: str, **more: object) -> Target:
    return Target(name="shop", url=url, postgres=conninfo, **more)


@pytest.mark.parametrize("pooled", [True, False], ids=["a pool", "a connection for each request"])
def test_the_database_that_the_application_reads_is_seen_at_work(lab, pooled):
    with application(lab, pooled=pooled) as url:
        assert "3 requests to" in require_same_database(_target(f"{url}/data", lab), lab)


def test_another_database_stays_open_however_busy_it_is(fresh):
    used, other = fresh(), fresh()
    said = pytest.raises(NotReady, match=r"uses the database lab_\d+ on 127\.0\.0\.1:\d+ as postgres")
    with application(used, pooled=True) as url, others_at_work(other), said as refused:
        require_same_database(_target(f"{url}/data", other), other)
    assert "--yes-this-database" in refused.value.remedy


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1", "http://192.0.2.1/data"], ids=["none", "dead", "forbidden"])
def test_what_cannot_be_asked_stays_open_until_the_flag_settles_it(lab, url):
    with pytest.raises(NotReady, match="it is not certain that the application uses the database"):
        require_same_database(_target(url, lab), lab)
    settled = _target(url, lab, seed=Seed(yes_this_database=True))
    assert require_same_database(settled, lab) == "--yes-this-database says so"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param("INSERT INTO rampart_marker VALUES (false)", "disagree", id="yes and no"),
        pytest.param("ALTER TABLE rampart_marker ADD target text DEFAULT 'billing'", "names billing", id="another"),
    ],
)
def test_marker_rows_that_disagree_are_refused_with_the_flag_as_well(lab, rows, said):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute(rows)
    with pytest.raises(NotReady, match=said):
        require_same_database(_target("", lab, seed=Seed(yes_this_database=True)), lab)


def test_a_marker_row_that_names_the_target_is_welcome(lab):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("ALTER TABLE rampart_marker ADD target text DEFAULT 'shop'")
    require_same_database(_target("", lab, seed=Seed(yes_this_database=True)), lab)


def test_the_lab_costs_nothing():
    target = Target(name="lab", url="", lab=True, marker=Marker())
    assert require_same_database(target, "host=127.0.0.1 port=1") == "the lab's own"


def test_a_growth_is_refused_before_its_first_row_and_says_which_database_and_how_much(lab, tmp_path, capsys):
    file = tmp_path / "target.toml"
    file.write_text(f'name = "shop"\nurl = "http://127.0.0.1:1"\npostgres = "{lab}"\n[seed]\nseeder = "lab"\n')

    def seed(*words: str) -> tuple[int, str]:
        code = main.main(["seed", "--target", str(file), "--tenants", "3", *words])
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    code, said = seed()
    assert code == ExitCode.NOT_READY and "127.0.0.1:1/ does not answer" in said
    assert "the database is lab_" in said and "as postgres" in said
    with psycopg.connect(lab) as connection:
        assert connection.execute("SELECT count(*) FROM tenants").fetchone() == (0,)
    code, said = seed("--yes-this-database")
    assert code == ExitCode.DONE and "3 tenants are coming:" in said and "MB and" in said
    with psycopg.connect(lab) as connection:
        query = "SELECT value->>'database' FROM rampart_seed WHERE kind = 'level'"
        assert connection.execute(query).fetchone() == ("--yes-this-database says so",)
    assert seed()[0] == ExitCode.DONE  # nothing is grown, so nothing is asked


def test_a_growth_asks_once_and_not_where_nothing_comes(lab):
    asked: list[int] = []

    def sure() -> str:
        asked.append(1)
        return "seen"

    for _ in range(2):
        grow(find("lab"), lab, 2, 1, lambda *_: None, sure=sure)
    assert len(asked) == 1
