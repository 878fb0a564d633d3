"""Remedies that are SQL as a file to apply, in the order of the findings: what each is for, and what it buys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from rampart.finding import Finding
from rampart.model import JSON
from rampart.printable import clean
from rampart.verdict import Verdict
from reports.numbers import count, percent, tenants
from reports.wording import between, published, runners_up

FILE = "remedy.sql"
_BELIEVED = ("supported", "confirmed")
_STATEMENT = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"';]|;(?=[^\n]))+;?""")
_WIDTH = 110  # characters of a comment


def remedy_file(name: str, about: JSON, verdict: Verdict) -> str | None:
    """The text of the file; `name` is the run folder's name. None: no finding that is believed is mended by SQL."""
    rows = statements(verdict)
    if not rows:
        return None
    parts = [_head(name, about)]
    for place, (finding, own) in enumerate(rows, 1):
        parts.append("\n".join([*_about(place, finding), *own]))
    return "\n\n".join(parts) + "\n"


def statements(verdict: Verdict) -> list[tuple[Finding, list[str]]]:
    """The findings with SQL as they are ranked, each with those statements that none before it has."""
    if not published(verdict):
        return []
    written: set[str] = set()
    rows = []
    for finding in (*([verdict.first] if verdict.first else []), *runners_up(verdict)):
        if finding.status in _BELIEVED and finding.remedy.sql:
            own = [one for one in dict.fromkeys(_split(finding.remedy.sql)) if one not in written]
            written.update(own)
            if own:
                rows.append((finding, own))
    return rows


def _split(sql: str) -> list[str]:
    """The statements, each of which ends its line; what is in quotes ends none."""
    return [one.strip() for one in _STATEMENT.findall(sql)]


def _head(name: str, about: JSON) -> str:
    target = about.get("target")
    target = target if isinstance(target, dict) else {}
    database = target.get("postgres") or "the database of the target"
    return "\n".join(
        [
            *_comment(f"What Rampart advises after the run {name} of {target.get('name') or 'the target'}."),
            *_comment(f"To be applied to: {database}"),
            *_comment("Rampart never applies it by itself. Read it, try it on a copy, and then:"),
            f"--     psql -X -v ON_ERROR_STOP=1 -f {FILE} DATABASE",
            *_comment("Not in one transaction (no -1): CREATE INDEX CONCURRENTLY cannot run inside of one."),
        ]
    )


def _about(place: int, finding: Finding) -> Iterator[str]:
    where = f", seen in {finding.endpoint}" if finding.endpoint else ""
    yield from _comment(f"{place}. {finding.id}: {finding.resource}{where} ({finding.status})")
    yield from _comment(finding.remedy.text)
    yield from _comment(" ".join(filter(None, [_share(finding), _bought(finding)])))


def _share(finding: Finding) -> str:
    if not finding.of_latency:
        return ""
    at = f"At {tenants(finding.tenants)}" if finding.tenants else "With the data as it is"
    return f"{at} it explains {percent(finding.share)}{between(finding)} of the latency that load added."


def _bought(finding: Finding) -> str:
    gain, now = finding.gain, finding.limit_users
    if gain is None or now is None:
        return "What it would buy is not known."
    after, low, high = (count(now * value) for value in (gain.value, gain.low, gain.high))
    return f"The whole remedy alone would raise the limit from {count(now)} to about {after} users ({low} to {high})."


def _comment(text: str) -> list[str]:
    """A text as comment lines; nothing in it can end them."""
    return [f"-- {line}" for line in wrap(" ".join(clean(text).split()), _WIDTH, break_long_words=False)]
