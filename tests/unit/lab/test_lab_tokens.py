"""Tokens: what was signed is read, and nothing else."""

from __future__ import annotations

import pytest

from lab.app.tokens import Identity, issue, read

WHO = Identity(tenant=7, user=70_001)


def test_a_token_says_who_it_is_for() -> None:
    assert read(issue(WHO, "secret"), "secret") == WHO


@pytest.mark.parametrize(
    "token",
    [
        issue(WHO, "another secret"),
        issue(WHO, "secret").replace("7.", "8.", 1),
        issue(WHO, "secret")[:-1],
        "7.70001.",
        "",
        "..",
        "7.70001.größe",
    ],
)
def test_what_we_did_not_sign_is_nobodys(token: str) -> None:
    assert read(token, "secret") is None
