"""What the server adds to plain tables: inheritance, rules, row security, deferred constraints, checks on new keys."""

from __future__ import annotations

import pytest
from multiplying import ask, content, grown_and_taken_back, refused, value

TENANTS = """CREATE TABLE tenants (id serial PRIMARY KEY, name text);
             INSERT INTO tenants (name) VALUES ('one'), ('two');"""
FAMILIES = {
    "one sequence": """
        CREATE TABLE docs (id serial PRIMARY KEY, tenant int REFERENCES tenants, title text);
        CREATE TABLE invoices (cents int) INHERITS (docs); CREATE TABLE notes (body text) INHERITS (docs);
        INSERT INTO docs (tenant) SELECT 1 + n % 2 FROM generate_series(1, 4) n;
        INSERT INTO invoices (tenant) SELECT 1 + n % 2 FROM generate_series(1, 6) n;
        INSERT INTO notes (tenant) SELECT 1 + n % 2 FROM generate_series(1, 5) n""",
    "plain numbers, three deep": """
        CREATE TABLE docs (id int PRIMARY KEY, tenant int REFERENCES tenants);
        CREATE TABLE bills () INHERITS (docs); CREATE TABLE invoices () INHERITS (bills);
        INSERT INTO docs VALUES (1, 1), (2, 2); INSERT INTO bills VALUES (3, 1), (4, 2), (5, 2);
        INSERT INTO invoices SELECT 5 + n, 1 + n % 2 FROM generate_series(1, 10) n""",
    "partitions of old": """
        CREATE TABLE docs (id bigserial PRIMARY KEY, tenant int REFERENCES tenants, day date NOT NULL);
        CREATE TABLE docs_1 (CHECK (day < '2026-01-01')) INHERITS (docs);
        CREATE TABLE docs_2 (CHECK (day >= '2026-01-01'), PRIMARY KEY (id)) INHERITS (docs);
        CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.day < '2026-01-01' THEN INSERT INTO docs_1 VALUES (NEW.*); RETURN NULL; END IF;
            INSERT INTO docs_2 VALUES (NEW.*); RETURN NULL; END $$;
        CREATE TRIGGER put BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION put();
        INSERT INTO docs (tenant, day) SELECT 1 + n % 2, date '2025-12-25' + n FROM generate_series(1, 15) n""",
}


@pytest.mark.parametrize("kind", FAMILIES)
def test_tables_that_inherit_are_copied_with_keys_of_their_family(schema, kind):
    made = schema(f"{TENANTS} {FAMILIES[kind]}")
    seen = {}

    def look() -> None:
        seen["rows, and different ids"] = ask(made, "SELECT count(*), count(DISTINCT id) FROM docs")

    assert grown_and_taken_back(made, then=look)["docs"] == 45
    assert seen == {"rows, and different ids": [(45, 45)]}


ITEMS = f"""{TENANTS} CREATE TABLE items (id serial PRIMARY KEY, tenant int REFERENCES tenants, live boolean);
            CREATE TABLE log (item int); INSERT INTO items (tenant) SELECT 1 + n % 2 FROM generate_series(1, 6) n;"""
RULES = {
    "also": "CREATE RULE r AS ON INSERT TO items DO ALSO INSERT INTO log VALUES (NEW.id)",
    "instead": """CREATE RULE r AS ON INSERT TO items DO INSTEAD NOTHING;
                  CREATE RULE d AS ON DELETE TO items DO INSTEAD NOTHING""",
    "softly": "CREATE RULE r AS ON DELETE TO items DO INSTEAD UPDATE items SET live = false WHERE id = OLD.id",
    "always": """CREATE RULE r AS ON INSERT TO items DO ALSO INSERT INTO log VALUES (NEW.id);
                 ALTER TABLE items ENABLE ALWAYS RULE r""",
}


