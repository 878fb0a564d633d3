"""`[objectives]` and `[stop]` of a target file and of a run: what is in force, and what contradicts itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rampart.config import Target
from rampart.errors import UsageError
from rampart.objectives import OBJECTIVES, STOP, in_force, objectives_of, rows_of
from rampart.target_file import doubtful_variables, read_target, read_target_file

HEAD = 'name = "x"\nurl = "http://127.0.0.1"\n'


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Target]:
    def _read(text: str, **environment: str) -> Target:
        path = tmp_path / "x.toml"
        path.write_text(HEAD + text)
        return read_target(path, environment)

    return _read


def test_each_entry_has_its_name_and_its_line(read: Callable[..., Target]) -> None:
    target = read("""[objectives]
fast = "p95 < 300ms"
invoices = 'p95 of "GET /invoices" < 800ms'
[stop]
slow = "p95 > 20s for 10s"
""")
    assert [(name, one.endpoint, one.value) for name, one in target.objectives.items()] == [
        ("fast", None, 300.0), ("invoices", "GET /invoices", 800.0),
    ]  # fmt: skip
    assert target.objectives["invoices"].where.endswith("x.toml, line 5")
    assert target.stop["slow"].for_s == 10


def test_a_default_is_in_force_where_nothing_is_said_of_its_kind(read: Callable[..., Target]) -> None:
    def names(text: str) -> set[str]:
        return set(in_force(read(text).objectives, OBJECTIVES))

    assert names("") == {"latency", "errors"}
    assert names('[objectives]\nfast = "p99 < 1s"') == {"fast", "errors"}
    assert names("[objectives]\none = 'p95 of \"GET /report\" < 9s'") == {"one", "errors"}
    assert names('[objectives]\nfew = "errors < 5%"') == {"latency", "few"}
    # That one endpoint may fail more often says nothing of the others.
    assert names("[objectives]\nmore = 'errors of \"GET /report\" < 9%'") == {"latency", "errors", "more"}
    assert set(in_force(read('[stop]\nslow = "p95 > 20s for 10s"').stop, STOP)) == {"slow", "errors"}


def test_a_variable_stands_over_the_table(read: Callable[..., Target]) -> None:
    target = read('[objectives]\nfast = "p95 < 300ms"', RAMPART_OBJECTIVES='{slack = "p95 < 3s"}')
    assert list(target.objectives) == ["slack"]
    with pytest.raises(UsageError, match=r"environment variable RAMPART_STOP: 'a' in .stop.*Did you mean 'errors'"):
        read("", RAMPART_STOP='{a = "error > 5% for 5s"}')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[objectives]\na = 'p95 < 800 msec'",
            "line 4: 'a' in .objectives.: 'msec' is not a unit of latency.*Did you mean 'ms'",
        ),
        ("[objectives]\na = 500", "line 4: 'a' in .objectives. does not fit.*it is 500"),
        ("objectives = 'p95 < 1s'", "line 3: .objectives. does not fit"),
        ("[[objectives]]\na = 'p95 < 1s'", "line 3: .objectives. does not fit"),
        ("[objective]\na = 'p95 < 1s'", "unknown setting 'objective'.*Did you mean 'objectives'"),
        ("[objectives]\na = 'p95 > 1s'", "line 4.*wrong way round.*write <"),
        ("[objectives]\na = 'p95 < 1s for 10s'", "line 4.*no duration.*Leave 'for 10s' out"),
        ("[objectives]\na = 'rate > 50/s'", "line 4.*a rate is no objective.*wanted_users"),
        ("[objectives]\na = 'p95 < 1s'\nb = 'p95 < 2s'", "line 5.*says one thing twice.*'a' and 'b' both limit p95"),
        ("[stop]\na = 'p95 > 9s'", "line 4.*does not say for how long.*Write: p95 > 9s for 10s"),
        ("[stop]\na = 'p95 > 9s for 100ms'", "line 4.*too short"),
        ("[stop]\na = 'errors < 9% for 5s'", "line 4.*wrong way round.*write >"),
        ("[stop]\na = 'rate > 9/s for 5s'", "line 4.*wrong way round.*write <"),
        ("[objectives]\na = 'p95 < 1s'\n[stop]\nb = 'p95 > 500ms for 5s'", "line 6: 'b' in .stop. contradicts.*'a'"),
        ("[stop]\nb = 'p95 > 400ms for 5s'", "line 4: 'b' in .stop. contradicts.*'latency' .p95 < 500ms"),
    ],
)
def test_what_does_not_fit_is_one_sentence_with_its_line(read: Callable[..., Target], text: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"(?s){said}"):
        read(text)


def test_the_old_name_says_the_new_one_and_what_its_keys_become(read: Callable[..., Target]) -> None:
    with pytest.raises(UsageError) as caught:
        read("[slo]\np95_ms = 300\nerror_ratio = 0.02\n")
    assert "line 3: [slo] is called [objectives]" in caught.value.what
    new = 'latency = "p95 < 300ms"', 'errors = "errors < 2%"'
    assert all(
        f"{one} for {key}" in caught.value.remedy for one, key in zip(new, ("p95_ms", "error_ratio"), strict=True)
    )
    assert read("[objectives]\n" + "\n".join(new)).objectives["latency"].value == 300
    for junk in ("slo = 3", "[slo]\nerror_ratio = 'x'", "[slo]"):
        with pytest.raises(UsageError, match=r"is called .objectives"):
            read(junk)
    assert [name for name, _ in doubtful_variables({"RAMPART_SLO_P95_MS": "300"})] == ["RAMPART_SLO_P95_MS"]


def test_a_run_says_which_were_in_force_and_so_does_one_from_before(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(HEAD + "[objectives]\ntoken = 'p95 of \"POST /token\" < 1s'\n")
    stated = read_target_file(path, {}).target.objectives
    found = objectives_of({"target": {"objectives": rows_of(stated)}})
    assert {name: one.said for name, one in found.items()} == {
        "errors": "errors < 1%", "token": 'p95 of "POST /token" < 1s',
    }  # fmt: skip
    old = objectives_of({"target": {"slo": {"p95_ms": 300, "error_ratio": 0.02}}})
    assert [(one.metric, one.value) for one in old.values()] == [("p95", 300), ("errors", 0.02)]
    assert objectives_of({}) == OBJECTIVES


@pytest.mark.parametrize("page", ["README.md", "docs/objectives.md"])
def test_what_the_pages_show_is_read(read: Callable[..., Target], page: str) -> None:
    text = (Path(__file__).parents[3] / page).read_text()
    blocks = [block.split("```")[0] for block in text.split("```toml\n")[1:] if block.startswith("[objectives]")]
    assert blocks
    for block in blocks:
        assert read(block).objectives and read(block).stop
