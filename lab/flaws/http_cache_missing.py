"""Answers that could be kept where they are read, and that nobody has said so of."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="http-cache-missing",
    summary="neither the static file nor the dashboard says that a browser may keep it",
    breaks="GET /static/app.js and /dashboard are sent whole each time; the server's work for them is never saved.",
    finding="http-cache-missing",
    tenants=100,
    users="wasteful at any number, first at none",
    remedy="Cache-Control and an ETag for files; Cache-Control: private, max-age for what may be a minute old.",
    settings={"http_caching": "undeclared"},
)
