"""A limit meant for strangers, which the load generator meets as one."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="rate-limited",
    summary="one address may send 150 requests a second",
    breaks="Beyond it the product answers 429 at once, whoever the users behind that address are.",
    finding="rate-limited",
    tenants=100,
    users="120 to 240",
    remedy="Limit by tenant and not by address, from what the system was measured to bear.",
    settings={"rate_limit": 150},
    severities={
        "weak": {"settings": {"rate_limit": 250}, "users": "200 to 400"},
        "strong": {"settings": {"rate_limit": 60}, "users": "50 to 100"},
    },
)
