"""The closing verdict on a terminal: sentence, evidence, remedy, capacity, what comes next, gaps."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rampart.finding import Finding
from rampart.verdict import Verdict
from reports.forecast_lines import sentences
from reports.levels import levels
from reports.numbers import count, knee, objective, rate, tenant_cell
from reports.objective_lines import judged_objectives
from reports.remedy_file import FILE, statements
from reports.wording import beside, headline, open_questions, outcome_label, published, sure

_STYLES = {"bottleneck": "bold red", "target_failed": "bold red", "not_reached": "bold green"}


def lines(verdict: Verdict) -> RenderableType:
    """A rich renderable; it holds no markup of its own, so that no name of the target can steer the terminal."""
    return Group(*_blocks(verdict))


def _blocks(verdict: Verdict) -> Iterator[RenderableType]:
    yield from _violations(verdict)
    yield Text(outcome_label(verdict), style=_STYLES.get(verdict.outcome, "bold yellow"))
    yield Text(headline(verdict), style="bold")
    if verdict.run.outcome != "complete":
        yield Text("This run is incomplete: it is judged by what was seen until it ended.", style="bold yellow")
    yield from (Text(line, style="yellow") for line in beside(verdict))
    label, reasons = sure(verdict)
    yield Text(f"{label}. {' '.join(reasons)}", style="dim")
    for word, said in open_questions(verdict):
        yield Text(f"{word}: {said}")
    if published(verdict):
        if verdict.first:
            yield from _cause(verdict.first, verdict.resource)
        yield from _file(verdict)
        yield from _capacity(verdict)
        yield from _objectives(verdict)
        yield from _after(verdict)
    if verdict.run.stopped:
        yield Text(verdict.run.stopped, style="yellow")
    yield from _not_seen(verdict)


def _violations(verdict: Verdict) -> Iterator[RenderableType]:
    for row in verdict.violations:
        words = " ".join(filter(None, [row.id, row.endpoint and f"in {row.endpoint}:", row.sentence]))
        yield Text(f"Correctness violation: {words}", style="bold red")
    for remedy in dict.fromkeys(row.remedy for row in verdict.violations if row.remedy):
        yield Padding(Text(remedy), (0, 0, 0, 2))


def _cause(first: Finding, full: str | None) -> Iterator[RenderableType]:
    if first.evidence:
        yield Text("\nEvidence", style="bold")
    if full:
        yield Text(f"  Full: {full}")
    for row in first.evidence:
        mark = Text("  + " if row.holds else "  - does not hold: ", style="green" if row.holds else "red")
        yield mark.append(row.claim, style="default")
    remedy = first.remedy
    if remedy.text or remedy.sql:
        yield Text("\nRemedy", style="bold")
        yield Padding(Text(remedy.text), (0, 0, 0, 2))
    if remedy.sql:
        yield Padding(Text(remedy.sql, style="cyan"), (0, 0, 0, 4))


def _file(verdict: Verdict) -> Iterator[RenderableType]:
    """Where the SQL of all findings stands as a file."""
    if rows := statements(verdict):
        named = ", ".join(finding.id for finding, _ in rows)
        yield Padding(Text(f"As a file to apply: {FILE} ({named}); Rampart does not apply it."), (0, 0, 0, 2))


def _capacity(verdict: Verdict) -> Iterator[RenderableType]:
    found = levels(verdict)
    if not found:
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    for heading in ("tenants", "knee", "objective", "max", "first"):
        table.add_column(heading, justify="right" if heading in ("tenants", "max") else "left")
    for level in found:
        row = level.capacity
        cells = [knee(row), objective(row), rate(row.max_throughput_rps)] if row else ["not published", "–", "–"]
        named = tenant_cell(level.tenants)
        table.add_row(*(Text(cell) for cell in (named, *cells, level.limit)))
    yield table


def _objectives(verdict: Verdict) -> Iterator[RenderableType]:
    """Each objective by name, where there is more to say than the table does; those that were missed in any case."""
    for tenants, row, word in judged_objectives(verdict):
        yield Text(f"{word}: {tenants}{row.sentence}", style="red" if row.met is False else "")


def _after(verdict: Verdict) -> Iterator[RenderableType]:
    following = [f"{row.id} on {row.resource} at about {count(row.users)} users" for row in verdict.next]
    if following:
        yield Text(f"Next: {', then '.join(following)}")
    if len(verdict.predicted_ladder) > 1:
        steps = [f"{step.finding}, to about {count(step.users.value)} users" for step in verdict.predicted_ladder]
        yield Text(f"To mend in turn: {'; then '.join(steps)}")
    for sentence in sentences(verdict):
        yield Text(sentence)
    for row in verdict.unexplained_saturation:
        yield Text(f"Full, and not explained: {row.sentence}", style="yellow")


def _not_seen(verdict: Verdict) -> Iterator[RenderableType]:
    for gap in verdict.gaps:
        lost = f" (cannot name {', '.join(gap.lost)})" if gap.lost else ""
        remedy = f" {gap.remedy}" if gap.remedy else ""
        yield Text(f"Not seen: {gap.reason or gap.code}{lost}.{remedy}", style="yellow")
