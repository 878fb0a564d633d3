"""What is kept of an answer, whole or not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios._rows import body, digest


class CutOff:
    """An answer whose connection broke in its middle."""

    @property
    def content(self) -> bytes:
        raise ConnectionResetError("connection closed")


@pytest.mark.parametrize(
    ("response", "kept"),
    [
        (SimpleNamespace(content=b"{}"), b"{}"),
        (SimpleNamespace(content=None), None),
        (CutOff(), None),
        (None, None),
    ],
    ids=["whole", "empty", "cut off", "no answer"],
)
def test_the_body_of_an_answer_is_read_or_is_none(response: object, kept: bytes | None) -> None:
    assert body(response) == kept


def test_answers_are_equal_where_the_same_was_asked() -> None:
    nothing = b'{"tasks": []}'
    assert digest("/search?q=a", nothing) == digest("/search?q=a", nothing)
    assert digest("/search?q=a", nothing) != digest("/search?q=b", nothing)
    assert digest("/search?q=a", nothing) != digest("/search?q=a", b'{"tasks": [1]}')
    assert digest("/search?q=a", None) is None
