"""The resources that can be full, by name: the keys of a stage's `utilisation`, and of what is saturated at the knee.

The names are a type of their own, so that a type checker sees a text where a name is meant. It is no enumeration,
because a target file may give its processes a role that we have never heard of.
"""

from __future__ import annotations

from typing import NewType

ResourceName = NewType("ResourceName", str)

HOST_CPU = ResourceName("host cpu")
STOLEN_CPU = ResourceName("stolen cpu")  # by the hypervisor
STRANGERS_CPU = ResourceName("strangers cpu")  # by processes that play no role
DB_PROCESSOR = ResourceName("db processor")  # where the database may use fewer cores than the host has
APP_PROCESS = ResourceName("busiest app process")  # of one core
GENERATOR_PROCESS = ResourceName("generator process")  # of one core
POOL = ResourceName("pool")
POOLER = ResourceName("pooler")
CONNECTIONS = ResourceName("connections")  # that the database accepts
WORKERS = ResourceName("workers")
UNSEEN = ResourceName("unseen")  # what is full where nothing is that was read: a lock, a thread, an outside service


def cpu_of(role: str) -> ResourceName:
    """The host's processor as the processes of one role use it."""
    return ResourceName(f"{role} cpu")


def redis_of(server: str) -> ResourceName:
    """The one thread of the Redis that plays a role, `cache` or `queue`."""
    return ResourceName(f"redis {server}")


APP_CPU, WORKER_CPU, DB_CPU, REPLICA_CPU = (cpu_of(role) for role in ("app", "worker", "db", "replica"))
NEIGHBOUR_CPU, CONDUCTOR_CPU = cpu_of("neighbour"), cpu_of("conductor")
REDIS_CACHE, REDIS_QUEUE = redis_of("cache"), redis_of("queue")
