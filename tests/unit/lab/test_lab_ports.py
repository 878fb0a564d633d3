"""Free ports: different ones, on which a server can listen."""

from __future__ import annotations

import socket

from lab.ports import free_ports


def test_ports_are_different_and_can_be_bound() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    for port in ports[:5]:
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))
