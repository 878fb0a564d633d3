"""What a rehearsal copies, what it leaves behind, and what it refuses in place of the growth."""

from __future__ import annotations

import psycopg
import pytest
from multiplying import ask, catalog, content, grown, grown_and_taken_back, refused, value

from rampart.errors import NotReady
from seeders.multiply import _rehearsal
from seeders.multiply.multiply import Request, multiply, outlook, rehearse

# The second tenant is the smallest; it has no letters, and no files below letters.
TENANTS = """CREATE TABLE tenants (id int PRIMARY KEY, name text);
    CREATE TABLE notes (id serial PRIMARY KEY, tenant int REFERENCES tenants, again int REFERENCES notes);
    CREATE TABLE letters (id serial PRIMARY KEY, tenant int REFERENCES tenants, note int REFERENCES notes);
    CREATE TABLE files (id serial PRIMARY KEY, letter int REFERENCES letters);
    INSERT INTO tenants VALUES (1, 'large'), (2, 'small'), (3, 'middle');
    INSERT INTO notes (tenant) SELECT 1 + (n % 10 > 7)::int + (n % 10 > 8)::int FROM generate_series(1, 40) n;
    UPDATE notes SET again = id; INSERT INTO letters (tenant, note) SELECT tenant, id FROM notes WHERE tenant <> 2;
    INSERT INTO files (letter) SELECT id FROM letters, generate_series(1, 3);"""


def test_the_smallest_tenant_is_copied_and_a_row_of_each_table_that_it_lacks(schema):
    made = schema(TENANTS)
    rehearsal = rehearse(made, Request(30))
    assert rehearsal is not None
    # As the first copy and as the last: the small tenant and its 4 notes, a file of another with all that it hangs on.
    assert rehearsal.rows == {"public.tenants": 4, "public.notes": 10, "public.letters": 2, "public.files": 2}
    assert (rehearsal.tenants, rehearsal.references, rehearsal.sequences) == (30, 5, {})


def test_there_is_nothing_to_rehearse_where_there_are_as_many_tenants_already(schema):
    assert rehearse(schema(TENANTS), Request(3)) is None


def test_a_sequence_that_a_rehearsal_draws_from_is_told_and_a_dry_run_draws_from_none(schema):
    made = schema(f"""{TENANTS} CREATE SEQUENCE drawn; SELECT nextval('drawn');
        CREATE TABLE tickets (tenant int REFERENCES tenants, CHECK (tenant > 0 AND nextval('drawn') > 0));
        CREATE FUNCTION draws(int) RETURNS boolean LANGUAGE sql AS $$ SELECT nextval('drawn') > $1 - 999 $$;
        CREATE TABLE seats (tenant int REFERENCES tenants, CHECK (draws(tenant)));
        INSERT INTO tickets VALUES (1), (2); INSERT INTO seats VALUES (1)""")  # fmt: skip
    before = value(made, "SELECT last_value FROM drawn")
    outlook(made, Request(30))
    assert value(made, "SELECT last_value FROM drawn") == before
    rehearsal = rehearse(made, Request(30))
    assert rehearsal is not None
    assert rehearsal.sequences == {"public.drawn": (before, value(made, "SELECT last_value FROM drawn"))}


@pytest.mark.parametrize("lock", ["letters IN SHARE MODE", "files IN ACCESS EXCLUSIVE MODE"])
def test_a_lock_is_waited_for_a_short_while_only(schema, monkeypatch, lock):
    monkeypatch.setattr(_rehearsal, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr("seeders.database.connect.LOCK_TIMEOUT", "100ms")
    made = schema(TENANTS)
    with psycopg.connect(made) as other:
        other.execute(f"LOCK TABLE {lock}".encode())
        for again in (rehearse, lambda *words: multiply(*words, lambda _share, _text: None)):
            with pytest.raises(NotReady, match="lock was not granted in time"):
                again(made, Request(30))
    assert grown(made, 30)["tenants"] == 30


def test_who_may_not_still_the_triggers_is_refused_before_the_first_row(owned):
    made = owned(f"""{TENANTS} CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER put BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION put();""")  # fmt: skip
    admin = made.replace("user=landlord", "user=postgres")
    ask(admin, """DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO guest', current_database()); END $$;
        GRANT ALL ON ALL TABLES IN SCHEMA public TO guest; GRANT CREATE ON SCHEMA public TO guest;
        GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO guest""")  # fmt: skip
    guest = made.replace("user=landlord", "user=guest")
    refused(guest, "must be owner of", planned=False)


def test_nothing_is_left_of_a_rehearsal_that_is_cut_off(schema, monkeypatch):
    made = schema(TENANTS)
    before, defined = content(made), catalog(made)

    def cut(*_: object) -> None:
        ask(made, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rampart-seed'")

    monkeypatch.setattr(_rehearsal, "_put_back", cut)
    with pytest.raises(NotReady, match="went away"):
        rehearse(made, Request(30))
    monkeypatch.undo()
    assert (content(made), catalog(made)) == (before, defined)
    assert grown_and_taken_back(made, 30)["tenants"] == 30
