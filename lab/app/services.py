"""The outside services that the product calls."""

from __future__ import annotations

import httpx

from lab.app.spans import span


class Services:
    """A client of the file store and of the tax service."""

    def __init__(self, base_url: str) -> None:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        self.client = httpx.AsyncClient(base_url=base_url, timeout=10, limits=limits, trust_env=False)

    async def sign_url(self, name: str) -> str:
        """A link under which the file can be had for a while."""
        return str((await self._get("/sign-url", name=name))["url"])

    async def tax_cents(self, cents: int) -> int:
        """The tax on an amount."""
        return int((await self._get("/tax", cents=cents))["tax_cents"])

    async def _get(self, path: str, **parameters: str | int) -> dict[str, str | int]:
        with span("downstream"):
            answer = await self.client.get(path, params=parameters)
        answer.raise_for_status()
        found: dict[str, str | int] = answer.json()
        return found
