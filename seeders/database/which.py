"""Which database is meant, in the server's own words: every message of a seeding says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rampart.errors import RampartError
from seeders.database.connect import Connection, connect
from seeders.database.errors import explained

# A server that is reached through a socket file has no address.
_WHICH = """
SELECT current_database(), host(inet_server_addr()), coalesce(inet_server_port(), current_setting('port')::int),
       current_user"""


def which(connection: Connection) -> str:
    """Its name, its server's address and port, and as whom we are connected."""
    row = connection.execute(_WHICH).fetchone()
    assert row is not None
    name, host, port, user = row
    return f"{name} on {host or connection.info.host}:{port} as {user}"


@contextmanager
def named(conninfo: str) -> Iterator[str]:
    """Which database it is; every error that is raised inside says it too. NotReady: it does not answer."""
    with explained("seeding", begun=False), connect(conninfo) as connection:
        words = which(connection)
    try:
        yield words
    except RampartError as error:
        error.why = f"{error.why} [the database is {words}]"
        error.args = (f"{error.what}: {error.why}. {error.remedy}",)
        raise
