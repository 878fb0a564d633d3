"""POST /session: an e-mail address and a password for a token."""

from __future__ import annotations

import hashlib
import hmac

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lab.app import queries, tokens
from lab.app.page import answer, body, parts
from lab.app.tokens import Identity


async def sign_in(request: Request) -> Response:
    """201 with a token, 401 for a wrong pair."""
    mine = parts(request)
    given = await body(request, email=str, password=str)
    async with mine.database.request():
        user = await mine.database.fetch_one(queries.SIGN_IN, (given["email"],))
    # The accounts are made up and open to all who read this; a product would use a slow, salted hash.
    digest = "sha256$" + hashlib.sha256(given["password"].encode()).hexdigest()
    if user is None or not hmac.compare_digest(digest, user["password_hash"]):
        raise HTTPException(401, "Wrong e-mail address or password.")
    who = Identity(user["tenant_id"], user["id"])
    return answer(who, 201, token=tokens.issue(who, mine.settings.secret), user=who.user)
