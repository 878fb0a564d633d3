"""A relay on loopback that keeps each answer back for a while: `python -m lab.delay_proxy PORT TO_PORT MS`.

SIGUSR1 begins to keep answers back and SIGUSR2 ends it, so that nothing has to be restarted in between. Answers are
kept back side by side: what comes later is not later still.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass

_CHUNK = 65_536
_IN_HAND = 256  # chunks of one connection that are kept back at once; then its sender waits
_MOST = 500  # connections


@dataclass(slots=True)
class Delay:
    """How long an answer is kept back now, in seconds."""

    s: float = 0.0


@dataclass(slots=True)
class Relay:
    """Takes connections on one port and passes them on to another."""

    to: int
    delay: Delay
    open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it."""
        if self.open >= _MOST:
            writer.close()
            return
        self.open += 1
        try:
            with suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", self.to)
                await _until_one_ends(_pass_on(reader, back), _keep_back(there, writer, self.delay))
                back.close()
        finally:
            self.open -= 1
            writer.close()


async def _until_one_ends(*pumps: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(pump) for pump in pumps]
    _, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()


async def _keep_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: Delay) -> None:
    """Each chunk goes on when it is due, in the order in which they came."""
    kept: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_IN_HAND)
    now = asyncio.get_running_loop().time

    async def take() -> None:
        while chunk := await reader.read(_CHUNK):
            await kept.put((now() + delay.s, chunk))
        await kept.put((0.0, b""))

    async def give() -> None:
        while (one := await kept.get())[1]:
            if (left := one[0] - now()) > 0:
                await asyncio.sleep(left)
            writer.write(one[1])
            await writer.drain()

    await asyncio.gather(take(), give())


async def main(port: int, to: int, ms: float) -> None:
    """Serve until the process is ended."""
    delay = Delay()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(delay, "s", ms / 1000))
    loop.add_signal_handler(signal.SIGUSR2, lambda: setattr(delay, "s", 0.0))
    server = await asyncio.start_server(Relay(to, delay).serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
