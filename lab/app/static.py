"""GET /static/app.js: a file that browsers keep."""

from __future__ import annotations

import gzip
import hashlib
import random

from starlette.requests import Request
from starlette.responses import Response

from lab.app.page import parts

_OWN = """const show = (id, text) => { document.getElementById(id).textContent = text; };
async function get(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${sessionStorage.token}` } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}
async function refresh() {
  const [board, list] = await Promise.all([get("/dashboard"), get("/projects")]);
  show("open", board.open_tasks.at(-1));
  show("revenue", board.revenue_cents.at(-1) / 100);
  show("projects", list.projects.map(p => `${p.name} (${p.open_tasks})`).join(", "));
}
setInterval(refresh, 60000);
"""
_FUNCTIONS = 3_000  # of the libraries that are bundled with it: some 400 kB, as a small product of today has


def _bundle() -> bytes:
    """The product's own script behind the libraries that it uses, the same in every process."""
    draw = random.Random(1)
    names = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(800)]
    lines = []
    for number in range(_FUNCTIONS):
        a, b, c, d, e = draw.choices(names, k=5)
        lines.append(
            f"function {a}{number}({b},{c}){{if(!{b})return {draw.randrange(1000)};const {d}={c}.{e}({b}.length);"
            f"return {d}?{d}.map({e}=>{e}.{a}||{draw.random():.4f}):{b}.{c}}}"
        )
    return ("\n".join(lines) + "\n" + _OWN).encode()


_SCRIPT = _bundle()
_PACKED = gzip.compress(_SCRIPT, mtime=0)
_KEPT = {"Cache-Control": "public, max-age=86400", "ETag": f'"{hashlib.sha256(_SCRIPT).hexdigest()[:16]}"'}


async def script(request: Request) -> Response:
    """The script, packed where that is welcome, or 304 for those who have it."""
    if parts(request).settings.files == "unsaid":
        return _answer(request, gzip.compress(_SCRIPT), {})
    if request.headers.get("if-none-match") == _KEPT["ETag"]:
        return Response(status_code=304, headers=_KEPT)
    return _answer(request, _PACKED, _KEPT)


def _answer(request: Request, packed: bytes, headers: dict[str, str]) -> Response:
    welcome = "gzip" in request.headers.get("accept-encoding", "")
    said = {**headers, "Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if welcome else {})}
    return Response(packed if welcome else _SCRIPT, media_type="text/javascript", headers=said)
