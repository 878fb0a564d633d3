"""Puts a relay between the lab's product and one of its parts, which can then be made slower and as it was again."""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace
from typing import Literal

from lab.child import Child, await_ready, python, start
from lab.ports import free_ports
from lab.postgres import ROLE, conninfo
from lab.product import START_S
from lab.staging import Lab
from lab.valkey import url
from rampart.errors import UsageError

Part = Literal["database", "cache", "services"]


@dataclass(frozen=True, slots=True)
class Squeeze:
    """A part of a running lab behind a relay; made by `between`. The workers reach the part as before."""

    part: Part
    ms: float  # by which each answer comes later while it is `on`
    relay: Child

    def on(self) -> None:
        self.relay.process.send_signal(signal.SIGUSR1)

    def off(self) -> None:
        self.relay.process.send_signal(signal.SIGUSR2)


def between(lab: Lab, part: Part, ms: float) -> Squeeze:
    """Restart the product with the relay in front of the part, which is not yet slower. The relay ends with the lab.

    UsageError where the product reaches the database through PgBouncer, for the relay would be passed by.
    """
    if part == "database" and lab.target.pgbouncer is not None:
        raise UsageError(
            "the database cannot be squeezed",
            "this lab's product reaches it through PgBouncer",
            "Squeeze another part.",
        )
    ports = {"database": lab.ports.db, "cache": lab.ports.cache, "services": lab.ports.services}
    (port,) = free_ports(1)
    command = python("lab.delay_proxy", str(port), str(ports[part]), str(ms))
    relay = start("relay", command, lab.folder / "relay.log")
    lab.children.append(relay)
    await_ready(relay, lambda: relay.listens(port), START_S)
    where = {"database": conninfo(port, ROLE), "cache": url(port), "services": f"http://127.0.0.1:{port}"}
    lab.settings = replace(lab.settings, **{part: where[part]})  # type: ignore[arg-type]
    lab._end("app")
    lab._start_app()
    return Squeeze(part, ms, relay)
