"""Every spelling of an address is one address, and what is none is a name."""

from __future__ import annotations

import pytest

from scenarios.generator.host_names import canonical, plain_name


@pytest.mark.parametrize(
    ("spelling", "address"),
    [
        ("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("0x7f.1", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"), (b"127.0.0.1", "127.0.0.1"), ("::ffff:7f00:1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"), ("0", "127.0.0.1"), ("::", "::1"), ("::ffff:0.0.0.0", "127.0.0.1"),
        ("0:0::0:1", "::1"), ("2001:DB8::A", "2001:db8::a"), ("2001:db8::a%eth0", "2001:db8::a"),
        ("fe80::1%eth0", "fe80::1%eth0"), ("fe80::1", "fe80::1"),
    ],
)  # fmt: skip
def test_an_address_has_one_form(spelling: str | bytes, address: str) -> None:
    assert canonical(spelling) == address


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1 evil.example", "127.0.0.1%eth0", "1.2.3.4.5", "", "a:b"])
def test_what_is_no_address_is_a_name(name: str) -> None:
    assert canonical(name) is None


@pytest.mark.parametrize("spelling", ["Staging.Example.com", "staging.example.com.", b"STAGING.example.com"])
def test_a_name_has_one_form(spelling: str | bytes) -> None:
    assert plain_name(spelling) == "staging.example.com"


def test_a_name_of_other_letters_is_compared_as_dns_has_it() -> None:
    assert plain_name("Bücher.example") == "xn--bcher-kva.example"
