"""The samples that JMeter writes as CSV (a JTL file)."""

from __future__ import annotations

import numpy as np

from rampart.windows import Floats
from readers.load_results._columns import Columns, read_columns
from readers.load_results._reader import Reader, Reading, Source
from readers.load_results._request_log import RequestLog, last_known
from readers.load_results._times import seconds

NEEDED = ("timeStamp", "elapsed", "label", "success", "allThreads")
# A transaction controller adds a sample of its own, which is the sum of those within it.
TRANSACTION = "Number of samples in transaction"


def _recognises(source: Source) -> bool:
    return {"timeStamp", "elapsed"} <= set(source.first_line().replace(";", ",").replace("\t", ",").split(",")) or (
        "<testResults" in source.head()
    )


def _read(source: Source) -> Reading:
    if "<testResults" in source.head():
        raise source.unreadable(
            "it is a JTL file in XML", "Run JMeter with -Jjmeter.save.saveservice.output_format=csv."
        )
    columns = read_columns(source, {*NEEDED, "responseMessage"}.__contains__)
    missing = [name for name in NEEDED if name not in columns.names]
    if missing:
        switch = "-Jjmeter.save.saveservice.thread_counts=true" if missing == ["allThreads"] else "its default columns"
        raise source.unreadable(f"the column {', '.join(missing)} is missing", f"Run JMeter with {switch}.")
    if "responseMessage" in columns.names:
        columns = columns.keep([TRANSACTION not in text for text in columns.words("responseMessage")])
    return _windows(source, columns.measured(*NEEDED))


def _windows(source: Source, columns: Columns) -> Reading:
    start_s: Floats = seconds(columns, "timeStamp")
    end_s = start_s + columns.numbers("elapsed") / 1000
    ok = np.array([word.lower() == "true" for word in columns.words("success")], dtype=np.bool)
    log = RequestLog(end_s, ok, columns.words("label"))
    edges = log.edges(source, float(start_s.min()) if len(start_s) else 0.0)
    users = last_known(end_s, columns.numbers("allThreads"), edges)
    return Reading(log.windows(source, edges, users), source.choose(log.endpoint))


JMETER = Reader(
    name="jmeter",
    summary="the samples that JMeter writes as CSV (JTL)",
    example="jmeter -n -t plan.jmx -l samples.jtl; rampart knee samples.jtl",
    recognises=_recognises,
    read=_read,
)
