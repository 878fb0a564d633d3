"""Who may be loaded."""

from __future__ import annotations

import pytest

from conductor.safety import permission
from rampart.config import Target
from rampart.errors import NotReady, UsageError


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:8000", "http://[::1]:80"])
def test_loopback_needs_no_permission(url: str) -> None:
    permission(Target("x", url))


def test_another_address_needs_the_allow_list() -> None:
    with pytest.raises(UsageError, match="may not be loaded"):
        permission(Target("x", "http://192.0.2.1:80"))
    permission(Target("x", "http://192.0.2.1:80", allow=("192.0.2.1",)))


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "ftp://127.0.0.1"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no usable url"):
        permission(Target("x", url))


def test_a_name_without_an_address_says_so() -> None:
    with pytest.raises(NotReady, match="has no address"):
        permission(Target("x", "http://no-such-host.invalid"))
