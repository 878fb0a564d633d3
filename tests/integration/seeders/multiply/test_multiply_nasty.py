"""Everything that makes copying rows hard, in one schema; the server itself says afterwards that all of it holds."""

from __future__ import annotations

import psycopg
import pytest
from multiplying import ask, catalog, content, kill_after, multiplied, prove, request, value

from rampart.errors import Incomplete, NotReady, UsageError
from seeders.database import connect
from seeders.multiply.multiply import DEFAULT_MARKER, Request, multiply, outlook, remove

SOME = 62  # 3 tenants and 19 rounds of them, and two tenants of one more


def test_every_kind_of_table_is_copied_and_everything_holds(nasty):
    done = multiplied(nasty, SOME)
    assert (done.tenants, done.rows_added > 5000) == (SOME, True)
    assert prove(nasty) == done.references
    counts = {table: count for table, (count, _) in content(nasty).items()}
    assert (counts["app.orgs"], counts["app.slots"]) == (SOME, 4 * SOME)
    assert counts["app.folders"] == counts["app.documents"] == 9 * SOME
    # The first two tenants have one more copy than the third; 40 of 120 events are each tenant's.
    assert counts["app.profiles"] == 2 * 21 and counts["billing.invoices"] == 5 * SOME
    assert sum(n for table, n in counts.items() if ".events" in table) == 40 * SOME
    assert (counts['"Ref"."Countries"'], counts["app.news"], counts["app.fired"]) == (2, 1, 0)


def test_references_stay_inside_the_tenant(nasty):
    multiplied(nasty, SOME)
    stray = """SELECT count(*) FROM app.orgs o JOIN billing.invoices i ON i.id = o.favourite
               JOIN billing.accounts a ON a.id = i.account WHERE a.org <> o.id"""
    assert value(nasty, stray) == 0
    assert value(nasty, "SELECT count(*) FROM app.orgs WHERE parent IS NOT NULL") == 21
    previous = """SELECT count(*) FROM billing.invoices i JOIN billing.invoices p ON p.id = i.previous
                  WHERE p.account = i.account"""
    assert value(nasty, previous) == 4 * SOME


def test_a_row_that_hangs_on_two_tenants_is_copied_once_in_each_round(nasty):
    multiplied(nasty, SOME)
    across = """SELECT count(*) FROM app.links l JOIN app.documents s ON s.path = source
                JOIN app.documents t ON t.path = target WHERE s.org <> t.org"""
    assert value(nasty, across) == 21


def test_values_are_kept_but_where_they_must_be_unique(nasty):
    multiplied(nasty, SOME, fakes={"people.phone": "phone_number"})
    assert ask(nasty, "SELECT DISTINCT tags, settings FROM app.orgs WHERE slug LIKE 'acme%'") == [
        (["a", "b"], {"k": [1]})
    ]
    assert value(nasty, "SELECT count(DISTINCT lower(email)) - count(*) FROM app.people") == 0
    assert value(nasty, "SELECT count(*) FROM app.people WHERE email NOT LIKE '%@example.com'") == 8
    assert value(nasty, "SELECT count(DISTINCT phone) > 50 FROM app.people")
    assert value(nasty, "SELECT count(*) FROM app.people WHERE phone LIKE '0_' ") == 8
    assert value(nasty, "SELECT count(DISTINCT host) FROM app.orgs WHERE host LIKE '%.example.org'") == 21 + 20


def test_a_tree_stays_a_tree(nasty):
    multiplied(nasty, SOME)
    # Every page but the first hangs below one of its own tenant or below the first, with as many children as it says.
    orphans = """SELECT count(*) FROM app.pages c WHERE depth > 1 AND NOT EXISTS (
                 SELECT FROM app.pages p WHERE p.path = left(c.path, -4) AND (p.org = c.org OR p.depth = 1))"""
    assert value(nasty, orphans) == 0
    children = "SELECT count(*) FROM app.pages c WHERE c.depth = p.depth + 1 AND starts_with(c.path, p.path)"
    assert value(nasty, f"SELECT count(*) FROM app.pages p WHERE depth > 1 AND numchild <> ({children})") == 0
    assert value(nasty, "SELECT count(*) FROM app.pages WHERE length(path) = 4 * depth") == 1 + 21 * 4 + 21 * 2 + 20


