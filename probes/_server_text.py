"""Text as the server keeps it: nothing is converted by the server, and no byte is an error.

A database without an encoding (SQL_ASCII) keeps whatever bytes it is given, and the shared views show every database
the texts of the others. Asked for UTF-8 the server refuses a whole answer for one such byte, so it is asked for
its own encoding, and what is no text in that is replaced here.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import psycopg
from psycopg._encodings import py_codecs
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader

_TEXTS = ("text", "varchar", "bpchar", "name", '"char"', 705)  # 705: a literal of no type yet


def keep_encoding(connection: psycopg.Connection[Any]) -> str:
    """Have the server answer in the encoding of its database; the Python codec of what is sent and received."""
    name = connection.info.parameter_status("server_encoding") or "UTF8"
    known = py_codecs.get(name.encode(), "ascii")
    client, codec = (name, known) if known != "ascii" else ("SQL_ASCII", "utf-8")
    connection.execute(f"SET client_encoding = '{client}'".encode())
    text, parsed, parameter = _adapters(codec)
    for type_ in _TEXTS:
        connection.adapters.register_loader(type_, text)
    for type_ in ("json", "jsonb"):
        connection.adapters.register_loader(type_, parsed)
    connection.adapters.register_dumper(str, parameter)
    return codec


def encoded(text: str, codec: str) -> bytes:
    """The bytes that the database keeps; a name from `raw` becomes what it was."""
    return text.encode(codec, "surrogateescape" if codec == "utf-8" else "replace")


def raw(name: bytes, codec: str) -> str:
    """A name that goes back into a statement: bytes that are no text survive, but cannot be shown."""
    return name.decode(codec, "surrogateescape" if codec == "utf-8" else "replace")


@cache
def _adapters(codec: str) -> tuple[type[Loader], type[Loader], type[Dumper]]:
    class Text(Loader):
        def load(self, data: Buffer) -> Any:
            return bytes(data).decode(codec, "replace")

    class Parsed(Text):
        def load(self, data: Buffer) -> Any:
            return json.loads(super().load(data))

    class Parameter(Dumper):
        def dump(self, obj: Any) -> bytes:
            return encoded(obj, codec)

    return Text, Parsed, Parameter
