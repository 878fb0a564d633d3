"""Row security that hides rows from our role: what is not seen can be neither copied nor counted."""

from __future__ import annotations

from collections.abc import Collection

from rampart.errors import NotReady
from seeders.database.connect import Connection
from seeders.multiply._schema import Schema

_HIDDEN = """
SELECT n.nspname || '.' || c.relname, format('ALTER TABLE %%I.%%I NO FORCE ROW LEVEL SECURITY', n.nspname, c.relname),
       c.relforcerowsecurity AND pg_has_role(c.relowner, 'USAGE'), current_user
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.oid = ANY(%s) AND has_table_privilege(c.oid, 'SELECT') AND row_security_active(c.oid) ORDER BY 1"""
_IN_FULL = """
SELECT oid::bigint FROM unnest(%s::oid[]) oid
WHERE has_table_privilege(oid, 'SELECT') AND NOT row_security_active(oid)"""


def check_row_security(connection: Connection, schema: Schema, tables: Collection[int]) -> None:
    """Refuse where a policy decides which rows of these tables, or of those that they refer to, our role sees."""
    concerned = {*tables, *(one.parent for oid in tables for one in schema.above(oid))}
    hidden = connection.execute(_HIDDEN, [list(concerned)]).fetchall()
    if hidden:
        labels, role = ", ".join(label for label, *_ in hidden), hidden[0][3]
        forced = [f"{statement};" for _, statement, ours, _ in hidden if ours]
        also = f" Or take the force off, though the application is then not held to the policies: {' '.join(forced)}"
        raise NotReady(
            f"rows of {labels} cannot be seen in full",
            f"row security is {'forced' if forced else 'in force'} there for the role {role}",
            f"Connect as a superuser, or as a role with BYPASSRLS.{also if forced else ''}",
        )


def seen_in_full(connection: Connection, tables: Collection[int]) -> set[int]:
    """Those of the tables of which this role sees every row."""
    return {oid for (oid,) in connection.execute(_IN_FULL, [list(tables)])}
