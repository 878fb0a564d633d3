"""The marker by which a target shows that it may be loaded: looked for before the load, and every 10 s while it lasts.

It is asked of each address that the load may go to, through no proxy and no redirect. An answer without the marker is
another system's, and ends the run. No answer, or one that says that the target is overloaded, says nothing of the
marker: what becomes of a load under which its target fails is not decided here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from conductor.load_permission import is_loopback
from conductor.pinned_request import Asked, NoAnswer, answer
from rampart.errors import NotReady, RampartError, UsageError
from seeders.database.marker import holds

INTERVAL_S = 10.0
_MOST_ADDRESSES = 16  # that are asked each time
_REMEDY = (
    'Have it answer with a header of your own and write [marker] header = "X-Load-Test: yes" in the target file; or '
    'path = "/.well-known/rampart", which answers with the name of the target; or sql = "SELECT …".'
)


def needed(asked: Asked) -> bool:
    """Whether the target has to show a marker."""
    return asked.target.marker.required or not all(map(is_loopback, asked.addresses))


def require_marker(asked: Asked) -> str:
    """What was seen of the marker, in words; UsageError where it is not set or not shown, NotReady without an answer.

    Nothing is asked of a target that needs none.
    """
    if not needed(asked):
        return "none is asked for on loopback; where that is a tunnel, write required = true in [marker]"
    if not asked.target.marker.is_set:
        why = "[marker] required asks for one" if asked.target.marker.required else "it is not on loopback"
        raise UsageError(f"{asked.shown} has no marker that allows loading it", why, _REMEDY)
    try:
        for missing in _missing(asked):
            raise _not_shown(asked, missing)
    except NoAnswer as error:
        remedy = "Start the target, or correct `url` and [marker]."
        raise NotReady(f"{asked.shown} does not show its marker", str(error), remedy) from error
    return f"{asked.shown} shows its marker"


class MarkerWatch:
    """Looks for the marker in a thread of its own, until `stop`; `gone` is what to raise once it is not shown."""

    def __init__(self, asked: Asked, interval_s: float | None = None) -> None:
        self.gone: RampartError | None = None
        self._asked, self._interval_s, self._over = asked, interval_s or INTERVAL_S, threading.Event()
        self._thread = threading.Thread(target=self._follow, name="marker watch", daemon=True)
        if needed(asked):
            self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(1)  # a look that is under way ends by itself

    def _follow(self) -> None:
        while self.gone is None and not self._over.wait(self._interval_s):
            try:
                for missing in _missing(self._asked):
                    self.gone = _not_shown(self._asked, missing)
                    break
            except NoAnswer:
                continue


def _not_shown(asked: Asked, missing: str) -> UsageError:
    remedy = f"Check that `url` means the system that you want to load. {_REMEDY}"
    return UsageError(f"{asked.shown} does not show the marker that allows loading it", missing, remedy)


def _missing(asked: Asked) -> Iterator[str]:
    """What of the marker is not there; NoAnswer where that cannot be told.

    Of several addresses those that answer must all show it: an address that nobody can reach gets no load either.
    """
    marker = asked.target.marker
    silent: list[NoAnswer] = []
    addresses = asked.addresses[:_MOST_ADDRESSES] if marker.header or marker.path else ()
    for address in addresses:
        try:
            yield from _missing_header(asked, address) if marker.header else ()
            yield from _missing_page(asked, address) if marker.path else ()
        except NoAnswer as error:
            silent.append(error)
    if silent and len(silent) == len(addresses):
        raise silent[0]
    if marker.sql:
        yield from _missing_in_database(asked)


def _missing_header(asked: Asked, address: str) -> Iterator[str]:
    name, _, wanted = (part.strip() for part in asked.target.marker.header.partition(":"))
    answered = answer(asked, address, asked.own_path)
    found = answered.headers.get(name)
    if found is None or found.strip() != wanted:
        answered.must_not_be_overloaded()
        said = "lacks it" if found is None else f"has {found!r} in it"
        yield f"the header {name}: {wanted} is wanted, and the answer of {address} to {asked.target.url} {said}"


def _missing_page(asked: Asked, address: str) -> Iterator[str]:
    path, name = asked.target.marker.path, asked.target.name
    answered = answer(asked, address, path)
    if answered.status != 200 or name not in map(str.strip, answered.text.splitlines()):
        answered.must_not_be_overloaded()
        said = f"{path} at {address} answers {answered.status}"
        yield f"{said}, and should answer 200 with a line that is the target's name, {name!r}"


def _missing_in_database(asked: Asked) -> Iterator[str]:
    if asked.target.postgres is None:
        yield "[marker] sql is to be asked of the target's Postgres, and the target file names none"
        return
    try:
        if not holds(asked.target.postgres, asked.target.marker.sql):
            yield f"{asked.target.marker.sql} is not true in its database"
    except OSError as error:
        raise NoAnswer(f"its database does not answer ({error})") from error
