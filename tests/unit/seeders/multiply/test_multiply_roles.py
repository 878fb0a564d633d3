"""What is copied, taken along, shared and renewed, decided from tables and references alone."""

from __future__ import annotations

import pytest

from rampart.errors import UsageError
from seeders.multiply._guess_root import guess_root
from seeders.multiply._roles import Roles, Wish, roles_of
from seeders.multiply._schema import Reference, Schema, SchemaColumn, SchemaTable, UniqueKey, mentioned
from seeders.multiply._table_order import parents_first

NAMES = {"orgs": 1, "users": 2, "members": 3, "plans": 4, "vaults": 5, "posts": 6}


def table(name: str, columns: str, *keys: str) -> SchemaTable:
    """Columns as "id:int8 title:text"; the first of the keys ("org,nr") is the primary one."""
    kinds = dict(word.split(":") for word in columns.split())
    made = {
        column: SchemaColumn(column, number, kind, kind, "S" if kind == "text" else "N", None, None, None)
        for number, (column, kind) in enumerate(kinds.items(), 1)
    }
    uniques = [
        UniqueKey(key, tuple(key.split(",")), "unique" if number else "primary", True, False)
        for number, key in enumerate(keys)
    ]
    return SchemaTable(NAMES[name], "public", name, False, made, tuple(uniques), ())


def refers(child: str, columns: str, parent: str, target: str = "id") -> Reference:
    return Reference(f"{child}_{columns}", NAMES[child], tuple(columns.split(",")), NAMES[parent],
                     tuple(target.split(",")), True)  # fmt: skip


def schema(tables: list[SchemaTable], *references: Reference) -> Schema:
    return Schema({one.oid: one for one in tables}, references)


ORGS = table("orgs", "id:int4 slug:text plan:int4", "id", "slug")
PLANS = table("plans", "id:int4 title:text", "id", "title")
USERS = table("users", "id:int8 email:text", "id", "email")
MEMBERS = table("members", "org:int4 user:int8 role:text", "org,user")
SAAS = schema([ORGS, PLANS, USERS, MEMBERS], refers("orgs", "plan", "plans"), refers("members", "org", "orgs"),
              refers("members", "user", "users"))  # fmt: skip


def copied(roles: Roles) -> set[str]:
    return {roles.schema.tables[oid].name for oid in roles.copied}


def test_what_hangs_on_the_root_is_copied_and_what_it_refers_to_is_shared():
    roles = roles_of(SAAS, Wish(NAMES["orgs"]))
    assert copied(roles) == {"orgs", "members"}
    assert set(roles.shared) == {NAMES["plans"], NAMES["users"]}
    assert roles.renewed == {(1, "id"), (1, "slug")}
    assert [one.parent for one in roles.chains[3, "org"]] == [1] and (3, "user") not in roles.chains


def test_a_table_taken_along_is_renewed_too():
    roles = roles_of(SAAS, Wish(NAMES["orgs"], along=frozenset({NAMES["users"]})))
    assert copied(roles) == {"orgs", "members", "users"}
    assert {(2, "id"), (2, "email")} <= roles.renewed and roles.chains[3, "user"]


def test_a_table_left_out_is_not_copied():
    assert copied(roles_of(SAAS, Wish(NAMES["orgs"], without=frozenset({NAMES["members"]})))) == {"orgs"}


def test_a_one_to_one_parent_must_come_along():
    vaults = table("vaults", "id:int8", "id")
    posts = table("posts", "id:int8 org:int4 vault:int8", "id", "vault")
    forced = schema([ORGS, vaults, posts], refers("posts", "org", "orgs"), refers("posts", "vault", "vaults"))
    roles = roles_of(forced, Wish(NAMES["orgs"]))
    assert roles.along == {NAMES["vaults"]} and (5, "id") in roles.renewed


def test_a_number_within_the_tenant_is_kept():
    posts = table("posts", "org:int4 nr:int4 after:int4", "org,nr")
    counted = schema([ORGS, posts], refers("posts", "org", "orgs"), refers("posts", "org,after", "posts", "org,nr"))
    roles = roles_of(counted, Wish(NAMES["orgs"]))
    assert roles.renewed == {(1, "id"), (1, "slug")}
    assert (6, "nr") not in roles.chains and (6, "after") not in roles.chains


def test_a_key_of_a_shared_table_alone_cannot_be_renewed_by_itself():
    posts = table("posts", "id:int8 org:int4 plan:bool", "id", "plan")
    with pytest.raises(UsageError, match=r"plan of public.posts cannot be renewed.*--set"):
        roles_of(schema([ORGS, posts], refers("posts", "org", "orgs")), Wish(NAMES["orgs"]))


def test_parents_come_first_and_a_cycle_before_what_hangs_on_it():
    vaults, posts = table("vaults", "id:int8 org:int4", "id"), table("posts", "id:int8 org:int4", "id")
    orgs = table("orgs", "id:int4 vault:int8", "id")
    ring = schema([posts, vaults, orgs], refers("orgs", "vault", "vaults"), refers("vaults", "org", "orgs"),
                  refers("posts", "org", "orgs"))  # fmt: skip
    assert parents_first(ring, {1, 5, 6}, 1) == (1, 5, 6)
    assert parents_first(ring, {1, 5, 6}, 5) == (5, 1, 6)


def test_the_root_is_guessed_by_what_hangs_on_it_or_by_its_name():
    deep = schema([ORGS, MEMBERS, table("posts", "id:int8", "id")], refers("members", "org", "orgs"),
                  refers("posts", "id", "members", "org"))  # fmt: skip
    assert guess_root(deep).name == "orgs"
    assert guess_root(SAAS).name == "orgs"  # users and plans have as many below them, but only one is called so
    with pytest.raises(UsageError, match="no table hangs on another"):
        guess_root(schema([ORGS, PLANS]))
    unnamed = schema([USERS, PLANS, table("posts", "id:int8", "id")], refers("posts", "id", "users"),
                     refers("posts", "id", "plans"))  # fmt: skip
    with pytest.raises(UsageError, match=r"public.plans \(1 tables hang on it\), public.users"):
        guess_root(unnamed)


def test_columns_are_found_in_an_expression_by_whole_names():
    columns = dict.fromkeys(["mail", "email", "e mail", "x"])
    assert mentioned('lower((email)::text) || "e mail"', columns) == ("email", "e mail")


def test_what_stands_in_quotes_is_read_as_the_server_wrote_it():
    columns = dict.fromkeys(["a", "b", 'a"b', "Ä$1", "9"])
    assert mentioned('"a""b" <> 9', columns) == ('a"b',)
    assert mentioned("""b <> 'it''s "a" or a' OR Ä$1 = 9""", columns) == ("b", "Ä$1")
