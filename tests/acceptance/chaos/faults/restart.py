"""The application is killed and started again."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Fault

RESTART = Fault(
    "restart",
    "the application is killed and starts again after 2 s",
    lambda struck: struck.system.restart_app(2.0),
    SURVIVED,
)