def test_each_copy_of_a_nested_set_is_a_tree_of_its_own(nasty):
    multiplied(nasty, 20)
    multiplied(nasty, SOME)
    trees = """SELECT count(*), bool_and(orgs = 1 AND roots = 1 AND low = '{1,2,3}' AND high = '{4,5,6}') FROM (
               SELECT count(DISTINCT org) AS orgs, count(*) FILTER (WHERE parent IS NULL) AS roots,
               array_agg(lft ORDER BY lft) AS low, array_agg(rght ORDER BY rght) AS high
               FROM app.sections GROUP BY tree_id) t"""
    assert ask(nasty, trees) == [(2 * 21 + 21 + 20, True)]
    stray = "SELECT count(*) FROM app.sections c JOIN app.sections p ON p.id = c.parent WHERE c.tree_id <> p.tree_id"
    assert value(nasty, stray) == 0


def test_a_part_of_a_nested_set_is_not_copied(nasty):
    ask(nasty, "INSERT INTO app.sections (lft, rght, level, tree_id) VALUES (7, 8, 0, 12)")
    with pytest.raises(UsageError, match="1 of the 13 rows of the same trees belong to no tenant"):
        multiplied(nasty, SOME)
    assert multiplied(nasty, SOME, without=("app.sections",)).tenants == SOME


def test_sequences_end_where_the_last_copy_is(nasty):
    multiplied(nasty, SOME)
    for table, sequence in (
        ("app.orgs", "app.orgs_id_seq"),
        ("app.vaults", "app.vaults_id_seq"),
        ("app.alarms", "app.alarm_numbers"),
        ("billing.invoices", "billing.invoices_id_seq"),
    ):
        assert 0 < value(nasty, f"SELECT nextval('{sequence}') - max(id) FROM {table}") <= 100


def test_triggers_are_still_and_as_they_were_before(nasty, bulk):
    before = catalog(nasty)
    assert multiplied(nasty, SOME).mode.startswith("bulk")
    assert catalog(nasty) == before
    assert value(nasty, "SELECT count(*) FROM app.fired") == 0


def test_growing_twice_is_growing_once(nasty):
    multiplied(nasty, 20)
    there = ask(nasty, "SELECT id, slug::text, favourite FROM app.orgs ORDER BY id")
    assert multiplied(nasty, SOME).tenants == SOME
    assert ask(nasty, "SELECT id, slug::text, favourite FROM app.orgs ORDER BY id")[:20] == there
    assert multiplied(nasty, 30).rows_added == 0
    prove(nasty)


def test_removal_leaves_every_other_row_byte_for_byte(nasty):
    before, schema = content(nasty), catalog(nasty)
    multiplied(nasty, 20)
    multiplied(nasty, SOME)
    ask(nasty, "INSERT INTO app.notes SELECT max(id), 'written by the application' FROM app.orgs")
    ask(nasty, "DELETE FROM app.fired")
    removal = remove(nasty, DEFAULT_MARKER)
    assert (removal.tenants, removal.rows["app.notes"]) == (SOME - 3, 10 * (SOME - 3) + 1)
    assert (content(nasty), catalog(nasty)) == (before, schema)
    assert ask(nasty, "SELECT to_regclass('rampart_seed'), to_regnamespace('rampart_multiply')") == [(None, None)]
    assert remove(nasty, DEFAULT_MARKER).tenants == 0


@pytest.mark.parametrize("reports", [2, 5, 10])
def test_killed_at_any_moment_it_goes_on_from_there(another, reports):
    undisturbed, killed = another(), another()
    multiplied(undisturbed, SOME)
    assert kill_after(killed, SOME, reports)
    assert "resumed" in multiplied(killed, SOME).mode
    assert (content(killed), catalog(killed)) == (content(undisturbed), catalog(undisturbed))


