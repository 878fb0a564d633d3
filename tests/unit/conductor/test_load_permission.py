"""Who may be loaded."""

from __future__ import annotations

import pytest

from conductor.load_permission import permission
from rampart.config import Target
from rampart.errors import NotReady, UsageError


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:8000", "http://[::1]:80"])
def test_loopback_needs_no_permission(url: str) -> None:
    assert permission(Target("x", url)).addresses


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


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80\\@192.0.2.1/", "http://user@127.0.0.1/", "http://127.0.0.1 /", "http://127.0.0.1\t.example/",
        "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://bücher.example/", "http://127。0。0。1/",
        "http://%31%32%37.0.0.1/", "http://*.example.com/", "http://[::1/", "http://127.0.0.1:8O80/",
    ],
)  # fmt: skip
def test_a_url_that_two_readers_may_understand_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no usable url"):
        permission(Target("x", url))


@pytest.mark.parametrize(
    "entry",
    [
        "*", "*.example.com", "http://127.0.0.1", "127.0.0.0/8", "127.0.0.1/", "user@127.0.0.1", "127.0.0.1:", ":80",
        "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:８０", "bücher.example", "127.0.0.1,127.0.0.2", "[::1]:x", "a b",
    ],
)  # fmt: skip
def test_an_entry_of_allow_is_one_machine(entry: str) -> None:
    with pytest.raises(UsageError, match="names no host"):
        permission(Target("x", "http://127.0.0.1:80", allow=(entry,)))


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("127.0.0.2", ("127.0.0.2", 8000)), ("127.0.0.2:90", ("127.0.0.2", 90)), ("LOCALHOST:90", ("127.0.0.1", 90)),
        ("localhost.:90", ("127.0.0.1", 90)), ("[::1]:90", ("::1", 90)), ("::1", ("::1", 8000)),
        ("[0:0::1]", ("::1", 8000)), ("127.2:90", ("127.0.0.2", 90)),
    ],
)  # fmt: skip
def test_an_entry_of_allow_is_compared_in_one_form(entry: str, address: tuple[str, int]) -> None:
    assert address in permission(Target("x", "http://127.0.0.1:8000", allow=(entry,))).addresses


@pytest.mark.parametrize("entry", ["192.0.2.1", "192.0.513", "0xc0000201", "[::ffff:192.0.2.1]", "192.0.2.1:80"])
def test_the_target_may_be_allowed_in_any_spelling(entry: str) -> None:
    assert permission(Target("x", "http://192.0.2.1", allow=(entry,))).addresses == {("192.0.2.1", 80)}


def test_another_port_of_the_same_host_is_another_place() -> None:
    found = permission(Target("x", "http://127.0.0.1:8000"))
    assert found.allows("127.0.0.1", 8000)
    assert not found.allows("127.0.0.1", 8001)
    with pytest.raises(UsageError, match="may not be loaded"):
        permission(Target("x", "http://192.0.2.1:80", allow=("192.0.2.1:443",)))
