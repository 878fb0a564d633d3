"""Free ports: different ones, on which a server can listen."""

from __future__ import annotations

import socket

import pytest

from lab import ports as lab_ports
from lab.ports import Reserved, free_ports
from rampart.errors import NotReady


def test_ports_are_different_and_can_be_bound() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    for port in ports[:5]:
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))


def test_a_reserved_port_is_for_our_server_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    reserved = Reserved(1)
    (port,) = reserved.ports
    monkeypatch.setattr(lab_ports, "_FIRST", port)
    monkeypatch.setattr(lab_ports, "_LAST", port + 1)
    monkeypatch.setattr(lab_ports.random.SystemRandom, "sample", lambda _self, ports, _count: list(ports))
    for _ in range(2):  # it starts, and starts again
        with pytest.raises(NotReady, match="no free port"):
            free_ports(1)
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", port))
            server.listen()
    reserved.release()
    assert free_ports(1) == [port]
