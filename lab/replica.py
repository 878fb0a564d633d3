"""A streaming replica of the lab's database: a base backup that follows the log of its primary."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psycopg

from lab.child import await_end, start
from lab.postgres import Cluster
from rampart.errors import NotReady

_SLOT = "replica"  # keeps the log until the replica has it, however fast data are grown


def make_replica(primary: Cluster, folder: Path, port: int, settings: Mapping[str, str]) -> Cluster:
    """Copy a primary that serves into `folder`; `settings` over its own, all of which a reload must take up."""
    home = folder / "replica"
    home.mkdir(mode=0o700)
    if primary.user >= 0:
        os.chown(home, primary.user, pwd.getpwuid(primary.user).pw_gid)
    command = [str(primary.binaries / "pg_basebackup"), "-D", str(home / "data"), "-h", "127.0.0.1"]
    command += ["-p", str(primary.port), "-U", "postgres", "-X", "stream", "-c", "fast", "--no-sync"]
    command += ["--write-recovery-conf", "--create-slot", f"--slot={_SLOT}"]
    await_end(start("replica", command, folder / "basebackup.log", user=primary.user), 60)
    with (home / "data" / "postgresql.auto.conf").open("a") as lines:
        lines.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    return replace(primary, folder=home, port=port)


def await_replay(primary: str, replica: str, seconds: float = 120.0) -> None:
    """Return once the replica shows all that the primary has written by now; NotReady when the time is up."""
    with psycopg.connect(primary, autocommit=True) as one, psycopg.connect(replica, autocommit=True) as other:
        (written,) = one.execute("SELECT pg_current_wal_insert_lsn()").fetchone() or (None,)
        deadline = time.monotonic() + seconds
        while not (other.execute("SELECT pg_last_wal_replay_lsn() >= %s", [written]).fetchone() or (False,))[0]:
            if time.monotonic() > deadline:
                why = f"it had not replayed {written} after {seconds:.0f} s"
                raise NotReady("the lab's replica does not keep up", why, "Look into its log, replica/postgres.log.")
            time.sleep(0.05)
