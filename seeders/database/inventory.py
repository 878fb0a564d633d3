"""What a remedy can change in a Postgres, as one look at its catalog: indexes, constraints, settings, storage options.

Two looks are compared: what was there before a remedy must be there after it, whatever its own commands say.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

import psycopg
from psycopg import conninfo as conninfos

from rampart.masking import masked
from seeders.database.connect import Connection
from seeders.database.definitions import definitions

Inventory = Mapping[str, str]  # "index public.orders_by_day": its definition; "setting work_mem (…)": its value

_SETTINGS = """
SELECT format('setting %s (%s)', name, coalesce(regexp_replace(sourcefile, '^.*/', ''), source)), setting
FROM pg_settings WHERE source IN ('configuration file', 'global')
UNION ALL
SELECT format('setting %s of %s in %s', split_part(one, '=', 1), coalesce(r.rolname, 'all roles'),
              coalesce(d.datname, 'all databases')), substr(one, strpos(one, '=') + 1)
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase,
     unnest(s.setconfig) one
UNION ALL
SELECT format('options of %s', c.oid::regclass), array_to_string(c.reloptions, ', ')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.reloptions IS NOT NULL AND n.nspname !~ '^(pg_|information_schema$)'"""
_OURS = "FROM pg_stat_activity WHERE application_name = %s AND pid <> pg_backend_pid()"
_LOOPBACK = ("", "localhost", "127.0.0.1", "::1")


def look(conninfo: str) -> dict[str, str] | None:
    """The inventory now, without secrets; None where the server lets nobody look."""
    try:
        with _connected(conninfo, read_only=True) as connection:
            found = {name: str(masked(value)) for name, value in connection.execute(_SETTINGS)}
            return {**definitions(connection), **found}
    except psycopg.Error:
        return None


def differing(before: Inventory, now: Inventory) -> list[str]:
    """The names of what is new, gone or otherwise than before."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def make_again(conninfo: str, names: Iterable[str], before: Inventory) -> None:
    """Make these indexes and constraints again, as far as the server lets us; the next look tells which are back."""
    for name in sorted(names):  # a constraint first: it brings its index with it
        with suppress(psycopg.Error), _connected(conninfo) as connection:
            connection.execute(before[name].encode())


def end_sessions(conninfo: str, application: str, seconds: float = 10.0) -> bool:
    """End the sessions of this application name, of a command that was killed; False where some go on."""
    try:
        with _connected(conninfo) as connection:
            deadline = time.monotonic() + seconds
            while connection.execute(f"SELECT {_OURS} LIMIT 1", [application]).fetchone() is not None:
                _terminate(connection, application)
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.1)
    except psycopg.Error:
        return True  # nothing can be seen there; the undo itself says whether it could do its work
    return True


def _terminate(connection: Connection, application: str) -> None:
    try:
        connection.execute(f"SELECT pg_terminate_backend(pid) {_OURS}", [application])
    except psycopg.errors.InsufficientPrivilege:
        return  # another role's: they are waited for


def database_of(conninfo: str) -> str:
    """Which database that is, without who asks: `loopback:5432/shop`."""
    try:
        parts = conninfos.conninfo_to_dict(conninfo)
    except psycopg.Error:
        return "unknown"
    if "service" in parts:
        return f"service {parts['service']}"
    host = str(parts.get("host") or parts.get("hostaddr") or "")
    where = "loopback" if host in _LOOPBACK or host.startswith("/") else host
    return f"{where}:{parts.get('port') or 5432}/{parts.get('dbname') or parts.get('user') or ''}"


def _connected(conninfo: str, *, read_only: bool = False) -> Connection:
    options = "-c lock_timeout=10000" + (" -c statement_timeout=8000 -c default_transaction_read_only=on" * read_only)
    return psycopg.connect(
        conninfo, autocommit=True, connect_timeout=4, application_name="rampart-probe", options=options
    )
