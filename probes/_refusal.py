"""Why a server refused a connection, by SQLSTATE: its message comes in the language of the server."""

from __future__ import annotations

import ctypes
import re
import select
import time
from pathlib import Path

import psycopg
from psycopg import pq

_REMEDIES = {
    "53300": "Its connections are used up, which is a finding (db-connections) itself: close some, or raise the limit.",
    "3D000": "Name a database in the conninfo of the target file that the server has.",
    "28P01": "Correct the user or the password in the conninfo of the target file.",
    "57P03": "Wait until the server has started, or promoted.",
}
_OTHERWISE = "Check the conninfo of the target file, and that the server lets this host in (pg_hba.conf, firewall)."
_DIALECT = re.compile(r"postgres(?:ql)?\+\w+://")
_BY_SQLSTATE = 3  # PQERRORS_SQLSTATE: the error is shown as its code alone
_CODE = re.compile(r":\s+([0-9A-Z]{5})\s*$")


def remedy(conninfo: str) -> str:
    """What helps against the refusal that a further attempt meets."""
    if _DIALECT.match(conninfo):
        return "Write postgresql:// in the target file: a driver after a + is SQLAlchemy's way, and Postgres has none."
    return _REMEDIES.get(sqlstate(conninfo) or "", _OTHERWISE)


def sqlstate(conninfo: str, timeout_s: float = 3.0) -> str | None:
    """The SQLSTATE of the refusal that a further attempt meets; None where there is none, or it cannot be had.

    psycopg and libpq keep no code of errors from before the session (psycopg's `sqlstate` is None), but libpq shows
    it when asked before the server has answered.
    """
    set_verbosity = _set_verbosity()
    if set_verbosity is None:
        return None
    connection = pq.PGconn.connect_start(conninfo.encode())
    try:
        set_verbosity(getattr(connection, "pgconn_ptr", None), _BY_SQLSTATE)
        _finish_attempt(connection, time.monotonic() + timeout_s)
        found = _CODE.search(connection.error_message.decode("utf-8", "replace"))
        return found[1] if found else None
    finally:
        connection.finish()


def _finish_attempt(connection: pq.abc.PGconn, until: float) -> None:
    while time.monotonic() < until:
        status = connection.connect_poll()
        if status not in (pq.PollingStatus.READING, pq.PollingStatus.WRITING):
            return
        sockets = [connection.socket]
        reading = status == pq.PollingStatus.READING
        select.select(sockets if reading else [], [] if reading else sockets, [], until - time.monotonic())


def _set_verbosity() -> ctypes._NamedFuncPointer | None:
    """libpq's function of that name, from the very library that psycopg runs on; None where it is not found."""
    bundled = sorted(Path(psycopg.__file__).parent.with_name("psycopg_binary.libs").glob("libpq-*.so*"))
    path = str(bundled[0]) if bundled and pq.__impl__ == "binary" else pq.misc.find_libpq_full_path()
    try:
        function = ctypes.CDLL(path or "").PQsetErrorVerbosity
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = (ctypes.c_void_p, ctypes.c_int), ctypes.c_int
    return function
