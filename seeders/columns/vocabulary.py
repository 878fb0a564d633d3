"""Vocabularies: made once by Faker in any of its locales, kept in the user's cache folder."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from rampart.errors import UsageError
from seeders.draw.drawn_values import Pool


@cache
def pool(patterns: tuple[str, ...], size: int, locale: str) -> Pool:
    """`size` texts by the patterns in turn, the same on every machine with this version of Faker."""
    name = blake2b(json.dumps([version("faker"), locale, size, patterns]).encode(), digest_size=12).hexdigest()
    kept = _folder() / f"{name}.json"
    with suppress(OSError, ValueError):
        return Pool(json.loads(kept.read_text()))
    words = _make(patterns, size, locale)
    with suppress(OSError):  # a folder that cannot be written costs a second at the next run
        _keep(kept, words)
    return Pool(words)


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "rampart" / "vocabulary"


def _keep(path: Path, words: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(words, file)
    Path(file.name).replace(path)


def _make(patterns: tuple[str, ...], size: int, locale: str) -> list[str]:
    from faker import Faker  # a third of a second and 20 MB that a kept vocabulary saves

    try:
        faker = Faker(locale)
        faker.seed_instance(20261101)
        return [faker.parse(patterns[index % len(patterns)]).replace("\n", " ") for index in range(size)]
    except AttributeError as error:
        raise UsageError(
            f"Faker cannot make {patterns[0]!r} in locale {locale}",
            str(error),
            "Use a locale such as en_US or de_DE, and a provider that it has.",
        ) from error
