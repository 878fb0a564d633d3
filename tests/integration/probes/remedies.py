"""Takes a gap's advice: what it says to run is run, as a superuser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.conftest import Cluster, Database


def take(remedy: str, cluster: Cluster, database: str) -> None:
    """Run the SQL of a remedy; prose before a colon and after the last semicolon is for people."""
    sql = remedy.rsplit(";", 1)[0]
    with cluster.connect(database) as superuser:
        for statement in sql.split(";"):
            superuser.execute(statement.rsplit(": ", 1)[-1].encode())


@contextmanager
def setting(database: Database, scope: str, name: str, value: str) -> Iterator[None]:
    """Set it as ALTER `scope` ("SYSTEM", "DATABASE …", "ROLE …") does, and take it back afterwards."""
    with database.connect() as superuser:
        superuser.execute(f"ALTER {scope} SET {name} = '{value}'".encode())
        superuser.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            superuser.execute(f"ALTER {scope} RESET {name}".encode())
            superuser.execute("SELECT pg_reload_conf()")
