"""python planted_server.py PORT WORKERS SERVICE_S: answers on loopback, WORKERS requests at a time, each in SERVICE_S.

The knee is WORKERS * (SERVICE_S + think time) / SERVICE_S users, and the most is WORKERS / SERVICE_S requests/s.
"""

from __future__ import annotations

import asyncio
import sys

PORT, WORKERS, SERVICE_S = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: %s\r\n\r\nok\n"
workers = asyncio.Semaphore(WORKERS)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while request := await reader.readuntil(b"\r\n\r\n"):
            async with workers:
                await asyncio.sleep(SERVICE_S)
            keep = b"HTTP/1.1" in request.splitlines()[0] and b"connection: close" not in request.lower()
            writer.write(ANSWER % (b"keep-alive" if keep else b"close"))
            await writer.drain()
            if not keep:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", PORT)
    async with server:
        await asyncio.wait_for(server.serve_forever(), timeout=600)


asyncio.run(main())
