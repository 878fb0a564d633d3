"""All views of a recorded run, written into its folder; deleting them loses nothing."""

from __future__ import annotations

from pathlib import Path

from rampart.model import JSON
from rampart.runs import Run
from rampart.unrecorded import recording, replace_file
from rampart.verdict import Verdict
from reports.comparison import Comparison, read_comparison
from reports.junit import suite
from reports.markdown import summary
from reports.page import page
from reports.remedy_file import FILE, remedy_file


def render(run: Run, verdict: Verdict, comparison: Comparison | None = None) -> list[Path]:
    """Write report.html, summary.md and junit.xml, and remedy.sql where a finding is mended by SQL.

    The comparison is `comparison.json` of the run unless one is given. Returns the paths that were written, the report
    first. Equal runs and verdicts give equal bytes; an earlier verdict's remedy.sql is removed where there is none now.
    """
    name, about = run.folder.name, _object(run.read_json("run.json"))
    comparison = comparison or read_comparison(run)
    written = {
        "report.html": page(name, about, verdict, run.read_lines("log.jsonl"), comparison),
        "summary.md": summary(name, about, verdict, comparison),
        "junit.xml": suite(name, about, verdict, comparison),
    }
    if (remedy := remedy_file(name, about, verdict)) is not None:
        written[FILE] = remedy
    with recording(run.folder):
        if remedy is None:
            (run.folder / FILE).unlink(missing_ok=True)
        for file, text in written.items():
            replace_file(run.folder / file, text)
    return [run.folder / file for file in written]


def _object(value: object) -> JSON:
    return value if isinstance(value, dict) else {}
