"""What support may want to look at is kept in the process, and nobody ever takes it out."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="memory-leak",
    summary="every request is kept with its answer, in a process that may hold 72 MB",
    breaks="The process grows with each request until it is killed, and all that it was answering is lost with it.",
    finding="memory",
    tenants=100,
    users="any number, once it has answered enough",
    remedy="Keep the newest few, or keep them outside of the process.",
    settings={"kept_requests": -1},
    settings_mended={"kept_requests": 200},
    app_memory="72mb",  # some fifth more than it holds when it begins, as was thought to be enough
    severities={"weak": {"app_memory": "76mb"}, "strong": {"app_memory": "69mb"}},
)
