"""A table of windows becomes stages, or an error with its line and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.knee.estimate import find_knee
from rampart.errors import UsageError
from rampart.windows import StageWindows
from readers.curves import read_curves

GOOD = """stage,users,throughput_rps,mean_latency_s
a,10,2.0,0.2
a,10,2.2,0.2
b,20,4.1,
b,20,3.9,0.21
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "ramp.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read_windows(path: Path, endpoint: str | None = None) -> list[StageWindows]:
    (curve,) = read_curves([path], endpoint=endpoint)
    assert curve.format == "table"
    return curve.stages


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as error:
        read_windows(written(folder, text))
    return str(error.value)


def test_rows_with_the_same_stage_are_its_windows(tmp_path: Path) -> None:
    first, second = read_windows(written(tmp_path, GOOD))
    assert (first.users, list(first.throughput_rps)) == (10.0, [2.0, 2.2])
    assert (second.users, list(second.throughput_rps)) == (20.0, [4.1, 3.9])


def test_a_return_to_the_same_users_is_a_stage_of_its_own(tmp_path: Path) -> None:
    text = "stage,users,throughput_rps\n1,10,2\n2,20,4\n3,10,2.1\n"
    assert [s.users for s in read_windows(written(tmp_path, text))] == [10.0, 20.0, 10.0]


def test_spaces_blank_lines_a_byte_order_mark_and_extra_columns_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeffstage, users ,throughput_rps,comment\n\n1, 10 ,2.5,warm\n"
    (stage,) = read_windows(written(tmp_path, text))
    assert (stage.users, list(stage.throughput_rps)) == (10.0, [2.5])


def test_failed_requests_are_taken_off_the_throughput(tmp_path: Path) -> None:
    text = "stage,users,throughput_rps,error_ratio\n1,10,8,0.25\n1,10,8,\n"
    assert list(read_windows(written(tmp_path, text))[0].throughput_rps) == [6.0, 8.0]


def test_a_ramp_in_which_every_request_failed_has_no_knee(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n},{min(n, 40)},1.0\n" for n in (10, 20, 40, 80, 160))
    estimate = find_knee(read_windows(written(tmp_path, "stage,users,throughput_rps,error_ratio\n" + rows)))
    assert estimate.value is None and estimate.reason == "no stage that counts served any request"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("stage,user,throughput_rps", ("column users is missing", "Rename 'user' to 'users'")),
        ("stage,users,throughput", ("Rename 'throughput' to 'throughput_rps'",)),
        ("stage,people,throughput_rps", ("column users is missing", "stage,users,throughput_rps")),
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
    (stage,) = read_windows(written(tmp_path, "stage,users,throughput_rps\n1,10,2\n1,10"))
    assert list(stage.throughput_rps) == [2.0]


SHARES = "stage,users,throughput_rps,error_ratio\n" + "".join(
    f"s{n},{n},{rate},{share}\n"
    for n, rate, share in zip(
        (1, 2, 4, 8, 16, 32, 64, 128),
        (10, 20, 39, 78, 150, 199, 201, 200),
        (0, 0, 0, 0, 0.005, 0.02, 0.05, 0.1),
        strict=True,
    )
)
PERCENT = SHARES.replace("0.005", "0.5").replace("0.02", "2").replace("0.05", "5").replace(",0.1\n", ",10\n")


def test_percent_in_a_column_of_shares_is_refused_with_its_line(tmp_path: Path) -> None:
    message = complaint(tmp_path, PERCENT)
    assert "line 7 has '2' as error_ratio" in message
    assert "must lie between 0 and 1 (2 looks like percent; write 0.02)" in message


@pytest.mark.parametrize("name", ["error_pct", "Error %", "failure_percent"])
def test_percent_under_its_own_name_is_what_shares_are(tmp_path: Path, name: str) -> None:
    percent = read_windows(written(tmp_path, PERCENT.replace("error_ratio", name)))
    shares = read_windows(written(tmp_path, SHARES))
    assert [list(s.throughput_rps) for s in percent] == [pytest.approx(list(s.throughput_rps)) for s in shares]
    estimate = find_knee(percent)
    assert estimate.value == pytest.approx(19, abs=1) and estimate.max_throughput_rps == pytest.approx(190, abs=5)