@pytest.mark.parametrize("role", ["schema", "owned"])
@pytest.mark.parametrize("kind", RULES)
def test_rules_are_still_and_as_they_were_before(kind, role, request):
    made = request.getfixturevalue(role)(f"{ITEMS} {RULES[kind]}")
    before = ask(made, "SELECT rulename, ev_enabled FROM pg_rewrite WHERE ev_class = 'items'::regclass ORDER BY 1")
    rows = grown_and_taken_back(made)
    assert (rows["items"], rows["log"]) == (18, 0)
    assert (
        ask(made, "SELECT rulename, ev_enabled FROM pg_rewrite WHERE ev_class = 'items'::regclass ORDER BY 1") == before
    )


SECURED = f"""{ITEMS} ALTER TABLE items ENABLE ROW LEVEL SECURITY;
              CREATE POLICY mine ON items USING (tenant = current_setting('app.tenant', true)::int);"""


def test_forced_row_security_is_refused_for_the_owner_and_no_matter_for_a_superuser(owned):
    made = owned(f"{SECURED} ALTER TABLE items FORCE ROW LEVEL SECURITY;")
    admin = made.replace("user=landlord", "user=postgres")
    before = content(admin)
    refusal = refused(
        made, "rows of public.items cannot be seen in full: row security is forced there for the role landlord"
    )
    assert "BYPASSRLS" in refusal.remedy and "ALTER TABLE public.items NO FORCE ROW LEVEL SECURITY;" in refusal.remedy
    assert content(admin) == before
    assert grown_and_taken_back(admin)["items"] == 18


def test_a_policy_for_another_role_is_refused_and_for_the_owner_no_matter(owned):
    made = owned(f"{SECURED} CREATE TABLE apart (n int); ALTER TABLE apart ENABLE ROW LEVEL SECURITY;")
    admin = made.replace("user=landlord", "user=postgres")
    assert grown_and_taken_back(made)["items"] == 18
    ask(admin, """DO $$ BEGIN CREATE ROLE lodger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                  GRANT ALL ON ALL TABLES IN SCHEMA public TO lodger; GRANT CREATE ON SCHEMA public TO lodger;
                  DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO lodger', current_database()); END $$
        """)  # fmt: skip
    lodger = made.replace("user=landlord", "user=lodger")
    assert "BYPASSRLS" in refused(lodger, "row security is in force there for the role lodger", root="tenants").remedy


def test_row_security_of_a_table_apart_hinders_no_removal(owned):
    made = owned(f"{ITEMS} CREATE TABLE apart (n int); ALTER TABLE apart ENABLE ROW LEVEL SECURITY;"
                 "ALTER TABLE apart FORCE ROW LEVEL SECURITY;")  # fmt: skip
    assert grown_and_taken_back(made)["items"] == 18


DEFERRED = f"""{TENANTS}
    CREATE TABLE steps (id serial PRIMARY KEY, tenant int NOT NULL REFERENCES tenants DEFERRABLE INITIALLY DEFERRED,
        place int, after int REFERENCES steps DEFERRABLE INITIALLY DEFERRED,
        UNIQUE (tenant, place) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE parts (id int, step int REFERENCES steps INITIALLY DEFERRED, code text,
        PRIMARY KEY (id, step) DEFERRABLE) PARTITION BY HASH (step);
    CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO steps (tenant, place) SELECT 1 + n % 2, n FROM generate_series(1, 6) n;
    UPDATE steps SET after = 7 - id;
    CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more steps'; END $$;
    CREATE CONSTRAINT TRIGGER few AFTER INSERT ON steps DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION few();"""


@pytest.mark.parametrize("role", ["schema", "owned"])
def test_what_is_deferred_holds_too(role, request):
    made = request.getfixturevalue(role)(DEFERRED)
    assert grown_and_taken_back(made)["steps"] == 18


