"""PgBouncer between the product and its database, for the flaws that ask for it: a system package, not a wheel."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from lab.child import Child, await_ready, start
from lab.postgres import ROLE, conninfo, unprivileged
from rampart.errors import NotReady

CONSOLE = "pgbouncer"  # the database that is no database, and the user that may change settings through it
_WATCHER = "rampart"  # may look, and nothing else
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")
_SETTINGS = {
    "listen_addr": "127.0.0.1",
    "unix_socket_dir": "",
    "auth_type": "trust",
    "admin_users": CONSOLE,
    "stats_users": _WATCHER,
    "max_client_conn": "500",
    "pool_mode": "transaction",
    "default_pool_size": "20",
    "log_connections": "0",
    "log_disconnections": "0",
}


def installed() -> str:
    """The path of the program; NotReady where there is none."""
    found = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), *_PLACES]))
    if found is None:
        raise NotReady(
            "PgBouncer is missing",
            "a flaw puts it before the database, and neither PATH nor /usr/sbin has it (no Python package brings it)",
            "Install it (Debian: apt-get install pgbouncer), or leave that flaw out.",
        )
    return found


def start_pgbouncer(folder: Path, port: int, database_port: int, settings: Mapping[str, str]) -> Child:
    """Serve on `port` in front of the database, with the lab's own settings and over them `settings`."""
    home, user = folder / "pgbouncer", unprivileged("PgBouncer")
    home.mkdir(mode=0o700)
    lines = ["[databases]", f"saas = host=127.0.0.1 port={database_port} dbname=saas", "[pgbouncer]"]
    own = {**_SETTINGS, **settings, "listen_port": str(port), "auth_file": str(home / "users.txt")}
    (home / "pgbouncer.ini").write_text("\n".join([*lines, *(f"{key} = {value}" for key, value in own.items())]) + "\n")
    (home / "users.txt").write_text("".join(f'"{name}" ""\n' for name in (ROLE, CONSOLE, _WATCHER)))
    if user >= 0:
        for path in (home, *home.iterdir()):
            os.chown(path, user, pwd.getpwuid(user).pw_gid)
    pooler = start("pooler", [installed(), str(home / "pgbouncer.ini")], folder / "pooler.log", user=user)
    await_ready(pooler, lambda: pooler.listens(port) and _answers(port), 10)
    return pooler


def configure(port: int, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Put `after` over the lab's own settings in place of `before`; sessions that are open keep the old pool mode."""
    with psycopg.connect(conninfo(port, CONSOLE, CONSOLE), autocommit=True, prepare_threshold=None) as console:
        for name in {**before, **after}:
            value = sql.Literal({**_SETTINGS, **after}[name])
            console.execute(sql.SQL("SET {} = {}").format(sql.Identifier(name), value))


def console(port: int) -> str:
    """How to look at the PgBouncer on `port`."""
    return conninfo(port, _WATCHER, CONSOLE)


def _answers(port: int) -> bool:
    try:
        psycopg.connect(console(port), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
