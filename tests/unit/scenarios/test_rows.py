"""What is kept of an answer, whole or not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios._rows import body


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
