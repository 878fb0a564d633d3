"""The same people, who compare each answer with the one before, line by line: dear to send, and cheap to serve."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from typing import Any

import saas


class ComparingUser(saas.SaasUser):  # type: ignore[misc]
    """A tester's user: it tells what changed since it last looked."""

    def on_start(self) -> None:
        self.before: dict[str, list[str]] = {}
        super().on_start()

    def _send(
        self, method: str, path: str, name: str | None = None,
        lacking: Callable[[Any], bool] | None = None, **options: Any,
    ) -> Any:  # fmt: skip
        answer = super()._send(method, path, name, lacking, **options)
        lines = json.dumps(answer, indent=1, sort_keys=True).splitlines()
        before = self.before.get(name or path, lines)
        self.changed = [line for line in difflib.ndiff(before, lines) if line.startswith(("+", "-"))]
        self.before[name or path] = lines
        return answer
