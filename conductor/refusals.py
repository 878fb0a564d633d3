"""What a scenario asked for and was not given: counted by address, and put into words for the error and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rampart.errors import UsageError
from rampart.model import JSON, Gap

Asked = tuple[str, str]  # "connection", "process" or "socket" (of a C library), and what


class Refusals:
    """The refused connections and processes of one load, and the sockets that passed the guard by."""

    def __init__(self) -> None:
        self._counts: dict[Asked, dict[int, int]] = {}  # by the process that was refused: its own count so far

    def __bool__(self) -> bool:
        return bool(self._counts)

    def take(self, line: JSON) -> None:
        """A live line of the guard's. Its count is the sum so far: lines that a full pipe drops cost nothing."""
        counts = self._counts.setdefault((line["of"], line["what"]), {})
        counts[line["process"]] = max(line["count"], counts.get(line["process"], 0))

    def take_sockets(self, strangers: Mapping[tuple[str, int], int]) -> None:
        """Sockets that were seen from outside, by address and port."""
        for (address, port), sockets in strangers.items():
            self._counts["socket", f"[{address}]:{port}" if ":" in address else f"{address}:{port}"] = {0: sockets}

    def rows(self) -> list[JSON]:
        """One row for each address or program, in the order in which they were asked for."""
        return [{"of": of, "what": what, "count": sum(counts.values())} for (of, what), counts in self._counts.items()]

    def error(self) -> UsageError:
        """What to say of the first of them."""
        first, *others = self.rows()
        beside = f"; {len(others)} more are in the report" if others else ""
        return _WORDS[first["of"]](first["what"], first["count"], beside)

    def gaps(self) -> Iterator[Gap]:
        """All of them, for the verdict and the report."""
        for row in self.rows():
            error = _WORDS[row["of"]](row["what"], row["count"], "")
            times = "once" if row["count"] == 1 else f"{row['count']:,} times"
            what = f"sockets to {row['what']}, of which {row['count']:,} were seen at once and the load was ended"
            if row["of"] != "socket":
                what = f"what {row['what']} would have done: the scenario asked for it {times}, and was refused"
            yield Gap("REFUSED", what, (), error.remedy)


def _process(what: str, count: int, beside: str) -> UsageError:
    return UsageError(
        f"the scenario starts a process: {what}",
        f"what it opens could not be held back, so it was refused ({count}×) and the load stopped{beside}",
        "If it opens no connection to anybody else, write subprocesses = true in [load].",
    )


def _socket(what: str, count: int, beside: str) -> UsageError:
    return UsageError(
        f"the scenario is connected to {what}, which may not be loaded",
        f"a C library or another process opened it ({count} seen at once), and the load was ended{beside}",
        f'If it is yours and made for load tests, write allow = ["{what}"] in the target file.',
    )


def _connection(what: str, count: int, beside: str) -> UsageError:
    host = what.split(" ")[0]
    return UsageError(
        f"the scenario asks {what}, which may not be loaded",
        "it is neither the target's url nor on its allow list, so the connection was refused "
        f"({count}×) and the load stopped{beside}",
        f'If it is yours and made for load tests, write allow = ["{host}"] in the target file; else take it out of the '
        "scenario, or let it not follow redirects.",
    )


_WORDS = {"process": _process, "socket": _socket, "connection": _connection}
