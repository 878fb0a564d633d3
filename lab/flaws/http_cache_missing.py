"""The page's script is sent with no word on how long it may be kept."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="http-cache-missing",
    summary="the script has neither Cache-Control nor ETag, so browsers fetch it with each page, and it is packed anew",
    breaks="GET /static/app.js takes some 35 ms of the one process's time, once for every dashboard that is opened.",
    finding="http-cache-missing",
    tenants=100,
    users="60 to 160",
    remedy="Say Cache-Control with a long max-age and an ETag, and pack files once, when they are built.",
    settings={"files": "unsaid"},
)
