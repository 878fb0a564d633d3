"""What a simulated browser asks for again, by the headers that it was given."""

from __future__ import annotations

import pytest

from scenarios.browser_cache import Files

PATH = "/static/app.js"


class Clock:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("headers", "soon", "later"),
    [
        ({}, {}, {}),
        ({"Cache-Control": "public, max-age=60"}, None, {}),
        ({"Cache-Control": "max-age=60", "ETag": '"1"'}, None, {"If-None-Match": '"1"'}),
        ({"ETag": '"1"'}, {"If-None-Match": '"1"'}, {"If-None-Match": '"1"'}),
        ({"Cache-Control": "no-store, max-age=60", "ETag": '"1"'}, {}, {}),
    ],
    ids=["nothing is said", "kept", "kept, then checked", "checked", "forbidden"],
)
def test_a_file_is_asked_for_as_its_headers_say(
    headers: dict[str, str], soon: dict[str, str] | None, later: dict[str, str]
) -> None:
    clock = Clock()
    files = Files(clock)
    assert files.ask(PATH) == {}
    files.keep(PATH, headers)
    clock.now += 30
    assert files.ask(PATH) == soon
    clock.now += 31
    assert files.ask(PATH) == later


def test_a_reload_asks_even_for_what_is_fresh_and_sends_its_tag() -> None:
    files = Files()
    files.keep(PATH, {"Cache-Control": "max-age=60", "ETag": '"1"'})
    assert files.ask(PATH) is None
    assert files.ask(PATH, reload=True) == {"If-None-Match": '"1"'}
    assert files.ask("/static/other.js") == {}
