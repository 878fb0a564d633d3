"""docs/metrics.md, made from the metrics themselves (`make docs`): the kernel's constants and what probes declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from probes._found import every_probe
from probes._probe import Probe
from rampart import metrics
from rampart.model import Metric

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"
_ABOUT = """# Metrics

Every number that is recorded beside the requests, by name. `make docs` makes this page from the metrics themselves:
those that analysis reads by name are constants in `rampart/metrics.py`, others are declared beside the probe that reads
them. The names are the contract between `probes/` and `analysis/`: a detector asks for a name and never for a probe. A
counter only grows, and only its differences mean anything; a gauge is a level at an instant.

The role says what a number tells of its resource: how much of it is used (`utilisation`), how much waits for it
(`saturation`), what goes wrong (`errors`), what is asked of it (`demand`), or what it is (`info`). `stages`: read when
a stage begins and ends, and not in between. The recorder writes once a second. `full at`: from where on the resource is
full; a counter by what it gains a second.
"""
_SECTIONS = {
    "Postgres": ("db",),
    "Replicas": ("replica",),
    "PgBouncer": ("pooler",),
    "Redis (`server`: its role, `cache` or `queue`)": ("redis",),
    "Queues": ("queue",),
    "Application": ("pool", "loop", "app", "outside"),
    "Host, and processes by role": ("host", "role", "process"),
    "Load generator": ("generator",),
}
_END = """
`role` is one of `app`, `worker`, `db`, `replica`, `pooler`, `cache`, `queue`, `outside`, `generator`, `conductor`, and
`neighbour`: what nobody named, but is connected to the target's servers, or called by its application or workers.
Processor time of everything that has no role is `host.cpu_busy_s` less the sum of `role.cpu_s`.

`statements.json` holds what is read once: `{"statements": {ID: {"text": …, "plan": …}}, "tables": {NAME: {"rows": …,
"bytes": …, "indexes": [definitions]}}, "settings": {…}}`.
"""


def written_by() -> dict[Metric, list[str]]:
    """All metrics, each with the probes that read it and how often; what no probe reads is the recorder's."""
    found: dict[Metric, list[str]] = {}
    for name, probe in every_probe().items():
        for metric in probe.metrics:
            found.setdefault(metric, []).append(f"{name} ({_often(probe)})")
    found[metrics.ROLE_CPU_S].append("conductor (1 s)")
    for metric in (value for value in vars(metrics).values() if isinstance(value, Metric)):
        found.setdefault(metric, ["recorder"])
    return found


def _often(probe: Probe) -> str:
    return "stages" if probe.cadence_s is None else f"{probe.cadence_s:g} s"


def page(written: Mapping[Metric, Sequence[str]]) -> str:
    """The page for these metrics and who reads each."""
    return "\n".join([_ABOUT, *_table(written)]) + "\n" + _END


def _table(written: Mapping[Metric, Sequence[str]]) -> Iterator[str]:
    yield "| metric | kind | role | unit | labels | full at | what it says | read by |"
    yield "|---|---|---|---|---|---|---|---|"
    rest = dict(written)
    others = sorted({_first(metric) for metric in rest} - {name for names in _SECTIONS.values() for name in names})
    for title, names in {**_SECTIONS, **{name: (name,) for name in others}}.items():
        yield f"| **{title}** | | | | | | | |"
        for metric in [metric for metric in rest if _first(metric) in names]:
            about = (metric.kind, metric.role, metric.unit, ", ".join(metric.labels), _full_at(metric), metric.summary)
            yield f"| `{metric.name}` | {' | '.join(about)} | {', '.join(rest.pop(metric))} |"


def _full_at(metric: Metric) -> str:
    return "" if metric.full_at is None else f"{metric.full_at:g}"


def _first(metric: Metric) -> str:
    return metric.name.partition(".")[0]


if __name__ == "__main__":
    PAGE.write_text(page(written_by()))
