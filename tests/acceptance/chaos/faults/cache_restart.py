"""The target's Valkey is killed and started again, empty."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Expected, Fault

_SEED = Expected((0,), in_words="finishes: it does not use the cache")

CACHE_RESTART = Fault(
    "cache restart", "the target's Valkey is killed and starts again after 2 s",
    lambda struck: struck.system.restart_cache(2.0), {**SURVIVED, "seed": _SEED},
)  # fmt: skip
