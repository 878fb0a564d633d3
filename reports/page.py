"""One self-contained HTML page: a planner reads the first screen, everybody else can check the rest."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rampart.config import masked
from rampart.model import JSON
from reports import charts, numbers, words
from reports.levels import Level, fullness, levels, panels
from reports.panels import latency_limits, load
from reports.shape import clean, number, whole, whole_comparison

_HERE = Path(__file__).parent
# Resources that have a colour of their own in the ledger.
_COLOURED = frozenset({"db", "pool", "cache", "queue", "app", "mail", "downstream", "unexplained"})
_NOT_SETTINGS = frozenset({"schema", "clock"})
_PROFILE = ("requests", "latency_ms", "statements", "rows", "db_ms", "app_cpu_ms", "cache_gets", "jobs")


def page(name: str, about: JSON, verdict: JSON, log: list[JSON], comparison: JSON | None = None) -> str:
    """The whole report as HTML; `about` is `run.json`, `log` the lines of `log.jsonl`, `name` the run folder's name."""
    about, log = masked(about), masked(log)
    told = whole(verdict)
    found = levels(told)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            name=clean(name),
            about=about,
            settings={clean(key): value for key, value in about.items() if key not in _NOT_SETTINGS},
            verdict=told,
            comparison=whole_comparison(comparison),
            levels=found,
            fullness=fullness(found),
            profile=_profile(told["profile"]),
            log=[{key: clean(line.get(key)) for key in ("at", "source", "message")} for line in log],
            started=_instant(about),
            slo=_slo(about),
            **_pictures(told, found, _slo(about)["p95_ms"]),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shown = ("count", "ms", "percent", "rate", "seen", "ratio", "knee", "held", "objective")
    environment.filters.update({name: getattr(numbers, name) for name in shown})
    environment.filters.update(
        setting=_setting,
        sum_of=lambda rows, key: sum(row[key] or 0 for row in rows),
        tidy=lambda text: text.replace(">=", "≥").replace("<=", "≤"),
    )
    environment.filters.update(clean=clean, resource=lambda word: word if word in _COLOURED else "other")
    environment.globals.update(words=words, css=Markup((_HERE / "report.css").read_text()))
    return environment


def _pictures(verdict: JSON, found: list[Level], slo_ms: float | None) -> JSON:
    rows = [level.capacity for level in found if level.capacity]
    shown = panels(found, slo_ms)
    within = latency_limits(shown)
    return {
        "capacity_pictures": [Markup(charts.capacity(rows)), Markup(charts.throughput(rows))] if rows else [],
        "load_pictures": [(panel.tenants, Markup(load(panel, within))) for panel in shown],
        "lead": words.capacity_sentence(verdict),
    }


def _profile(profile: JSON) -> JSON:
    """The profile's rows with the columns that any of them fills: the known ones in order, then the others."""
    rows = profile["endpoints"]
    filled = {key for row in rows for key, value in row.items() if number(value) is not None}
    columns = [key for key in _PROFILE if key in filled] + sorted(filled - set(_PROFILE))
    return {"tenants": profile["tenants"], "columns": columns, "rows": rows}


def _setting(value: Any, key: str) -> str:
    """One value of `run.json` as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if number(value) is not None:
        return numbers.size(value) if key.endswith("_bytes") else f"{value:.12g}"
    return clean(value) or numbers.NONE


def _slo(about: JSON) -> JSON:
    target = about.get("target")
    slo: Any = target.get("slo") if isinstance(target, dict) else None
    slo = slo if isinstance(slo, dict) else {}
    return {"p95_ms": number(slo.get("p95_ms")) or None, "error_ratio": number(slo.get("error_ratio"))}


def _instant(about: JSON) -> str:
    """When the run began, as its own clock recorded it, in UTC."""
    clock = about.get("clock")
    wall = number(clock.get("origin_wall")) if isinstance(clock, dict) else None
    try:
        return "" if wall is None else time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(wall))
    except (OverflowError, OSError, ValueError):
        return ""
