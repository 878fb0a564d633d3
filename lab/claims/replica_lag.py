"""How long does somebody who reads from a replica not see what they have just written?"""

from __future__ import annotations

import time

import httpx

from lab.claims._claim import Claim, Measured
from lab.claims._product import signed_in
from lab.staging import Lab

_LOOKS_S, _PATIENCE_S = 0.05, 15.0


def measure(lab: Lab) -> Measured:
    """Seconds until a new task is on its project's page, read from a replica that is behind, and from the primary."""
    with signed_in(lab, 3) as person:
        behind = _until_seen(person)
    lab.fix("lagging-replica")
    with signed_in(lab, 3) as person:
        mended = _until_seen(person)
    rows = [("read from a replica 3 s behind", behind, "s"), ("read from the primary", mended, "s")]
    said = f"what was written is there after {behind:.1f} s, and read from the primary after {mended:.2f} s."
    return Measured(rows, behind > 2.0 and mended < 1.0, said)


def _until_seen(person: httpx.Client) -> float:
    project = _project(person)
    task = person.post("/tasks", json={"project_id": project, "title": "Follow up"}).json()["task"]["id"]
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE_S:
        if any(one["id"] == task for one in person.get(f"/projects/{project}").json()["tasks"]):
            break
        time.sleep(_LOOKS_S)
    return time.monotonic() - began


def _project(person: httpx.Client) -> int:
    """One that is there; the replica has to see first that the tenants were made."""
    until = time.monotonic() + _PATIENCE_S
    while not (there := person.get("/projects").json()["projects"]) and time.monotonic() < until:
        time.sleep(_LOOKS_S)
    return int(there[0]["id"])


CLAIM = Claim(
    "replica-lag",
    "The price of read replicas is lag: whoever has just written must read the primary.",
    measure,
    flaws=("lagging-replica:weak",),
)