def test_what_a_killed_growth_has_left_is_removed(nasty, bulk):
    before, schema = content(nasty), catalog(nasty)
    kill_after(nasty, SOME, 5)
    assert remove(nasty, DEFAULT_MARKER).tenants > 0
    assert (content(nasty), catalog(nasty)) == (before, schema)


@pytest.mark.parametrize("rows", [100, 1_000_000])
def test_the_owner_of_the_tables_needs_no_superuser(server, nasty, rows, monkeypatch):
    from_here = "seeders.database.bulk.BULK_ROWS"
    monkeypatch.setattr(from_here, rows)
    name = nasty.split("dbname=")[1]
    ask(nasty, f"""DO $$ BEGIN CREATE ROLE shopkeeper LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                   GRANT CREATE ON DATABASE {name} TO shopkeeper;
                   GRANT CREATE ON SCHEMA public TO shopkeeper""")  # fmt: skip
    for kind, things in (("TABLE", "SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p')"),
                         ("SCHEMA", "SELECT oid::regnamespace FROM pg_namespace")):  # fmt: skip
        where = "AND relnamespace" if kind == "TABLE" else "WHERE oid"
        query = f"{things} {where} IN (SELECT oid FROM pg_namespace WHERE nspname IN ('app', 'billing', 'Ref'))"
        for (thing,) in ask(nasty, f"SELECT format('ALTER {kind} %s OWNER TO shopkeeper', one) FROM ({query}) q(one)"):
            ask(nasty, thing)
    ask(nasty, "GRANT SELECT ON rampart_marker TO shopkeeper; ALTER SEQUENCE app.alarm_numbers OWNER TO shopkeeper")
    before, schema = content(nasty), catalog(nasty)
    owner = nasty.replace("user=postgres", "user=shopkeeper")
    assert multiplied(owner, SOME).tenants == SOME
    assert catalog(nasty) == schema and value(nasty, "SELECT count(*) FROM app.fired") == 0
    prove(nasty)
    assert remove(owner, DEFAULT_MARKER).tenants == SOME - 3
    assert content(nasty) == before


def test_a_dry_run_says_the_rows_exactly_and_writes_nothing(nasty):
    before, schema = content(nasty), catalog(nasty)
    would = outlook(nasty, request(SOME))
    assert (content(nasty), catalog(nasty)) == (before, schema)
    assert sum(would.rows.values()) == multiplied(nasty, SOME).rows_added
    assert set(would.shared) == {"Ref.Countries", "Ref.plans"} and "app.vaults" in would.along
    assert would.renewed["app.orgs.host"] == ("acme.example.org", "c0-acme.example.org")


