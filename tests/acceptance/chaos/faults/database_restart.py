"""The target's Postgres is restarted: all sessions end, and for a second it accepts none."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Expected, Fault

_SEED = Expected((4,), says="cannot be reached or went away|terminat", in_words="stops, reports what is off")

DATABASE_RESTART = Fault(
    "database restart", "the target's Postgres restarts", lambda struck: struck.system.restart_database(),
    {**SURVIVED, "seed": _SEED},
)  # fmt: skip
