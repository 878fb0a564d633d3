"""The mail relay: who holds a place without a word loses it to those who wait."""

from __future__ import annotations

import asyncio

import pytest

from lab import outside


def test_a_quiet_session_is_hung_up_on_and_its_place_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "QUIET_S", 0.3)
    monkeypatch.setattr(outside, "GREETING_S", 0.01)
    monkeypatch.setattr(outside, "SESSIONS", 1)

    async def both() -> tuple[bytes, bytes]:
        server = await asyncio.start_server(outside.Relay().serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            quiet, _ = await asyncio.open_connection("127.0.0.1", port)
            await quiet.readline()
            waiting, writer = await asyncio.open_connection("127.0.0.1", port)
            greeting = await asyncio.wait_for(waiting.readline(), 5)
            writer.close()
            return greeting, await asyncio.wait_for(quiet.read(), 5)

    greeting, rest = asyncio.run(both())
    assert greeting.startswith(b"220")
    assert rest == b""
