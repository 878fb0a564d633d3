"""Refusals are told apart by SQLSTATE: a server says them in its own language, and lc_messages is not ours to set."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from probes._probe import Unavailable
from probes._refusal import sqlstate
from probes.sessions import PROBE
from tests.integration.conftest import Cluster, free_port

FRENCH = "désolé, trop de clients sont déjà connectés"


@contextmanager
def refusing(code: str, message: str, encoding: str = "utf-8") -> Iterator[str]:
    """A server that speaks Postgres' protocol as far as its refusal; its conninfo."""
    fields = {"S": "FATAL", "V": "FATAL", "C": code, "M": message}
    body = b"".join(name.encode() + text.encode(encoding) + b"\0" for name, text in fields.items()) + b"\0"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(4096)
                    client.sendall(b"E" + struct.pack("!i", len(body) + 4) + body)

        Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        yield f"host=127.0.0.1 port={port} user=postgres sslmode=disable gssencmode=disable"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_full_server_is_known_in_any_language(watch: Callable[..., Any], encoding: str) -> None:
    with refusing("53300", FRENCH, encoding) as conninfo, pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=conninfo)
    assert "db-connections" in refused.value.gap.remedy


def test_words_of_another_refusal_decide_nothing(watch: Callable[..., Any]) -> None:
    said = 'database "too many clients already" does not exist'
    with refusing("3D000", said) as conninfo, pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=conninfo)
    assert "db-connections" not in refused.value.gap.remedy
    assert "Name a database" in refused.value.gap.remedy


def test_a_real_server_tells_its_codes(postgres: Cluster) -> None:
    assert sqlstate(postgres.conninfo("no_such_database")) == "3D000"
    assert sqlstate(postgres.conninfo(user="nobody_of_that_name")) == "28000"
    assert sqlstate(postgres.conninfo()) is None
    assert sqlstate(f"host=127.0.0.1 port={free_port()} user=postgres") is None
