"""The summary for a pull request or a job page: the sentence, the capacity table, the comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rampart.finding import Finding
from rampart.model import JSON
from rampart.printable import clean
from rampart.verdict import Verdict
from reports.comparison import Comparison
from reports.forecast_lines import sentences
from reports.levels import LevelView, levels
from reports.numbers import held, knee, objective, rate, ratio, tenant_cell
from reports.objective_lines import judged_objectives
from reports.remedy_file import FILE, statements
from reports.wording import beside, headline, incomplete, open_questions, outcome_label, published, sure

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~@&])")


def summary(name: str, about: JSON, verdict: Verdict, comparison: Comparison | None = None) -> str:
    """The Markdown text; `name` is the run folder's name, `about` is `run.json`. Ends with a line end."""
    parts = [f"## {plain(headline(verdict))}", *_warnings(about, verdict), _sureness(verdict)]
    parts.append("\n".join(f"- **{plain(word)}:** {plain(said)}" for word, said in open_questions(verdict)))
    if verdict.first and published(verdict):
        parts += list(_remedy(verdict.first))
    if rows := statements(verdict):
        parts.append(f"As a file to apply: `{FILE}` ({', '.join(plain(finding.id) for finding, _ in rows)}).")
    if published(verdict) and (found := levels(verdict)):
        parts.append(_capacity(found))
        parts.append("\n".join(f"- {word}: {plain(at + row.sentence)}" for at, row, word in judged_objectives(verdict)))
        parts += [plain(sentence) for sentence in sentences(verdict)]
    parts.append(plain(verdict.run.stopped or ""))
    parts += _comparison(comparison)
    parts.append(f"Run `{name.replace('`', '')}`; the whole report is `report.html` in its folder.")
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(clean(text).split()))


def _warnings(about: JSON, verdict: Verdict) -> Iterator[str]:
    if incomplete(about):
        yield f"> **{plain(incomplete(about))}**"
    for line in beside(verdict):
        yield f"> {plain(line)}"
    for row in verdict.violations:
        where = f" in {row.endpoint}" if row.endpoint else ""
        yield f"> **Correctness violation:** {plain(row.id + where)}. {plain(row.sentence)}".rstrip()
    for remedy in dict.fromkeys(row.remedy for row in verdict.violations if row.remedy):
        yield f"> {plain(remedy)}"


def _sureness(verdict: Verdict) -> str:
    label, reasons = sure(verdict)
    return f"**{outcome_label(verdict)}.** {label}. {plain(' '.join(reasons))}"


def _remedy(first: Finding) -> Iterator[str]:
    if first.remedy.text:
        yield f"**Do first:** {plain(first.remedy.text)}"
    if first.remedy.sql:
        fence = "`" * (1 + max((len(run) for run in re.findall("`+", first.remedy.sql)), default=2))
        yield f"{fence}sql\n{first.remedy.sql}\n{fence}"


def _capacity(found: Sequence[LevelView]) -> str:
    rows = [["Tenants", "Knee", "Objective", "Max throughput", "First"], ["--:", ":--", ":--", "--:", ":--"]]
    for level in found:
        row = level.capacity
        cells = [knee(row), objective(row), rate(row.max_throughput_rps)] if row else ["not published", "–", "–"]
        rows.append([tenant_cell(level.tenants), *cells, plain(level.limit)])
    return _table(rows)


def _comparison(comparison: Comparison | None) -> list[str]:
    if comparison is None:
        return []
    rows = [["Tenants", "Before", "Now", "Ratio", "Change"], ["--:", "--:", "--:", "--:", ":--"]]
    for level in comparison.levels:
        users = [held(level.before_users), held(level.after_users)]
        rows.append([tenant_cell(level.tenants), *users, ratio(level.ratio), plain(level.change)])
    said = f"**Against the run before:** {plain(comparison.sentence)}"
    return [said, _table(rows)] if len(rows) > 2 else [said]


def _table(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