# A room is one tenant's alone, and copies would hold the same rooms; deferrable checks are still during a growth.
ROOMS = """CREATE EXTENSION btree_gist; {}
           CREATE TABLE stays (tenant int REFERENCES tenants, room int, during int4range,
           EXCLUDE USING gist (room WITH =, tenant WITH <>) {});
           INSERT INTO stays SELECT 1 + n % 2, n % 2, int4range(n, n + 1) FROM generate_series(1, 6) n"""


@pytest.mark.parametrize("when", ["", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"])
def test_an_exclusion_that_copies_would_violate_is_refused(schema, when):
    made = schema(ROOMS.format(TENANTS, when))
    said = "copies would violate.*stays_room_tenant_excl: 9 rows" if when else "refuses a copy.*exclusion"
    refused(made, said, planned=False)


# The type and check of a key, and the keys of six rows.
KEYS = {
    "even numbers": ("int PRIMARY KEY CHECK (id % 2 = 0)", "2 * n"),
    "negative numbers": ("bigint PRIMARY KEY CHECK (id < 0)", "-n"),
    "a domain": ("fives PRIMARY KEY", "5 * n"),
    "cents": ("numeric(12, 2) PRIMARY KEY CHECK (id > 0)", "n + 0.25"),
    "version 7": ("uuid PRIMARY KEY CHECK (uuid_extract_version(id) = 7)", "uuidv7()"),
    "32 bytes": ("bytea UNIQUE CHECK (octet_length(id) = 32)", "sha256(n::text::bytea)"),
    "Mondays": ("date UNIQUE CHECK (extract(isodow FROM id) = 1)", "date '2026-01-05' + 7 * n"),
    "full hours": (
        "timestamptz PRIMARY KEY CHECK (date_trunc('hour', id) = id)",
        "timestamptz '2026-01-05' + n * interval '1 hour'",
    ),
    "addresses": ("inet PRIMARY KEY CHECK (family(id) = 4)", "inet '10.0.0.0' + n"),
    "texts": ("text PRIMARY KEY CHECK (id ~ '^[A-Z]{3}-[0-9]{4}$')", "'ABC-' || 1000 + n"),
    "with a generated key beside": (
        """int PRIMARY KEY, code text GENERATED ALWAYS AS ('C' || lpad(id::text, 4, '0')) STORED UNIQUE
           CHECK (length(code) = 5)""", "n",
    ),
}  # fmt: skip
THINGS = """{} CREATE DOMAIN fives AS int CHECK (VALUE > 0 AND VALUE % 5 = 0);
            CREATE TABLE things (tenant int REFERENCES tenants, id {});
            INSERT INTO things SELECT 1 + n % 2, {} FROM generate_series(1, 6) n"""


@pytest.mark.parametrize("kind", KEYS)
def test_new_keys_are_what_their_checks_allow(schema, kind):
    assert grown_and_taken_back(schema(THINGS.format(TENANTS, *KEYS[kind]))) == {"tenants": 6, "things": 18}


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("int PRIMARY KEY CHECK (id < 10)", "n", r"no new values for public.things.id.*id < 10"),
        ("date PRIMARY KEY CHECK (id < '2026-01-20')", "date '2026-01-05' + n", "no new values for public.things.id"),
        ("int PRIMARY KEY, CHECK (id < 100 * tenant AND tenant < 5)", "n", "things would refuse.*things_check"),
    ],
    ids=["numbers", "days", "of two columns"],
)  # fmt: skip
def test_a_check_that_refuses_every_way_is_told_before_the_first_row(schema, key, values, said):
    made = schema(THINGS.format(TENANTS, key, values))
    refused(made, said)
    assert value(made, "SELECT count(*) FROM tenants") == 2


def test_a_value_that_only_the_last_copy_makes_too_long_is_refused_by_the_rehearsal(schema):
    made = schema(THINGS.format(TENANTS, "int PRIMARY KEY, code varchar(3) GENERATED ALWAYS AS (id) STORED", "n + 985"))
    refused(made, "value too long for type character varying", planned=False)
