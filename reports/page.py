"""One self-contained HTML page: a planner reads the first screen, everybody else can check the rest."""

from __future__ import annotations

import time
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rampart.masking import masked
from rampart.model import JSON
from rampart.printable import clean, number, printable
from rampart.verdict import EndpointCost, Profile, Verdict
from reports import capacity_charts, forecast_chart, forecast_lines, numbers, wording
from reports.comparison import Comparison
from reports.levels import LevelView, fullness, levels, panels
from reports.load_charts import latency_limits, load
from reports.objective_lines import judged_objectives
from reports.remedy_file import FILE, statements

_HERE = Path(__file__).parent
# Resources that have a colour of their own in the ledger.
_COLOURED = frozenset({"db", "pool", "cache", "queue", "app", "mail", "downstream", "unmeasured"})
_NOT_SETTINGS = frozenset({"schema", "clock", "gaps", "error"})


def page(name: str, about: JSON, verdict: Verdict, log: list[JSON], comparison: Comparison | None = None) -> str:
    """The whole report as HTML; `about` is `run.json`, `log` the lines of `log.jsonl`, `name` the run folder's name."""
    about, log = printable(masked(about)), printable(masked(log))
    found, slo_p95_ms = levels(verdict), _slo_p95_ms(verdict)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            name=clean(name),
            about=about,
            settings={key: value for key, value in about.items() if key not in _NOT_SETTINGS},
            verdict=verdict,
            comparison=comparison,
            levels=found,
            fullness=fullness(found)[0],
            idle=fullness(found)[1],
            profile=_profile(verdict.profile),
            log=[{key: clean(line.get(key)) for key in ("at", "source", "message")} for line in log],
            started=_instant(about),
            slo=_slo(verdict),
            objectives=list(judged_objectives(verdict)),
            remedies=[finding.id for finding, _ in statements(verdict)],
            remedy_file=FILE,
            **_pictures(verdict, found, slo_p95_ms),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shown = (
        "count",
        "tenants",
        "tenant_cell",
        "ms",
        "percent",
        "rate",
        "seen",
        "brief",
        "ratio",
        "knee",
        "held",
        "objective",
    )
    environment.filters.update({name: getattr(numbers, name) for name in shown})
    environment.filters.update(
        setting=_setting,
        slope=forecast_lines.slope,
        users=numbers.interval,
        sum_of=lambda rows, key: sum(getattr(row, key) for row in rows),
        tidy=lambda text: text.replace(">=", "≥").replace("<=", "≤"),
    )
    environment.filters.update(clean=clean, resource=lambda word: word if word in _COLOURED else "other")
    environment.globals.update(words=wording, css=Markup((_HERE / "report.css").read_text()))
    return environment


def _pictures(verdict: Verdict, found: list[LevelView], slo_ms: float | None) -> JSON:
    rows = [level.capacity for level in found if level.capacity]
    shown = panels(found, slo_ms)
    within = latency_limits(shown)
    return {
        "capacity_pictures": [Markup(capacity_charts.capacity(rows)), Markup(capacity_charts.throughput(rows))]
        if rows
        else [],
        "load_pictures": [(panel.tenants, Markup(load(panel, within))) for panel in shown],
        "foretold_picture": Markup(forecast_chart.picture(verdict)),
        "lead": wording.capacity_sentence(verdict),
    }


def _profile(profile: Profile | None) -> JSON:
    """The profile's rows with the columns that any of them fills."""
    rows = profile.endpoints if profile else ()
    columns = [f.name for f in fields(EndpointCost) if f.name != "endpoint"]
    filled = [name for name in columns if any(getattr(row, name) is not None for row in rows)]
    shown = [(row.endpoint, [getattr(row, name) for name in filled]) for row in rows]
    return {"tenants": profile.tenants if profile else None, "columns": filled, "rows": shown}


def _setting(value: Any, key: str) -> str:
    """One value of `run.json` as people write it; an object on one line, without what is null."""
    if isinstance(value, dict):
        return (
            numbers.NONE
            if not value
            else ", ".join(
                f"{clean(inner)} {_setting(value[inner], inner)}" for inner in value if value[inner] is not None
            )
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    if number(value) is not None:
        return numbers.size(value) if key.endswith("_bytes") else f"{value:.12g}"
    return clean(value) or numbers.NONE


def _slo(verdict: Verdict) -> str:
    """The objectives as their legend says them; "" where nothing is known of them."""
    stated = dict.fromkeys(row.stated for row in verdict.objectives)
    return f" ({', '.join(stated)})" if stated else ""


def _slo_p95_ms(verdict: Verdict) -> float | None:
    """The objective for the p95 of all requests, which the chart of it can show."""
    drawn = (row.limit for row in verdict.objectives if (row.metric, row.endpoint) == ("p95", None))
    return next(drawn, None) or None


def _instant(about: JSON) -> str:
    """When the run began, as its own clock recorded it, in UTC."""
    clock = about.get("clock")
    wall = number(clock.get("origin_wall")) if isinstance(clock, dict) else None
    try:
        return "" if wall is None else time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(wall))
    except (OverflowError, OSError, ValueError):
        return ""
