"""What pg_stat_statements does not record here, and what would make it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from probes import _settings
from probes._postgres import MARK, Session
from probes._statement_extension import LOST
from rampart.model import Gap

# Any of these leaves the statistics empty, without a word.
_SWITCHES = (("pg_stat_statements.track", ("none",), "top"), ("compute_query_id", _settings.OFF, "auto"))
# Functions whose bodies run statements, and tables whose triggers do; what extensions bring is no matter of the target.
_NESTING = f"""
SELECT DISTINCT {MARK} n.nspname || '.' || p.proname FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname NOT IN ('internal', 'c') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
      AND (p.proname = ANY(%s) OR EXISTS (
          SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
          WHERE t.tgfoid = p.oid AND NOT t.tgisinternal AND c.relname = ANY(%s)))
ORDER BY 1 LIMIT 20
"""
_OTHER_ENCODINGS = """
SELECT DISTINCT {mark} d.oid::bigint, d.datname
FROM {schema}.pg_stat_statements(false) s JOIN pg_database d ON d.oid = s.dbid
WHERE d.encoding <> (SELECT encoding FROM pg_database WHERE datname = current_database()) ORDER BY 1
"""
_CALLED = re.compile(r'"?([\w$]+)"?\s*\(')
_WRITTEN = re.compile(r'\b(?:into|update|delete\s+from)\s+(?:only\s+)?(?:"?[\w$]+"?\.)?"?([\w$]+)"?', re.IGNORECASE)


def switched_off(session: Session) -> Gap | None:
    """The gap where nothing is recorded of anybody."""
    for name, off, on in _SWITCHES:
        if found := _settings.switched_off(session, name, off, on):
            return Gap("PG-PGSSOFF", f"{found.said}: pg_stat_statements records nothing", LOST, found.remedy)
    return None


def standing(session: Session) -> Iterator[Gap]:
    """What the settings leave out of a record that is kept otherwise."""
    for name, off, _ in _SWITCHES:
        if found := _settings.off_for_roles(session, name, off):
            yield Gap("PG-PGSSOFF", f"{found.said}: their statements are not recorded", LOST, found.remedy)
    if found := _settings.switched_off(session, "pg_stat_statements.track_utility"):
        yield Gap("PG-PGSSUTIL", f"{found.said}: CALL, COPY, FETCH and EXECUTE are not recorded", (), found.remedy)


def nested(session: Session, schema: str, texts: Collection[str]) -> Iterator[Gap]:
    """Statements that ran within these: recorded or not, they are counted as their caller's time alone."""
    called = sorted({name.lower() for text in texts for name in _CALLED.findall(text)})
    written = sorted({name for text in texts for name in _WRITTEN.findall(text)})
    functions = [name for (name,) in session.rows(_NESTING, [called, written])]
    if functions:
        reason = f"statements within functions and triggers are in their callers' time only: {', '.join(functions)}"
        show = f"SELECT calls, total_exec_time, query FROM {shown(schema)}.pg_stat_statements WHERE NOT toplevel;"
        track = _settings.remedy(session, "pg_stat_statements.track", "all")
        known = _settings.in_force(session, "pg_stat_statements.track") == "all"
        yield Gap("PG-PGSSNESTED", reason, (), show if known else f"{track} Then, after load: {show}")


def too_long(schema: str) -> Gap:
    """The texts of all statements are one file, which is read whole."""
    reason = "the statements' texts take too long to read: ours and utility statements are among them"
    return Gap("PG-PGSSTEXT", reason, LOST, f"SELECT {shown(schema)}.pg_stat_statements_reset();")


def untranslatable(session: Session, schema: str, why: str) -> Gap:
    """One text of another database that cannot be converted to this one's encoding fails the reading of all."""
    others = session.rows(_OTHER_ENCODINGS.format(mark=MARK, schema=schema))
    resets = " ".join(f"SELECT {shown(schema)}.pg_stat_statements_reset(0, {oid}, 0);" for oid, _ in others)
    names = ", ".join(name for _, name in others)
    reason = f"no statement's text can be read, for one of a database in another encoding ({names}): {why}"
    return Gap("PG-PGSSTEXT", reason, LOST, f"Forget the statements of those databases: {resets}")


def shown(schema: str) -> str:
    """A schema's name as it can be written down."""
    return schema.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