@pytest.mark.parametrize(
    ("change", "asked", "said"),
    [
        ("DROP TABLE rampart_marker", {}, "does not say that it may be seeded"),
        ("", {"root": "app.orgz"}, "no table app.orgz.*Did you mean 'app.orgs'"),
        ("", {"tenants": 90_000, "given": {"app.orgs.code": "NULL"}}, "billing.accounts.id cannot hold 90,"),
        ("", {"where": "false"}, "nothing to multiply"),
        ("", {"fakes": {"app.members.org": "name"}}, "it is a part of a foreign key"),
        ("", {"fakes": {"people.phone": "fone"}}, "Faker cannot make"),
        ("ALTER TABLE app.orgs ADD ok boolean UNIQUE; UPDATE app.orgs SET ok = true WHERE id = 1", {}, "ok_key.*--set"),
        ("ALTER TABLE app.orgs ADD CHECK (code <> 'AC20')", {"tenants": 90}, "no new values for app.orgs.code"),
        ("ALTER TABLE app.folders ADD CONSTRAINT x CHECK (org < 1030)", {"tenants": SOME}, "would refuse.*x, CHECK"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_the_first_row(nasty, change, asked, said):
    ask(nasty, change or "SELECT 1")
    before = content(nasty)
    wanted = {"tenants": 10, "root": "app.orgs", "along": ("app.people",), **asked}
    with pytest.raises((UsageError, NotReady), match=said):
        multiply(nasty, Request(**wanted), lambda _share, _text: None)
    assert content(nasty) == before


def test_a_column_that_nothing_can_renew_is_given_its_values(nasty):
    ask(nasty, "ALTER TABLE app.orgs ADD ok boolean; CREATE UNIQUE INDEX only_one ON app.orgs (ok)")
    assert multiplied(nasty, 5, given={"app.orgs.ok": "NULL"}).tenants == 5


def test_a_lock_that_another_session_holds_ends_the_wait(nasty, bulk, monkeypatch):
    monkeypatch.setattr(connect, "LOCK_TIMEOUT", "200ms")
    with psycopg.connect(nasty) as other:
        other.execute("LOCK TABLE app.documents IN ROW SHARE MODE")
        with pytest.raises(Incomplete, match="a lock was not granted in time"):
            multiplied(nasty, SOME)
    assert "resumed" in multiplied(nasty, SOME).mode
    prove(nasty)


def test_a_copy_that_is_refused_leaves_the_schema_as_it_was_and_can_be_taken_back(nasty, bulk):
    before, schema = content(nasty), catalog(nasty)
    few = []

    def migrate(_share: float, text: str) -> None:
        if text.endswith(" rows") and not few:
            few.append(ask(nasty, "ALTER TABLE app.folders ADD CONSTRAINT few CHECK (org < 1000) NOT VALID"))

    with pytest.raises(Incomplete, match=r'folders refuses a copy.*"few"'):
        multiply(nasty, request(SOME), migrate)
    ask(nasty, "ALTER TABLE app.folders DROP CONSTRAINT few")
    assert catalog(nasty) == schema
    remove(nasty, DEFAULT_MARKER)
    assert content(nasty) == before


def test_a_lost_connection_is_said_and_what_was_committed_is_kept(nasty):
    def cut(_share: float, text: str) -> None:
        if text.endswith(" rows"):
            ask(nasty, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rampart-seed'")

    with pytest.raises(Incomplete, match=r"went away.*goes on from there"):
        multiply(nasty, request(SOME), cut)
    assert multiplied(nasty, SOME).tenants == SOME
    prove(nasty)


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_key_that_the_application_doubles_while_its_index_is_off_is_found(nasty, bulk, taken_back):
    before, schema = content(nasty), catalog(nasty)

    def double(_share: float, text: str) -> None:
        if text == "building indexes" and value(nasty, "SELECT count(*) FROM app.vaults WHERE secret = 'twice'") == 0:
            ask(nasty, "INSERT INTO app.vaults SELECT max(id), 'twice' FROM app.vaults")

    with pytest.raises(Incomplete, match=r"do not hold together.*vaults_pkey.*duplicated"):
        multiply(nasty, request(SOME), double)
    if not taken_back:
        ask(nasty, "DELETE FROM app.vaults WHERE secret = 'twice'")
        assert multiplied(nasty, SOME).tenants == SOME
        assert catalog(nasty) == schema
        prove(nasty)
    remove(nasty, DEFAULT_MARKER)
    assert (content(nasty), catalog(nasty)) == (before, schema)


def test_primary_and_unique_keys_come_off_and_those_that_may_refuse_a_copy_stay(nasty, bulk):
    seen: set[str] = set()

    def look(_share: float, text: str) -> None:
        if text.endswith(" rows"):
            seen.update(name for (name,) in ask(nasty, "SELECT indexname FROM pg_indexes WHERE schemaname = 'app'"))

    schema = catalog(nasty)
    multiply(nasty, request(SOME), look)
    off = {"people_pkey", "vaults_pkey", "vaults_secret_key", "keyrings_vault_key", "members_pkey"}
    off |= {"orgs_slug_key", "documents_pkey"}  # of texts with a number of ours
    # A partitioned table refers to orgs, and its foreign keys are not taken off.
    stay = {"orgs_pkey", "orgs_shouted_key", "people_email", "events_pkey"}
    assert (seen & off, stay - seen) == (set(), set())
    assert catalog(nasty) == schema
