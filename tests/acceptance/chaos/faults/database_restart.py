"""The target's Postgres is restarted: all sessions end, and for a second nobody is let in."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Expected, Fault

_SEED = Expected((4,), says="cannot be reached or went away|terminat", in_words="ends, what is off is told")

DATABASE_RESTART = Fault(
    "database restart", "its Postgres restarts", lambda struck: struck.system.restart_database(),
    {**SURVIVED, "seed": _SEED},
)  # fmt: skip
