"""Answers that are laid out by a template, as products do that grew out of server-side pages."""

from __future__ import annotations

import json

from jinja2 import BaseLoader, Environment
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.app.spans import span

_TEMPLATE = """
{%- macro text(value) -%}"{{ value | replace("\\\\", "\\\\\\\\") | replace('"', '\\\\"') | replace("\\n", "\\\\n") }}"
{%- endmacro -%}
{%- macro number(value) -%}{{ "%d" | format(value) if value is integer else value }}{%- endmacro -%}
{%- macro truth(value) -%}{{ "true" if value else "false" }}{%- endmacro -%}
{%- macro fields(value) -%}{
  {%- for name, inner in value.items() -%}
    {{ text(name) }}:{{ anything(inner) }}{% if not loop.last %},{% endif %}
  {%- endfor -%}
}{%- endmacro -%}
{%- macro rows(value) -%}[
  {%- for inner in value -%}{{ anything(inner) }}{% if not loop.last %},{% endif %}{%- endfor -%}
]{%- endmacro -%}
{%- macro anything(value) -%}
  {%- if value is none -%}null
  {%- elif value is boolean -%}{{ truth(value) }}
  {%- elif value is string -%}{{ text(value) }}
  {%- elif value is number -%}{{ number(value) }}
  {%- elif value is mapping -%}{{ fields(value) }}
  {%- else -%}{{ rows(value) }}
  {%- endif -%}
{%- endmacro -%}
{{- anything(answer) -}}
"""


class Layout:
    """ASGI middleware: JSON answers go through a template that is compiled for each of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None
        content = b""

        async def send_laid_out(message: Message) -> None:
            nonlocal start, content
            if message["type"] == "http.response.start" and _is_json(message):
                start = message
            elif start is None or message["type"] != "http.response.body":
                await send(message)
            else:
                content += message.get("body", b"")
                if not message.get("more_body", False):
                    await _send_whole(send, start, laid_out(content))

        await self._app(scope, receive, send_laid_out)


def laid_out(content: bytes) -> bytes:
    """The same JSON, through the template."""
    with span("render"):
        template = Environment(loader=BaseLoader(), cache_size=0).from_string(_TEMPLATE)
        text: str = template.render(answer=json.loads(content))
        return text.encode()


def _is_json(start: Message) -> bool:
    return any(name == b"content-type" and b"json" in value for name, value in start["headers"])


async def _send_whole(send: Send, start: Message, content: bytes) -> None:
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    length = (b"content-length", str(len(content)).encode())
    await send({**start, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": content})
