"""The report of a climb: one rung for each bottleneck, with the capacity before and after, as one HTML page."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rampart.masking import masked
from rampart.model import JSON
from rampart.printable import printable
from reports import numbers
from reports.ladder_chart import picture, times

_HERE = Path(__file__).parent


def page(name: str, ladder: JSON) -> str:
    """The whole report as HTML; `ladder` is `ladder.json`, `name` the folder's name."""
    told: JSON = printable(masked(ladder))
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(count=numbers.count, percent=numbers.percent, capacity=words, tenants=numbers.tenants)
    environment.globals.update(css=Markup((_HERE / "report.css").read_text()), prediction=prediction)
    return environment.get_template("ladder.html.j2").render(
        name=name, ladder=told, sentence=sentence(told), picture=Markup(picture(told)) if told["first"] else ""
    )


def sentence(ladder: JSON) -> str:
    """The climb in one sentence."""
    rungs, first, last = len(ladder["rungs"]), ladder["first"], ladder["last"]
    level, minutes = numbers.tenants(ladder["tenants"][-1]), ladder["seconds"] / 60
    climbed = f"{rungs} rung{'' if rungs == 1 else 's'} in {minutes:.0f} minutes"
    if not first or not last:
        return f"{climbed}; nothing was measured at {level}."
    held = f"{_least(first)} to {numbers.count(last['held'])} users within the objective{_grew(first, last)}"
    return f"{climbed}: at {level} from {held}. It ended because {ladder['ended'].rstrip('.')}."


def _least(first: JSON) -> str:
    return numbers.count(first["held"]) if first["held"] or not first["missed"] else f"under {first['missed']:.0f}"


def _grew(first: JSON, last: JSON) -> str:
    grew = times(first, last)
    return f" ({'' if first['held'] else 'at least '}{grew:.3g} times)" if grew else ""


def words(row: JSON | None) -> str:
    """A capacity in words."""
    if not row:
        return numbers.NONE
    around = f" ({numbers.count(row['low'])} to {numbers.count(row['high'])})" if row["low"] is not None else ""
    knee = f"knee at {numbers.count(row['knee'])}{around}" if row["knee"] is not None else "no knee"
    return f"{knee}, {numbers.count(row['held'])} users held of {numbers.count(row['tested'])} tried"


def prediction(rung: JSON) -> str:
    """What the verdict before the rung said would come next."""
    rows = [f"{row['id']} at about {numbers.count(row['users'])} users" for row in rung["predicted"] if row.get("id")]
    return ", then ".join(rows[:2]) or "nothing within what was watched"


def lines(ladder: JSON) -> list[str]:
    """The climb for a terminal, rung by rung."""
    rows = [
        f"{number}. {rung['finding']['id']} ({rung['finding']['resource']}): "
        f"{words(rung['before'])} → {words(rung['after'])}"
        for number, rung in enumerate(ladder["rungs"], 1)
    ]
    wrong = [f"   undone, it did not help: {step['finding']['id']}" for step in ladder["missteps"]]
    return [*rows, *wrong, sentence(ladder)]
