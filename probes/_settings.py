"""What a setting is in the sessions of others, which may not be what it is in ours, and what changes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from probes._postgres import MARK, Session

_IN_FORCE = f"SELECT {MARK} lower(reset_val), source FROM pg_settings WHERE name = %s"
# What ALTER ROLE says for this database stands before what it says for all; ours is no application's role.
_BY_ROLE = f"""
SELECT {MARK} rolname, quote_ident(rolname) FROM (
    SELECT DISTINCT ON (setrole) setrole, lower(split_part(entry, '=', 2)) AS value
    FROM pg_db_role_setting, unnest(setconfig) AS entry
    WHERE setrole <> 0 AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
          AND split_part(entry, '=', 1) = %s
    ORDER BY setrole, setdatabase DESC) AS said
JOIN pg_roles ON pg_roles.oid = setrole
WHERE rolcanlogin AND rolname <> current_user AND value = ANY(%s) ORDER BY 1
"""
OFF = ("off", "false", "no", "0")


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting that hides something, and what turns it on."""

    said: str
    remedy: str


def in_force(session: Session, name: str) -> str | None:
    """The value that a session of any role starts with, in lower case; None where ours alone is known, or none is."""
    rows = session.rows(_IN_FORCE, [name])
    return rows[0][0] if rows and rows[0][1] not in ("user", "database user") else None


def switched_off(session: Session, name: str, off: Collection[str] = OFF, on: str = "on") -> Switch | None:
    """How this is off for every new session, if it is."""
    value = in_force(session, name)
    return Switch(f"{name} is {value}", remedy(session, name, on)) if value in off else None


def off_for_roles(session: Session, name: str, off: Collection[str] = OFF) -> Switch | None:
    """How this is off by ALTER ROLE for some, if it is."""
    roles = session.rows(_BY_ROLE, [name, list(off)])
    if not roles:
        return None
    cure = " ".join(f"ALTER ROLE {quoted} RESET {name};" for _, quoted in roles)
    said = f"{name} is off for {', '.join(role for role, _ in roles)} (ALTER ROLE)"
    return Switch(said, f"{cure} (for sessions opened afterwards)")


def remedy(session: Session, name: str, value: str) -> str:
    """The statement that sets it for sessions to come: what the command line says, no statement can change."""
    source = next((source for _, source in session.rows(_IN_FORCE, [name])), "default")
    if source == "command line":
        return f"Set {name} to {value} where the server is started (its command line), and restart it."
    if source == "database":
        database = session.value(f"SELECT {MARK} quote_ident(current_database())")
        return f"ALTER DATABASE {database} SET {name} = '{value}'; (for sessions opened afterwards)"
    return f"ALTER SYSTEM SET {name} = '{value}'; SELECT pg_reload_conf();"
