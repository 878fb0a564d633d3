"""Does a full scan grow with the table, and does an index end that?"""

from __future__ import annotations

import time

import psycopg

from lab.claims._claim import Claim, Measured
from lab.staging import Lab

_TIMES = 9
_FEW, _MANY = 10_000, 500_000
# As wide as an order: 100 bytes, of 1,000 customers.
_FILL = "INSERT INTO claim_orders SELECT n, n % 1000, repeat('x', 84) FROM generate_series({}, {}) n"
_ASK = "SELECT * FROM claim_orders WHERE customer = 7"


def measure(lab: Lab) -> Measured:
    """Milliseconds for the rows of one customer; the quickest of nine, for what else the machine does only adds."""
    with psycopg.connect(lab.target.postgres or "", autocommit=True) as database:
        database.execute("CREATE TABLE claim_orders (id int, customer int, note text)")
        database.execute(_FILL.format(1, _FEW).encode())
        few = _quickest_ms(database)
        database.execute(_FILL.format(_FEW + 1, _MANY).encode())
        database.execute("ANALYZE claim_orders")
        many = _quickest_ms(database)
        database.execute("CREATE INDEX ON claim_orders (customer)")
        indexed = _quickest_ms(database)
        database.execute("DROP TABLE claim_orders")
    rows = [(f"{_FEW:,} rows", few, "ms"), (f"{_MANY:,} rows", many, "ms"), ("with an index", indexed, "ms")]
    grew = many / few
    agrees = grew > 10 and indexed < many / 10
    said = (
        f"{grew:.0f} times as long for {_MANY // _FEW} times the rows, {many / indexed:.0f} times quicker by the index."
    )
    if many < 1500:
        said += " The times of the claim are not these: here the table is in memory."
    return Measured(rows, agrees, said)


def _quickest_ms(database: psycopg.Connection[tuple[object, ...]]) -> float:
    took = list[float]()
    for _ in range(_TIMES):
        began = time.perf_counter()
        database.execute(_ASK).fetchall()
        took.append(1000 * (time.perf_counter() - began))
    return min(took)


CLAIM = Claim(
    "full-scan",
    "A full scan of 10,000 rows takes about 5 ms, of 500,000 rows about 3 s, and 5 ms again with the right index.",
    measure,
)
