"""Equal answers to one question share a digest; nothing is read for it that the user has not read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios.generator.digests import Digests, read_already


class Stream:
    """An answer that is being read as it comes: whoever reads it for its user takes it away."""

    _content = False

    @property
    def content(self) -> bytes:
        raise AssertionError("read before the user")


def answer(content: bytes) -> SimpleNamespace:
    return SimpleNamespace(_content=content)


@pytest.mark.parametrize(
    ("response", "kept"),
    [
        (answer(b"{}"), b"{}"),
        (SimpleNamespace(_cached_content=b"{}", _content=lambda: b""), b"{}"),
        (Stream(), None),
        (SimpleNamespace(_content=None), None),
        (SimpleNamespace(code=0, details="a gRPC status"), None),
        (None, None),
    ],
    ids=["requests", "FastHttpUser", "stream", "empty", "another protocol", "no answer"],
)
def test_only_what_was_read_already_is_looked_at(response: object, kept: bytes | None) -> None:
    assert read_already(response) == kept


def test_answers_are_equal_where_the_same_was_asked() -> None:
    digests, nothing = Digests(), answer(b'{"tasks": []}')

    def of(url: str, response: object) -> int | None:
        return digests.of("GET /search", "7", url, response)

    assert of("/search?q=a", nothing) == of("/search?q=a", nothing)
    assert of("/search?q=a", nothing) != of("/search?q=b", nothing)
    assert of("/search?q=a", nothing) != of("/search?q=a", answer(b'{"tasks": [1]}'))
    assert of("/search?q=a", Stream()) is None


def test_large_answers_are_told_apart_by_their_ends_and_their_length() -> None:
    digests, body = Digests(), b"x" * 200_000

    def of(content: bytes) -> int | None:
        return digests.of("GET /file", None, "/file", answer(content))

    assert of(body) == of(body)
    assert len({of(body), of(body + b"x"), of(b"y" + body[1:]), of(body[:-1] + b"y")}) == 4


def test_a_busy_endpoint_is_sampled_by_question_so_that_repeats_still_meet() -> None:
    digests = Digests()
    for _ in range(6):
        seen: dict[str, list[bool]] = {}
        for number in range(4_000):
            url = f"/items/{number % 400}"
            seen.setdefault(url, []).append(digests.of("GET /items", None, url, answer(b"same")) is not None)
        digests.second()
    taken = sum(sum(each) for each in seen.values())
    assert 20 <= taken <= 120
    chosen = [each for each in seen.values() if sum(each) >= 2]
    assert len(chosen) >= 3  # the same question several times
