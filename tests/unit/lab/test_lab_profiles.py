"""Flaws and profiles: what may be asked for, and that each flaw really changes something."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

import lab.flaws
from lab.app.settings import Settings
from lab.configuration import condition
from lab.flaws._flaw import Flaw
from lab.profiles import FLAWS, chosen, healthy, young
from lab.profiles import flaw as find
from rampart.errors import UsageError

DOCS = Path(__file__).parents[3] / "docs" / "lab.md"
DEFAULTS = {field.name: field.default for field in fields(Settings)}


def test_the_young_system_has_what_young_systems_have() -> None:
    assert healthy == ()
    names = {find(name).name for name in young}
    assert names == {"missing-index", "n-plus-one", "app-pool", "cache-missing", "sync-work", "workers"}


def test_each_flaw_has_a_file_of_its_name() -> None:
    files = {path.stem for path in Path(lab.flaws.__path__[0]).glob("[a-z]*.py")}
    assert files == {name.replace("-", "_") for name in FLAWS}


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=lambda flaw: flaw.name)
def test_a_flaw_breaks_something_and_can_be_mended(flaw: Flaw) -> None:
    assert condition([flaw]) != condition([]) or flaw.broken_by or flaw.grown_by or flaw.scenario
    assert bool(flaw.broken_by or flaw.grown_by) == bool(flaw.mended_by)
    assert condition([flaw]) != condition([], [flaw]) or flaw.mended_by or flaw.scenario
    for settings in (flaw.settings, flaw.settings_mended):
        for name, value in settings.items():
            assert DEFAULTS[name] != value
            assert type(DEFAULTS[name]) is type(value)


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=lambda flaw: flaw.name)
def test_a_flaw_is_documented_as_it_is(flaw: Flaw) -> None:
    row = next(line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{flaw.name}` "))
    assert flaw.summary in row
    assert flaw.users in row


def test_profiles_and_flaws_may_be_mixed() -> None:
    assert chosen(["none"]) == chosen([]) == ()
    assert chosen(["workers", "workers"]) == ("workers",)
    assert set(chosen(["workers", "young"])) == set(young)
    assert set(chosen(["young", "missing-index"])) == {find(name).name for name in young}


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=lambda flaw: flaw.name)
def test_a_severity_changes_the_dose_and_nothing_else(flaw: Flaw) -> None:
    assert set(flaw.severities) <= {"weak", "strong"}
    for severity in flaw.severities:
        other = flaw.at(severity)
        assert other != flaw
        assert (other.name, other.finding, other.mended_by) == (flaw.name, flaw.finding, flaw.mended_by)
        assert other.settings.keys() == flaw.settings.keys()


def test_a_severity_is_asked_for_with_a_colon(monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(FLAWS["workers"], severities={"weak": {"workers": 2}})
    monkeypatch.setitem(FLAWS, "workers", few)
    assert chosen(["workers:middling", "app-pool"]) == ("workers", "app-pool")
    assert set(chosen(["young", "workers:weak"])) == {*young, "workers:weak"} - {"workers"}
    assert condition([find("workers:weak")]).workers == 2
    assert condition([find("workers")]).workers == 1
    with pytest.raises(UsageError, match=r"Did you mean 'weak'\?"):
        chosen(["workers:wek"])


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'cache-missing'\?"):
        chosen(["cache-mising"])
