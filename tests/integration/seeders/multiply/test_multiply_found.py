"""What public schemas have shown: small forms of what once went wrong with one of them."""

from __future__ import annotations

from multiplying import grown_and_taken_back, refused, value

from seeders.multiply.multiply import Request, outlook

TENANTS = """CREATE TABLE tenants (id serial PRIMARY KEY, name text);
             INSERT INTO tenants (name) VALUES ('one'), ('two');"""


def test_a_reference_to_a_copied_table_that_is_empty_stays_null(schema):
    made = schema(f"""{TENANTS} CREATE TABLE plans (id serial PRIMARY KEY, tenant int REFERENCES tenants);
        CREATE TABLE users (id serial PRIMARY KEY, tenant int REFERENCES tenants, plan int REFERENCES plans);
        INSERT INTO users (tenant) SELECT 1 + n % 2 FROM generate_series(1, 6) n""")  # fmt: skip
    assert grown_and_taken_back(made) == {"tenants": 6, "plans": 0, "users": 18}


# The server writes the predicate as (ARRAY['a'::character varying, …])::text[], and reads that as something else.
STATES = "WHERE state IN ('new', 'old')"


def test_an_index_that_would_come_back_otherwise_stays_in_place(schema, bulk):
    made = schema(f"""{TENANTS}
        CREATE TABLE jobs (id serial PRIMARY KEY, tenant int REFERENCES tenants, state varchar, place int);
        CREATE INDEX ON jobs (state) {STATES}; CREATE UNIQUE INDEX ON jobs (id, place) {STATES};
        CREATE INDEX plain ON jobs (place) WHERE place > 3; CREATE INDEX ON jobs ((place::text));
        INSERT INTO jobs (tenant, state, place)
            SELECT 1 + n % 2, 'new', n FROM generate_series(1, 60) n""")  # fmt: skip
    assert outlook(made, Request(20)).mode.startswith("bulk")
    assert grown_and_taken_back(made, 20)["jobs"] == 600


def test_a_key_that_covers_no_source_row_needs_no_new_values(schema):
    made = schema(f"""{TENANTS}
        CREATE TABLE apps (id serial PRIMARY KEY, tenant int REFERENCES tenants, settings jsonb, main boolean);
        CREATE UNIQUE INDEX domain ON apps ((settings -> 'domain'));
        CREATE UNIQUE INDEX main ON apps (main) WHERE main;
        INSERT INTO apps (tenant, settings, main)
            VALUES (1, '{{}}', false), (2, NULL, NULL), (2, '{{"a": 1}}', false)""")  # fmt: skip
    assert grown_and_taken_back(made) == {"tenants": 6, "apps": 9}


def test_such_a_key_that_covers_one_is_refused(schema):
    made = schema(f"""{TENANTS} CREATE TABLE apps (tenant int REFERENCES tenants, settings jsonb);
        CREATE UNIQUE INDEX domain ON apps ((settings -> 'domain'));
        INSERT INTO apps VALUES (1, '{{}}'), (2, '{{"domain": "a.example.org"}}')""")  # fmt: skip
    refused(made, "domain of public.apps cannot be renewed")


def test_columns_with_their_table_s_prefix_and_bare_names_are_found_and_generic_ones_are_not(schema):
    made = schema("""CREATE TABLE page (page_id serial PRIMARY KEY, page_title text);
        CREATE TABLE revision (rev_id serial PRIMARY KEY, rev_page int, rev_size int);
        CREATE TABLE slots (slot_revision int, slot_role int);
        CREATE TABLE views (page int, id int);
        CREATE TABLE rights (id int REFERENCES page, level int);
        CREATE TABLE conditions (conditionid serial PRIMARY KEY);
        INSERT INTO page (page_title) VALUES ('a'), ('b'); INSERT INTO conditions VALUES (1), (2);
        INSERT INTO rights VALUES (1, 1), (2, 1); INSERT INTO views VALUES (1, 2), (2, 1);
        INSERT INTO revision (rev_page, rev_size) VALUES (1, 9), (2, 9); INSERT INTO slots VALUES (1, 1), (2, 2);
        CREATE TABLE page_condition (page_conditionid int PRIMARY KEY REFERENCES page);
        INSERT INTO page_condition VALUES (1), (2)""")  # fmt: skip
    found = {one.link for one in outlook(made, Request(6, root="page")).unlinked}
    assert found == {"revision.rev_page=page.page_id", "slots.slot_revision=revision.rev_id", "views.page=page.page_id"}
    assert value(made, "SELECT count(*) FROM page") == 2
