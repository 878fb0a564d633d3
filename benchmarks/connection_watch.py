"""How often the watch of the load process's sockets sees one that a C library opens, by how long it is open.

`python -m benchmarks.connection_watch` connects to fifty loopback addresses in turn for each duration, in a process
without the guard, and ends with one JSON line.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack

from conductor.connection_watch import ConnectionWatch
from conductor.load_permission import Permission

DURATIONS_S = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8)
EACH = 50
_CHILD = """
import random, socket, sys, time
port, open_s, each = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
for number in range(each):
    time.sleep(random.uniform(0.05, 0.35))
    with socket.create_connection((f"127.0.1.{number + 1}", port)):
        time.sleep(open_s)
"""


def main() -> None:
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.1.1", 0)))
        port = first.getsockname()[1]
        others = [stack.enter_context(socket.create_server((f"127.0.1.{n}", port))) for n in range(2, EACH + 1)]
        for listener in (first, *others):
            threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        figures = {f"seen_of_{open_s:g}_s": _share(port, open_s) for open_s in DURATIONS_S}
    longest = f"seen_of_{DURATIONS_S[-1]:g}_s"
    goals = {longest: [1.0, figures[longest] == 1.0]}
    print(json.dumps({"bench": "connection_watch", "figures": figures, "goals": goals}))


def _share(port: int, open_s: float) -> float:
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(port), str(open_s), str(EACH)])
    watch = ConnectionWatch(child.pid, Permission(frozenset(), {}))
    child.wait()
    watch.stop()
    return len(watch.strangers) / EACH


def _accept(listener: socket.socket) -> None:
    kept = []
    while True:
        try:
            kept.append(listener.accept()[0])
        except OSError:
            return


if __name__ == "__main__":
    main()
