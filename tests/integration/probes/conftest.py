"""Opens probes on real targets, and holds what they read against what they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from probes._probe import Probe, Reader
from rampart.config import Target
from rampart.model import Reading


@dataclass(frozen=True)
class Round:
    """What one read gave."""

    readings: list[Reading]

    def all(self, metric: str, **labels: str) -> list[Reading]:
        """Readings of a metric whose labels include `labels`."""
        return [r for r in self.readings if r.metric.name == metric and labels.items() <= dict(r.labels).items()]

    def __call__(self, metric: str, **labels: str) -> float:
        """The sum of a metric over the labels that are left open."""
        found = self.all(metric, **labels)
        assert found, f"no reading of {metric} {labels}"
        return sum(reading.value for reading in found)


@dataclass
class Watched:
    """An open probe."""

    probe: Probe
    reader: Reader

    def read(self) -> Round:
        """One round; every reading is of a metric that the probe declares, and labelled as it declares."""
        readings = list(self.reader.read())
        for reading in readings:
            assert reading.metric in self.probe.metrics, reading
            assert set(reading.labels) == set(reading.metric.labels), reading
            assert all(isinstance(label, str) for label in reading.labels.values()), reading
            assert isinstance(reading.value, (int, float)), reading
        return Round(readings)

    def facts(self) -> dict[str, Any]:
        return self.reader.facts()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    """Opens a probe on a target given by its fields, and closes it after the test."""
    opened: list[Reader] = []

    def open_probe(probe: Probe, **fields: Any) -> Watched:
        reader = probe.connect(Target(name="test", url="http://127.0.0.1:1", **fields))
        opened.append(reader)
        return Watched(probe, reader)

    yield open_probe
    for reader in opened:
        reader.close()
