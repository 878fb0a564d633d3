"""What was there before a remedy is never taken away by its undo: refused beforehand, or made again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conductor.console import Console
from conductor.experiment.journal import in_force
from conductor.experiment.journalled import Journalled, journalled
from conductor.experiment.remedies import CommandRemedy
from rampart.config import RemedyCommands, Target
from rampart.errors import Incomplete, NotReady
from seeders.database.inventory import look
from tests.integration.conductor.staging import SQL, sql
from tests.integration.conftest import Database
from tests.planted.thin import finding

FINDING = finding("missing-index", resource="public.orders (account)", endpoint="GET /orders")


@pytest.fixture(autouse=True)
def staging(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("REMEDY_DSN", database.conninfo())
    monkeypatch.chdir(tmp_path)
    Path("sql.py").write_text(SQL)
    with database.connect() as connection:
        connection.execute("CREATE TABLE orders (id int, account int, CONSTRAINT positive CHECK (id > 0))")
        connection.execute("CREATE INDEX mine ON orders (account)")


def remedy(database: Database, apply: str, undo: str) -> Journalled:
    commands = RemedyCommands("missing-index", apply, undo, deadline_s=20)
    target = Target("shop", "http://127.0.0.1:1", disposable=True, postgres=database.conninfo(), remedies=(commands,))
    return journalled(CommandRemedy(target, commands), Path.cwd(), target, FINDING, Console())


@pytest.mark.parametrize(
    ("apply", "undo", "named"),
    [
        ("CREATE INDEX IF NOT EXISTS mine ON orders (account)", "DROP INDEX CONCURRENTLY mine", "index public.mine"),
        ("CREATE INDEX mine ON orders (account)", "drop index if exists other, public.MINE cascade", "public.mine"),
        ("SELECT 1", "ALTER TABLE orders DROP CONSTRAINT positive", "positive"),
        ("ALTER ROLE shop SET jit = off", "ALTER ROLE shop RESET jit", "jit of shop"),
    ],
)
def test_an_undo_that_would_take_it_away_is_refused(database: Database, apply: str, undo: str, named: str) -> None:
    with database.connect() as connection:
        connection.execute("ALTER ROLE shop SET jit = on")
        before = look(database.conninfo())
        try:
            with pytest.raises(NotReady, match="takes away what is there already") as caught:
                remedy(database, sql(apply), sql(undo))
            assert named in caught.value.why and look(database.conninfo()) == before
        finally:
            connection.execute("ALTER ROLE shop RESET ALL")


def test_a_script_of_the_undo_is_read_as_well(database: Database) -> None:
    Path("undo.sql").write_text("-- puts back\nDROP INDEX mine;\n")
    with pytest.raises(NotReady, match="takes away what is there already"):
        remedy(database, sql("SELECT 1"), f"{sys.executable} -m psql -f undo.sql")


def test_others_of_the_same_setting_or_a_new_name_are_no_reason_to_refuse(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("ALTER ROLE watcher SET jit = on")
        try:
            remedy(database, sql("ALTER ROLE shop SET jit = off"), sql("ALTER ROLE shop RESET jit"))
            remedy(database, sql("CREATE INDEX mine_2 ON orders (id)"), sql("DROP INDEX mine_2"))
        finally:
            connection.execute("ALTER ROLE watcher RESET ALL")


@pytest.mark.parametrize("taken", ["D-R-O-P INDEX mine", "ALTER TABLE orders D-R-O-P CONSTRAINT positive"])
def test_what_an_undo_takes_away_that_nobody_could_read_is_made_again(
    database: Database, taken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = look(database.conninfo())
    one = remedy(database, sql("SELECT 1"), sql(taken))
    one.mend()
    one.undo()
    assert look(database.conninfo()) == before
    assert "the undo took away what was there before the remedy" in capsys.readouterr().err
    assert list(in_force()) == []


def test_an_undo_that_leaves_the_remedy_is_told_and_stays_in_the_journal(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    one = remedy(database, sql("CREATE INDEX by_id ON orders (id)"), sql("SELECT 1"))
    one.mend()
    one.undo()
    assert "not as it was before the remedy: index public.by_id" in capsys.readouterr().err
    (left,) = in_force()
    assert left.entry.changed == ("index public.by_id",) and left.entry.alive


def test_nothing_is_applied_that_could_not_be_written_down(database: Database, tmp_path: Path) -> None:
    one = remedy(database, "touch applied", "rm applied")
    (tmp_path / "state").write_text("no folder")
    with pytest.raises(NotReady, match="so nothing was changed"):
        one.mend()
    assert not Path("applied").exists() and not one.in_force


def test_it_is_on_disk_before_it_is_applied_and_again_each_time(database: Database) -> None:
    probe = f"{sys.executable} -c \"import shutil; shutil.copy('remedy.json', 'seen.json')\""
    one = remedy(database, probe, probe)
    for _ in range(2):
        one.mend()
        assert '"state": "applying"' in Path("seen.json").read_text()
        assert next(Path("state/rampart/remedies").glob("*.json")).stat().st_mode & 0o077 == 0
        one.undo()
        assert '"state": "undoing"' in Path("seen.json").read_text()
        assert '"state": "undone"' in Path("remedy.json").read_text() and list(in_force()) == []


def test_an_apply_that_fails_half_way_is_still_in_the_journal(database: Database) -> None:
    one = remedy(database, "false", "true")
    with pytest.raises(Incomplete):
        one.mend()
    assert one.in_force and len(list(in_force())) == 1
    one.undo()
    assert list(in_force()) == []
