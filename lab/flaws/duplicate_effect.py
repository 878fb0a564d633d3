"""Jobs that are run again after an accident, by code that cannot tell that it ran before."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="duplicate-effect",
    summary="mail is sent without a key that stays the same when its job runs again",
    breaks="A worker that dies between the mail and its note leaves a job that is run again, and a second mail.",
    finding="duplicate-effect",
    tenants=100,
    users="any number, when a worker is killed",
    remedy="Give each effect a key that its job keeps, and let the other end refuse what it has seen.",
    settings={"job_keys": "none"},
)
