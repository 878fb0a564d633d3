"""Result files of each load tool: the knee that was planted, within a tenth, and errors that name the line.

`data/` holds what wrk, hey, ab, Locust and JMeter wrote here (`data/make.sh`); k6, Gatling and vegeta are in the form
that they document.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.knee.estimate import find_knee
from rampart.errors import UsageError
from readers.curves import Curve, read_curves, readers
from readers.load_results._reader import Source, Window
from tests.planted import request_logs

DATA = Path(__file__).parent / "data"
WRITTEN = {"k6.csv": request_logs.k6_csv, "k6.json": request_logs.k6_json, "simulation.log": request_logs.gatling}
RATES = (20.0, 40.0, 80.0, 120.0, 150.0, 180.0, 240.0, 320.0)
# Files of data/, the format that is recognised, and the knee that was planted: workers * (service + think) / service.
MADE = [
    ("wrk/*.txt", "wrk", 8), ("ab/*.txt", "ab", 8), ("hey/*.txt", "hey", 8), ("hey-requests/*.gz", "hey-csv", 8),
    ("locust/steps_stats_history.csv", "locust", 50), ("locust/rising_stats_history.csv", "locust", 50),
    ("jmeter/rising.jtl.gz", "jmeter", 40),
]  # fmt: skip


def one_curve(*paths: Path, format: str | None = None, endpoint: str | None = None) -> Curve:
    (curve,) = read_curves(paths, format, endpoint)
    return curve


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path: Path, **options: str) -> str:
    with pytest.raises(UsageError) as error:
        one_curve(path, **options)
    return str(error.value)


@pytest.mark.parametrize(("files", "format", "planted"), MADE, ids=[files for files, _, _ in MADE])
def test_what_a_tool_wrote_has_the_knee_that_was_planted(files: str, format: str, planted: int) -> None:
    curve = one_curve(*sorted(DATA.glob(files)))
    assert curve.format == format
    assert find_knee(curve.stages).value == pytest.approx(planted, rel=0.1)


@pytest.mark.parametrize("users", [request_logs.stepped, request_logs.rising], ids=["steps", "no-plateaus"])
@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_documented_form_has_the_knee_that_was_planted(
    tmp_path: Path, name: str, users: Callable[[float], int]
) -> None:
    curve = one_curve(written(tmp_path, name, WRITTEN[name](users)))
    assert curve.endpoints and set(curve.endpoints) == set(request_logs.ENDPOINTS)
    assert find_knee(curve.stages).value == pytest.approx(request_logs.KNEE_USERS, rel=0.1)


@pytest.mark.parametrize("form", [request_logs.vegeta_text, request_logs.vegeta_json], ids=["text", "json"])
def test_attacks_of_vegeta_have_the_knee_that_was_planted_in_requests_in_flight(
    tmp_path: Path, form: Callable[[float, list[float]], str]
) -> None:
    paths = [written(tmp_path, f"{rate:g}.txt", form(rate, found)) for rate, found in request_logs.attacks(RATES)]
    curve = one_curve(*paths)
    assert curve.format == "vegeta" and len(curve.paths) == len(RATES)
    assert find_knee(curve.stages).value == pytest.approx(8, rel=0.1)


@pytest.mark.parametrize("tool", ["wrk", "ab", "hey"])
def test_runs_one_after_the_other_in_one_file_are_the_same_curve(tmp_path: Path, tool: str) -> None:
    paths = sorted((DATA / tool).glob("*.txt"))
    together = one_curve(written(tmp_path, "all.txt", "".join(path.read_text() for path in paths)))
    assert [s.users for s in together.stages] == [s.users for s in one_curve(*paths).stages]


def test_the_workers_of_hey_are_what_its_call_said() -> None:
    paths = sorted((DATA / "hey").glob("*.txt"), key=lambda path: int(path.stem))
    users = [s.users for s in one_curve(*paths).stages]
    assert users == [pytest.approx(float(path.stem), rel=0.1) for path in paths]  # those in flight at the end are lost


def test_the_name_of_a_file_may_say_how_many_workers_hey_had(tmp_path: Path) -> None:
    text = (DATA / "hey/8.txt").read_text()
    assert one_curve(written(tmp_path, "hey-c9.txt", text)).stages[0].users == 9


def test_files_that_are_whole_ramps_stay_curves_of_their_own() -> None:
    curves = read_curves(sorted((DATA / "locust").glob("*_history.csv")))
    assert [len(curve.paths) for curve in curves] == [1, 1]


CASE = """Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,Total Request Count,Total Failure Count
1700000000,10,,Aggregated,9.9,0.0,120,10,0
1700000001,10,,Aggregated,10.2,0.0,120,20,0
1700000002,20,,Aggregated,19.8,0.0,120,40,0
1700000003,20,,Aggregated,20.3,0.0,N/A,60,0
1700000004,40,,Aggregated,39.1,0.0,130,100,0
1700000005,40,,Aggregated,39.9,0.0,130,140,0
1700000006,80,,Aggregated,40.3,0.5,900,180,1
1700000007,80,,Aggregated,40.1,0.5,900,220,2
"""


def test_the_history_of_locust_is_read_as_it_is(tmp_path: Path) -> None:
    curve = one_curve(written(tmp_path, "run_stats_history.csv", CASE))
    assert [(s.users, list(s.throughput_rps)) for s in curve.stages] == [
        (10.0, [10.0]), (20.0, [20.0, 20.0]), (40.0, [40.0, 40.0]), (80.0, [39.0, 39.0]),
    ]  # fmt: skip


def test_histories_of_one_load_each_are_one_curve(tmp_path: Path) -> None:
    header = CASE.splitlines()[0]
    for users in (10, 20, 40, 80):
        loads = [min(2 * (at + 1), users) for at in range(300)]  # two users a second, then so many
        totals = [sum(min(load, 30) for load in loads[: at + 1]) for at in range(300)]
        rows = [f"{at},{n},,Aggregated,0,0,1,{totals[at]},0" for at, n in enumerate(loads)]
        written(tmp_path, f"u{users}_stats_history.csv", "\n".join([header, *rows]))
    curve = one_curve(*tmp_path.glob("*.csv"))
    assert sorted((s.users, float(s.throughput_rps.mean())) for s in curve.stages) == [
        (10.0, 10.0), (20.0, 20.0), (40.0, 30.0), (80.0, 30.0),
    ]  # fmt: skip


def test_a_reset_of_locusts_statistics_costs_one_window(tmp_path: Path) -> None:
    reset = CASE.replace("40,0\n", "0,0\n", 1)  # of the third row
    stages = one_curve(written(tmp_path, "run_stats_history.csv", reset)).stages
    assert [len(s.throughput_rps) for s in stages] == [1, 1, 2, 2]


def test_endpoints_are_summed_or_chosen(tmp_path: Path) -> None:
    path = DATA / "locust/steps_stats_history.csv"
    whole, parts = one_curve(path), [one_curve(path, endpoint=name) for name in ("/invoices", "/search")]
    assert whole.endpoints == ("/invoices", "/search")
    for n, stage in enumerate(whole.stages):
        assert sum(part.stages[n].throughput_rps.sum() for part in parts) == pytest.approx(stage.throughput_rps.sum())
    assert "Did you mean '/search'" in complaint(path, endpoint="/serch")
    assert "no endpoint '/a'" in complaint(DATA / "wrk/8.txt", endpoint="/a")


JTL = """timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes,grpThreads,allThreads
"""


def jtl(rows: int, message: str = "OK", success: str = "true") -> str:
    return JTL + "".join(
        f"{1_700_000_000_000 + 100 * n},50,/a,200,{message},t 1-1,text,{success},9,1,4\n" for n in range(rows)
    )


def test_the_sums_of_jmeters_transactions_and_failed_samples_are_not_served(tmp_path: Path) -> None:
    sums = jtl(60, "Number of samples in transaction : 2").removeprefix(JTL)
    path = written(tmp_path, "a.jtl", jtl(60) + sums + jtl(60, success="false").removeprefix(JTL))
    (stage,) = one_curve(path).stages
    assert stage.users == 4 and stage.throughput_rps.mean() == pytest.approx(10)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.jtl", jtl(9).replace(",50,", ",fast,", 1), "line 2 has 'fast' as elapsed"),
        ("b.jtl", jtl(9).replace("allThreads", "other"), "thread_counts=true"),
        ("d.jtl", jtl(9) + jtl(1).splitlines()[1].replace("17000", "97000", 1) + "\n", "days apart"),
        ("a.csv", "metric_name,timestamp,metric_value\nvus,soon,1\n", "line 2 has 'soon' as timestamp"),
        ("c.jtl", "<?xml version='1.0'?>\n<testResults version='1.2'>\n", "output_format=csv"),
        ("a.txt", "Running 4s test @ http://x/\n  1 threads and -8 connections\n", "line 2 has '-8' as connections"),
        ("b.txt", "Running 4s test @ http://x/\n  1 threads and 8 connections\n", "no Requests/sec"),
        ("c_stats.csv", (DATA / "locust/rising_stats.csv").read_text(), "_stats_history.csv"),
        ("simulation.log", "\x00\x01\x02gatling", "binary form from version 3.11"),
        ("a.json", '{"type":"Metric"}\n{"metric":"vus","type":"Point","data":{"time":"now","value":1}}\n', "line 2"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line_and_the_cure(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    assert words in complaint(written(tmp_path, name, text))


@pytest.mark.parametrize("text", ["name,value\na,1\n", "hello\n", '{"a": 1}\n'], ids=["columns", "words", "json"])
def test_a_form_that_is_not_known_is_told_which_formats_are(tmp_path: Path, text: str) -> None:
    message = complaint(written(tmp_path, "a.txt", text))
    assert all(name in message for name in readers()) and "Rename" not in message


def test_a_format_that_does_not_exist_is_told_the_nearest(tmp_path: Path) -> None:
    assert "Did you mean 'jmeter'" in complaint(written(tmp_path, "a.csv", "x\n"), format="jmetr")


def test_a_format_that_was_said_is_taken(tmp_path: Path) -> None:
    assert "metric_name" not in complaint(written(tmp_path, "a.csv", "a,b\n1,2\n"), format="table")
    assert "no run is in it" in complaint(written(tmp_path, "a.txt", "a,b\n1,2\n"), format="wrk")


def test_packed_files_are_read_like_plain_ones(tmp_path: Path) -> None:
    plain = written(tmp_path, "k6.json", request_logs.k6_json(request_logs.stepped))
    packed = tmp_path / "k6.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert [s.users for s in one_curve(packed).stages] == [s.users for s in one_curve(plain).stages]


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    for name, form in WRITTEN.items():
        whole = form(request_logs.stepped)
        torn = one_curve(written(tmp_path, name, whole[: len(whole) * 3 // 4]))
        assert len(torn.stages) >= 5, name


def test_k6_counts_what_it_did_not_expect_as_failed(tmp_path: Path) -> None:
    half = request_logs.k6_json(request_logs.stepped).splitlines()
    failed = [line.replace('"true"', '"false"') if n % 2 else line for n, line in enumerate(half)]
    stages = one_curve(written(tmp_path, "k6.json", "\n".join(failed) + "\n")).stages
    assert stages[-1].throughput_rps.mean() == pytest.approx(20, rel=0.1)
    assert sum('"false"' in line for line in failed) > 500
    assert json.loads(failed[-1])


BOMBARDIER = """Bombarding http://127.0.0.1:80/ for 10s using 8 connection(s)
Done!
Statistics        Avg      Stdev        Max
  Reqs/sec       200.00      18.01      231.29
  HTTP codes:
    1xx - 0, 2xx - 1500, 3xx - 0, 4xx - 0, 5xx - 500
    others - 0
"""


def test_the_reader_of_the_documents_is_a_reader(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/extending.md").read_text()
    code = page.split("# readers/load_results/bombardier.py\n")[1].split("```")[0]
    module: dict[str, Any] = {}
    exec(compile(code, "bombardier.py", "exec"), module)
    source = Source(written(tmp_path, "b.txt", BOMBARDIER))
    assert module["BOMBARDIER"].recognises(source)
    assert module["BOMBARDIER"].read(source).windows == [Window(8.0, 150.0)]


def test_the_figures_in_the_document_are_what_is_found() -> None:
    """Of the tools that were run; those in their documented form have their own test."""
    page = (Path(__file__).parents[3] / "docs/knee.md").read_text()
    rows = dict(re.findall(r"^\| [^|]+ \| `data/([^`]+)` \| (\d+ \| [\d.]+) \|", page, re.MULTILINE))
    found = {
        files: f"{planted} | {find_knee(one_curve(*sorted(DATA.glob(files))).stages).value:.3g}"
        for files, _, planted in MADE
    }
    assert rows == found
