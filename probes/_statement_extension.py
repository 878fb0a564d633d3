"""Where pg_stat_statements is, and what stands in the way of reading it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from probes._postgres import MARK, Session
from probes._probe import Unavailable
from probes._server_text import raw
from rampart.model import Gap

LOST = ("missing-index", "n-plus-one", "slow-query")

_PRELOAD = "Add pg_stat_statements to shared_preload_libraries, and restart the server."
_INSTALLED = f"""
SELECT {MARK} convert_to(quote_ident(nspname), 'SQL_ASCII'), extversion FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_stat_statements'
"""
# Whether the library is loaded, and whether the server has it at all.
_THERE = f"""
SELECT {MARK} EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max'),
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements')
"""
# What this role lacks of what is read.
_GRANTS = f"""
WITH home AS (SELECT extnamespace AS oid, quote_ident(nspname) AS name FROM pg_extension e
              JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_stat_statements')
SELECT {MARK} 'USAGE ON SCHEMA ' || name FROM home WHERE NOT has_schema_privilege(oid, 'USAGE')
UNION ALL
SELECT 'SELECT ON ' || name || '.' || relname FROM home JOIN pg_class c ON relnamespace = home.oid
WHERE relname = 'pg_stat_statements_info' AND NOT has_table_privilege(c.oid, 'SELECT')
UNION ALL
SELECT 'EXECUTE ON FUNCTION ' || name || '.' || proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'
FROM home JOIN pg_proc p ON pronamespace = home.oid
WHERE proname IN ('pg_stat_statements', 'pg_stat_statements_info') AND NOT has_function_privilege(p.oid, 'EXECUTE')
"""


@contextmanager
def expected(session: Session) -> Iterator[tuple[str, set[str]]]:
    """The extension's schema, quoted, and the columns of its view; within, what refuses to be read is Unavailable."""
    installed = session.rows(_INSTALLED)
    if not installed:
        raise Unavailable(_missing(session))
    schema, version = raw(installed[0][0], session.codec), installed[0][1]
    try:
        columns = session.columns(f"{schema}.pg_stat_statements")
        if "total_exec_time" not in columns:
            old = f"pg_stat_statements is version {version}, older than its server"
            raise Unavailable(Gap("PG-PGSSOLD", old, LOST, "ALTER EXTENSION pg_stat_statements UPDATE;"))
        yield schema, columns
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        gap = Gap("PG-NOPGSS", "pg_stat_statements is not preloaded", LOST, _PRELOAD)
        raise Unavailable(gap) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unavailable(_privileges(session, str(error).splitlines()[0])) from error


def _missing(session: Session) -> Gap:
    preloaded, available = session.rows(_THERE)[0]
    steps = "" if available else "Install Postgres' contrib modules. "
    steps += "" if preloaded else f"{_PRELOAD} Then "
    reason = "the extension pg_stat_statements is not in this database"
    return Gap("PG-NOPGSS", reason, LOST, f"{steps}CREATE EXTENSION pg_stat_statements;")


def _privileges(session: Session, why: str) -> Gap:
    grants = [f"GRANT {what} TO {session.quoted_user};" for (what,) in session.rows(_GRANTS)]
    reason = f"the role {session.user} may not read pg_stat_statements: {why}"
    return Gap("PG-PGSSPRIV", reason, LOST, " ".join(grants))
