"""Raw URLs are never recorded: ids become {id}, query values go, and names stay as the scenario gave them."""

from __future__ import annotations

import pytest

from scenarios.generator.endpoints import MOST, Endpoints, plain


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("/invoices", "/invoices"),
        ("list of invoices", "list of invoices"),
        ("/users/17", "/users/{id}"),
        ("/users/7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b11/edit", "/users/{id}/edit"),
        ("/blobs/deadbeefdeadbeef", "/blobs/{id}"),
        ("/reset/9f8Q_kd73hKq0ZbTt41w", "/reset/{id}"),
        ("/search?q=alice@example.org&page=2", "/search?q=&page="),
        ("http://user:secret@host:80/a/1?token=x#frag", "http://host/a/{id}?token="),
        ("http://[", "(a URL that cannot be read)"),
        ("/order-confirmation-page", "/order-confirmation-page"),
        ("/a/{id}", "/a/{id}"),
        ("/v1/plans", "/v1/plans"),
    ],
)
def test_what_may_be_a_secret_or_an_id_goes(name: str, kept: str) -> None:
    assert plain(name) == kept


def test_names_without_end_are_recorded_together() -> None:
    endpoints = Endpoints()
    found = {endpoints.of("GET", f"/page-{'abcdefghij'[n % 10]}{'x' * (n // 10)}") for n in range(MOST + 50)}
    assert len(found) == MOST + 1
    assert "GET (others)" in found
    assert endpoints.of("GET", "/page-a") == "GET /page-a"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("wss://user:secret@feed.example:8443/live", "wss://feed.example/live"),
        ("amqp://user:secret@[::1]:80/a?token=secret", "amqp://::1/a?token="),
        ("/shop;jsessionid=secret/cart", "/shop;jsessionid=/cart"),
        ("/back#access_token=secret", "/back"),
        ("sign in, password=secret", "sign in, password={hidden}"),
        ("ALTER ROLE a PASSWORD 'a secret'", "ALTER ROLE a PASSWORD {hidden}"),
        ('{"api_key": "secret"}', '{"api_key": {hidden}}'),
        ("reset password", "reset password"), ("passwords and tokens", "passwords and tokens"),
        ("/password/reset", "/password/reset"), ("Token: refresh", "Token: {hidden}"),
    ],
)  # fmt: skip
def test_a_name_holds_no_secret_that_it_names_itself(name: str, shown: str) -> None:
    assert plain(name) == shown
