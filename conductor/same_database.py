"""Before data are grown: that the database is the one that the application uses, seen at work while that is asked.

Up to three requests go to the target's `url`, where load may go and after its marker was shown. Where nothing is seen,
`--yes-this-database` settles it. The lab's database is its own.
"""

from __future__ import annotations

from functools import partial

from conductor.load_permission import permission
from conductor.marker import require_marker
from conductor.pinned_request import NoAnswer, answer, asked_of
from rampart.config import Target
from rampart.errors import NotReady, RampartError
from seeders.database.at_work import work_seen
from seeders.database.connect import connect
from seeders.database.errors import explained
from seeders.database.marker import check_marker_rows
from seeders.database.which import which

_REQUESTS = 3
_SETTLED = "--yes-this-database"


def require_same_database(target: Target, conninfo: str) -> str:
    """How it is known that this is the application's database, in words; NotReady where that stays open."""
    if target.lab:
        return "the lab's own"
    with explained("seeding", begun=False), connect(conninfo) as connection:
        check_marker_rows(connection, target.name)
        if target.seed.yes_this_database:
            return f"{_SETTLED} says so"
        name = which(connection)
        if not target.url:
            raise _open(name, "the target file has no url to ask")
        try:
            asked = asked_of(target, permission(target))
            require_marker(asked)
            seen = work_seen(connection, partial(answer, asked, asked.addresses[0], asked.own_path), _REQUESTS)
        except NoAnswer as error:
            raise _open(name, str(error)) from error
        except RampartError as error:
            raise _open(name, f"{error.what}: {error.why}") from error
    if seen is None:
        raise _open(name, f"{_REQUESTS} requests to {target.url} made it do nothing that it does not do anyway")
    return f"{_REQUESTS} requests to {target.url}: {seen}"


def _open(name: str, why: str) -> NotReady:
    return NotReady(
        f"it is not certain that the application uses the database {name}", why,
        f"Let `url` lead to a page that reads the database; or if this is the one to fill, add {_SETTLED}.",
    )  # fmt: skip