def test_percent_signs_in_cells_are_percent_whatever_the_column_is_called(tmp_path: Path) -> None:
    text = "stage,users,throughput_rps,error_ratio\n1,10,8,25 %\n1,10,8,0%\n"
    assert list(read_windows(written(tmp_path, text))[0].throughput_rps) == [6.0, 8.0]


def test_failures_per_second_are_taken_off_and_cannot_be_more_than_the_requests(tmp_path: Path) -> None:
    text = "users,rps,Failures/s\n10,8,2\n"
    assert list(read_windows(written(tmp_path, text))[0].throughput_rps) == [6.0]
    assert "line 2 has '9' as Failures/s" in complaint(tmp_path, text.replace(",2", ",9"))


@pytest.mark.parametrize("name", ["error_rate", "failures", "Errors"])
def test_failures_in_a_unit_that_is_not_said_are_refused(tmp_path: Path, name: str) -> None:
    assert "error_pct" in complaint(tmp_path, f"users,rps,{name}\n10,8,2\n")


@pytest.mark.parametrize(
    ("row", "column"),
    [("1,10,-5", "throughput_rps"), ("1,10,inf", "throughput_rps"), ("1,-3,5", "users"), ("1,1e15,5", "users")],
)
def test_a_number_that_cannot_be_is_an_error_with_its_line(tmp_path: Path, row: str, column: str) -> None:
    message = complaint(tmp_path, f"stage,users,throughput_rps\n\n1,10,5\n{row}\n")
    assert "line 4" in message and f"as {column}" in message and "not negative" in message


def test_the_line_is_right_beyond_a_cell_of_several_lines(tmp_path: Path) -> None:
    text = 'stage,users,throughput_rps,comment\n1,10,5,"slow\n\nstart"\n1,10,-5,\n'
    assert "line 5 has '-5'" in complaint(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "stage;users;throughput_rps\na;1;10,5\nb;2;20,9\nc;4;41,0\n",
        "stage\tusers\tthroughput_rps\na\t1\t10.5\nb\t2\t20.9\nc\t4\t41\n",
        "Users;RPS\n1;10,5\n2;20,9\n4;41\n",
    ],
    ids=["semicolon", "tab", "no-stage"],
)
def test_semicolons_tabs_and_decimal_commas_are_read(tmp_path: Path, text: str) -> None:
    stages = read_windows(written(tmp_path, text))
    assert [(s.users, list(s.throughput_rps)) for s in stages] == [(1.0, [10.5]), (2.0, [20.9]), (4.0, [41.0])]


def test_a_comma_beside_a_point_is_no_number(tmp_path: Path) -> None:
    assert "line 2 has '1.234,5'" in complaint(tmp_path, "stage;users;throughput_rps\na;1;1.234,5\nb;2;20,9\n")


ENDPOINTS = "stage,users,endpoint,rps\n1,10,/a,5\n1,10,/b,1\n1,10,/a,6\n1,10,/b,2\n2,20,/b,3\n2,20,/a,9\n"


def test_rows_of_several_endpoints_are_summed_window_by_window(tmp_path: Path) -> None:
    stages = read_windows(written(tmp_path, ENDPOINTS))
    assert [(s.users, list(s.throughput_rps)) for s in stages] == [(10.0, [6.0, 8.0]), (20.0, [12.0])]


def test_one_endpoint_is_chosen_and_a_wrong_one_is_told_with_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, ENDPOINTS.replace("/a", "/invoices"))
    assert [list(s.throughput_rps) for s in read_windows(path, "/invoices")] == [[5.0, 6.0], [9.0]]
    with pytest.raises(UsageError, match="Did you mean '/invoices'"):
        read_windows(path, "/invoice")


def test_a_table_over_time_without_plateaus_is_cut_by_users(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n},{min(n, 40) / 2}\n" for n in range(1, 121))
    stages = read_windows(written(tmp_path, "time,users,rps\n" + rows))
    assert 15 < len(stages) < 40 and sum(len(s.throughput_rps) for s in stages) == 120
    assert find_knee(stages).value == pytest.approx(40, rel=0.1)
