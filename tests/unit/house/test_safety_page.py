"""docs/safety.md lists what the tests try, all of it and nothing else."""

from __future__ import annotations

from benchmarks.safety_page import PAGE, attempts, page, ways


def test_its_tables_are_those_of_the_tests() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "make docs"
    for name, said in [*attempts(), *ways()]:
        assert said and f"| `{name}` | {said} |" in text


def test_it_lists_enough() -> None:
    assert len(attempts()) >= 35
    assert f"{len(attempts())} attempts" in PAGE.read_text()
