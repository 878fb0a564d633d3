"""What of a target file, a scenario and a machine makes another fingerprint, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conductor.host_class import cpu_class, host_class
from conductor.run_fingerprint import run_fingerprint
from conductor.scenario_check import Scenario
from conductor.timing import FULL, QUICK
from rampart.condition import parse
from rampart.config import Marker, Seed, Target, Version
from rampart.fingerprint import Fingerprint, differences
from rampart.masking import remember_options

TARGET = Target("shop", "http://127.0.0.1:8000", seed=Seed("lab", (100, 1000)))
FILES = [{"name": "shop.py", "digest": "aa"}, {"name": "common/agents.py", "digest": "bb"}]


def made(
    target: Target = TARGET, files: list[dict[str, str]] = FILES, levels: tuple[int, ...] = (100, 1000)
) -> Fingerprint:
    return run_fingerprint(target, Scenario([], [], {}, None, {}, {}, files), levels, QUICK)


def changed(other: Fingerprint) -> list[str]:
    return [row.part for row in differences(made(), other)]


def with_load(**settings: object) -> Target:
    return replace(TARGET, load=replace(TARGET.load, **settings))


def promising(*said: str) -> Target:
    return replace(TARGET, objectives={f"of-{number}": parse(text) for number, text in enumerate(said)})


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("url", lambda: made(replace(TARGET, url="http://127.0.0.1:8001"))),
        ("url", lambda: made(replace(TARGET, url="http://127.0.0.1:8000/eu"))),
        ("scenario", lambda: made(files=[FILES[0], {"name": "common/agents.py", "digest": "cc"}])),
        ("scenario", lambda: made(files=FILES[:1])),
        ("scenario", lambda: made(with_load(options=("--mix", "heavy")))),
        ("objectives", lambda: made(promising("p95 < 300ms"))),
        ("objectives", lambda: made(promising("errors < 2%"))),
        ("objectives", lambda: made(promising('p95 of "GET /a" < 500ms'))),
        ("levels", lambda: made(levels=(100, 10_000))),
        ("levels", lambda: made(replace(TARGET, seed=replace(TARGET.seed, seed=2)))),
        ("levels", lambda: run_fingerprint(TARGET, Scenario([], [], {}, None, {}, {}, FILES), (100, 1000), FULL)),
    ],
    ids=["port", "path", "helper", "no helper", "options", "p95", "errors", "endpoint", "tenants", "seed", "stages"],
)  # fmt: skip
def test_each_part_alone(part: str, other: Callable[[], Fingerprint]) -> None:
    assert changed(other()) == [part]


@pytest.mark.parametrize(
    "same",
    [
        replace(TARGET, name="renamed"),
        replace(TARGET, url="HTTP://127.0.0.1:8000/"),
        replace(TARGET, version=Version(name="1.4.2")),
        replace(TARGET, marker=Marker(header="X-Load-Test: yes")),
        with_load(scenario="/elsewhere/shop.py"),
        with_load(max_users=100, wanted_users=50),
        promising("errors < 0.01", "p95 < .5s"),
    ],
    ids=["name", "spelling of the url", "version", "marker", "folder of the scenario", "users", "names"],
)
def test_what_is_no_part_of_it(same: Target) -> None:
    assert changed(made(same)) == []


def test_a_scenario_that_is_renamed_is_the_same_and_the_order_of_its_files_does_not_count() -> None:
    assert changed(made(files=[{"name": "load.py", "digest": "bb"}, {"name": "x.py", "digest": "aa"}])) == []


def test_the_lab_has_another_port_each_time() -> None:
    one, two = (made(replace(TARGET, lab=True, url=f"http://127.0.0.1:{port}")) for port in (1234, 4321))
    assert differences(one, two) == ()


def test_secrets_are_neither_shown_nor_compared() -> None:
    def with_secret(secret: str) -> Fingerprint:
        options = ("--login-password", secret)
        remember_options(options)  # as whoever reads a target file does
        return made(replace(with_load(options=options), url=f"http://127.0.0.1:8000/{secret}"))

    one, two = with_secret("tomorrow-17"), with_secret("yesterday-18")
    assert differences(one, two) == ()
    assert not any("17" in part.value for part in one.parts.values())


def test_a_seeder_of_ones_own_is_its_content_and_not_its_path(tmp_path: Path) -> None:
    def seeded(folder: str, content: str) -> Fingerprint:
        path = tmp_path / folder / "grow.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        return made(replace(TARGET, seed=replace(TARGET.seed, seeder=str(path))))

    assert differences(seeded("here", "rows = 1"), seeded("there", "rows = 1")) == ()
    (row,) = differences(seeded("here", "rows = 1"), seeded("there", "rows = 2"))
    assert row.part == "levels"
    assert row.before != row.after


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz", "Intel Xeon E5-2673 v4"),
        ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "Intel Xeon Platinum 8370C"),
        ("AMD EPYC 7763 64-Core Processor", "AMD EPYC 7763"),
        ("Apple M2 Pro", "Apple M2 Pro"),
        ("", "unknown processor"),
    ],
)
def test_the_class_of_a_processor_is_its_model_alone(model: str, told: str) -> None:
    assert cpu_class(model) == told


def test_the_class_of_this_machine_is_the_same_a_moment_later() -> None:
    assert host_class() == host_class()
    assert " cores, " in host_class()
