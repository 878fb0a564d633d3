"""`rampart knee FILE.csv`: a file of windows becomes stages, or an error with the cure; a line, a sentence, a plot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.knee.estimate import KneeEstimate, find_knee
from commands.knee import line, sentence
from commands.knee_plot import plot
from rampart.errors import UsageError
from readers.knee_csv import read_windows

GOOD = """stage,users,throughput_rps,mean_latency_s
a,10,2.0,0.2
a,10,2.2,0.2
b,20,4.1,
b,20,3.9,0.21
"""
FOUND = KneeEstimate(
    value=208.4321, low=190.0, high=230.0, reason=None, max_throughput_rps=40.12345, efficiency_last=0.5
)
ABSENT = KneeEstimate(None, None, None, "not reached: still efficient", 12.0, 1.0)


def written(folder: Path, text: str) -> Path:
    path = folder / "ramp.csv"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as error:
        read_windows(written(folder, text))
    return str(error.value)


def test_rows_with_the_same_stage_are_its_windows(tmp_path: Path) -> None:
    first, second = read_windows(written(tmp_path, GOOD))
    assert (first.users, list(first.throughput_rps)) == (10.0, [2.0, 2.2])
    assert (second.users, list(second.throughput_rps)) == (20.0, [4.1, 3.9])
    assert first.mean_latency_s is not None and list(first.mean_latency_s) == [0.2, 0.2]


def test_a_return_to_the_same_users_is_a_stage_of_its_own(tmp_path: Path) -> None:
    text = "stage,users,throughput_rps\n1,10,2\n2,20,4\n3,10,2.1\n"
    assert [s.users for s in read_windows(written(tmp_path, text))] == [10.0, 20.0, 10.0]


def test_spaces_blank_lines_a_byte_order_mark_and_extra_columns_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeffstage, users ,throughput_rps,comment\n\n1, 10 ,2.5,warm\n"
    (stage,) = read_windows(written(tmp_path, text))
    assert (stage.users, list(stage.throughput_rps), stage.mean_latency_s) == (10.0, [2.5], None)


def test_failed_requests_are_taken_off_the_throughput(tmp_path: Path) -> None:
    text = "stage,users,throughput_rps,error_ratio\n1,10,8,0.25\n1,10,8,\n"
    assert list(read_windows(written(tmp_path, text))[0].throughput_rps) == [6.0, 8.0]


def test_a_ramp_in_which_every_request_failed_has_no_knee(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n},{min(n, 40)},1.0\n" for n in (10, 20, 40, 80, 160))
    estimate = find_knee(read_windows(written(tmp_path, "stage,users,throughput_rps,error_ratio\n" + rows)))
    assert estimate.value is None and estimate.reason == "no stage served any request"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("stage,user,throughput_rps", ("column users is missing", "Rename 'user' to 'users'")),
        ("stage,users,throughput", ("Rename 'throughput' to 'throughput_rps'",)),
        ("step,users,throughput_rps", ("column stage is missing", "stage,users,throughput_rps")),
        ("stage;users;throughput_rps", ("users", "stage,users,throughput_rps")),
    ],
)
def test_a_missing_column_is_named_with_the_word_that_was_probably_meant(
    tmp_path: Path, header: str, words: tuple[str, ...]
) -> None:
    message = complaint(tmp_path, f"{header}\n1,10,2\n")
    assert all(word in message for word in words)


def test_a_word_where_a_number_belongs_is_shown_with_its_line(tmp_path: Path) -> None:
    message = complaint(tmp_path, "stage,users,throughput_rps\n1,10,2\n1,10,fast\n")
    assert "line 3" in message and "'fast'" in message and "throughput_rps" in message


@pytest.mark.parametrize("text", ["", "\n\n", "stage,users,throughput_rps\n"], ids=["empty", "blank", "header-only"])
def test_a_file_without_windows_says_what_belongs_into_it(tmp_path: Path, text: str) -> None:
    assert "stage,users,throughput_rps" in complaint(tmp_path, text)


def test_one_stage_at_two_user_counts_is_refused(tmp_path: Path) -> None:
    assert "10 and at 20 users" in complaint(tmp_path, "stage,users,throughput_rps\n1,10,2\n1,20,4\n")


def test_a_file_that_is_not_there_or_not_text_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_windows(tmp_path / "absent.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UsageError, match="UTF-8"):
        read_windows(tmp_path / "binary.csv")


def test_a_torn_last_line_counts_as_not_measured(tmp_path: Path) -> None:
    stages = read_windows(written(tmp_path, "stage,users,throughput_rps\n1,10,2\n1,10"))
    assert len(stages) == 1 and find_knee(stages).value is None


def test_the_line_is_the_documented_json() -> None:
    assert json.loads(line(Path("a/b.csv"), FOUND)) == {
        "file": "a/b.csv",
        "knee_users": {"value": 208.4, "low": 190.0, "high": 230.0},
        "reason": None,
        "max_throughput_rps": 40.12,
    }
    assert json.loads(line(Path("c.csv"), ABSENT)) == {
        "file": "c.csv",
        "knee_users": None,
        "reason": "not reached: still efficient",
        "max_throughput_rps": 12.0,
    }


def test_the_line_of_an_empty_ramp_is_json_without_nan() -> None:
    assert json.loads(line(Path("x.csv"), find_knee([])))["max_throughput_rps"] is None


def test_the_sentence_says_the_knee_with_its_interval_or_the_reason() -> None:
    assert "208 users (95 %: 190 to 230)" in sentence(Path("b.csv"), FOUND)
    assert sentence(Path("c.csv"), ABSENT) == (
        "c.csv: no knee; not reached: still efficient. The highest throughput seen is 12 requests/s."
    )


@pytest.mark.parametrize("estimate", [FOUND, ABSENT, find_knee([])], ids=["found", "absent", "empty"])
def test_the_plot_is_written_whatever_was_found(tmp_path: Path, estimate: KneeEstimate) -> None:
    out = tmp_path / "knee.png"
    plot(read_windows(written(tmp_path, GOOD)) if estimate.max_throughput_rps else [], estimate, out)
    assert out.read_bytes().startswith(b"\x89PNG")
