"""verdict.json comes back as it was written, and whatever is wrong with it is a sentence that says what to do."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import verdict_page
from commands.main import main
from rampart.errors import UsageError
from rampart.finding import Evidence
from rampart.fingerprint import Fingerprint, Part
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import SCHEMA
from rampart.verdict_file import decode, read_verdict, write_verdict
from tests.planted import thin, verdicts
from tests.planted.findings import missing_index

RECORDING = Path(__file__).parents[2] / "recordings/app-pool"
DOCS = Path(__file__).parents[3] / "docs"
JUNK: list[Any] = [None, "words", -1, 3.5, True, [], {}, [None], {"value": "x"}, float("nan"), float("inf"), 10**400]


@pytest.fixture
def whole() -> JSON:
    found: JSON = json.loads(json.dumps(asdict(verdicts.bottleneck())))
    return found


def refusal(found: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        decode(found if isinstance(found, str) else json.dumps(found), "verdict.json")
    return caught.value


@pytest.mark.parametrize("outcome", verdicts.outcomes())
def test_it_comes_back_as_it_was_written(tmp_path: Path, outcome: str) -> None:
    run, verdict = Run(tmp_path), verdicts.outcomes()[outcome]  # type: ignore[index]
    write_verdict(run, verdict)
    assert read_verdict(run) == verdict


def test_the_verdict_of_a_recording_comes_back_too(tmp_path: Path, verdict_of: Callable[[Path], Any]) -> None:
    write_verdict(Run(tmp_path), verdict_of(RECORDING))
    assert read_verdict(Run(tmp_path)) == verdict_of(RECORDING)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ('{"schema": 2, "outcome": "bott', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "the whole: input should be an object"),
        ("{}", "schema: "),
        ('{"schema": "2"}', "schema: "),
    ],
)
def test_what_is_no_verdict_is_refused(text: str, why: str) -> None:
    error = refusal(text)
    assert error.what == "verdict.json is damaged"
    assert why in error.why
    assert "rampart report" in error.remedy


def test_a_field_that_is_missing_unknown_or_of_another_type_is_named(whole: JSON) -> None:
    assert refusal({**whole, "outcome": "fine"}).why.startswith("outcome: input should be 'bottleneck'")
    assert "unexpected keyword" in refusal({**whole, "more": 1}).why
    del whole["capacity"][0]["tested_users"]
    whole["first"]["share"] = "0.78"
    why = refusal(whole).why
    assert why.startswith("first.share: input should be a valid number")
    assert "and 1 more" in why


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(whole: JSON, number: float) -> None:
    whole["points"][0]["utilisation"]["db cpu"] = number
    assert refusal(whole).why.startswith("points.0.utilisation.db cpu: input should be a finite number")


def test_every_field_that_has_no_default_is_needed(whole: JSON) -> None:
    later = {
        "unexplained_saturation",
        "load_unit",
        "resource",
        "predicted_ladder",
        "objectives",
        "failures",
        "conclusion",
        "title",
        "joint",
        "undecided",
    }
    for name in whole:
        without = {key: value for key, value in whole.items() if key != name}
        if name in later:
            assert decode(json.dumps(without), "verdict.json") == verdicts.bottleneck()
        else:
            assert refusal(without).why.startswith(name)


def test_junk_anywhere_is_read_or_refused_and_never_crashes(whole: JSON) -> None:
    draws, refused = random.Random(7), 0
    for _ in range(300):
        broken = copy.deepcopy(whole)
        _break(broken, draws)
        try:
            decode(json.dumps(broken), "verdict.json")
        except UsageError:
            refused += 1
    assert refused > 200


def _break(node: Any, draws: random.Random) -> None:
    """Put junk at a random place, as deep as a coin says."""
    while keys := list(node) if isinstance(node, dict) else list(range(len(node))):
        key = draws.choice(keys)
        if not (isinstance(node[key], (dict, list)) and node[key] and draws.random() < 0.75):
            node[key] = copy.deepcopy(draws.choice(JUNK))
            return
        node = node[key]


def test_a_run_without_a_verdict_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no verdict") as caught:
        read_verdict(Run(tmp_path))
    assert f"rampart report {tmp_path}" in caught.value.remedy


def test_a_verdict_of_schema_1_is_made_again_from_the_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(RECORDING, tmp_path / "run"))
    Run(folder).update(fingerprint=asdict(Fingerprint.of(url=Part.of("one"))))  # without it nothing is compared
    (folder / "verdict.json").write_text(json.dumps({"schema": 1, "outcome": "bottleneck", "first": {"id": "db-cpu"}}))
    assert main(["compare", str(folder), str(folder)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "it has schema 1, this Rampart reads 2" in said and f"rampart report {folder}" in said.replace("\n", "")
    assert main(["report", str(folder)]) == 0
    verdict = read_verdict(Run(folder))
    assert (verdict.schema, verdict.first.id if verdict.first else None) == (2, "app-pool")
    assert main(["compare", str(folder), str(folder)]) == 0


def test_a_verdict_of_a_newer_rampart_is_refused() -> None:
    error = refusal({"schema": SCHEMA + 1})
    assert error.remedy == "Use a newer Rampart."


def test_texts_lose_what_could_steer_a_terminal_and_secrets_and_numbers_that_are_none_are_null() -> None:
    verdict = thin.verdict(sentence="\x1b]0;owned\x07 at postgresql://me:canary@db/x \ud800")
    assert verdict.sentence.startswith("]0;owned at postgresql://")
    assert "canary" not in verdict.sentence and verdict.sentence.isprintable()
    assert Evidence("", float("nan"), "", "").seen is None
    assert replace(missing_index(), endpoint="a\x00b").endpoint == "ab"


def test_the_page_and_the_schema_are_those_of_the_types() -> None:
    """`make docs` writes them."""
    assert (DOCS / "verdict.md").read_text() == verdict_page.page()
    assert (DOCS / "verdict.schema.json").read_text() == verdict_page.schema()
