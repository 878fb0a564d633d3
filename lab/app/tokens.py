"""Signed tokens: who is asking, and for which tenant. Nothing else says which tenant a request is about."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in user."""

    tenant: int
    user: int


def issue(who: Identity, secret: str) -> str:
    """A token for `who`."""
    claim = f"{who.tenant}.{who.user}"
    return f"{claim}.{_signature(claim, secret)}"


def read(token: str, secret: str) -> Identity | None:
    """Who the token is for; None where its signature is not ours."""
    claim, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(claim, secret).encode()):
        return None
    tenant, user = claim.split(".")
    return Identity(int(tenant), int(user))


def _signature(claim: str, secret: str) -> str:
    return hmac.new(secret.encode(), claim.encode(), hashlib.sha256).hexdigest()
