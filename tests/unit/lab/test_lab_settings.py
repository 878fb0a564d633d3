"""What the product is told at start."""

from __future__ import annotations

import pytest

from lab.app.settings import Settings

SETTINGS = Settings(
    port=1,
    stats_port=2,
    database="host=127.0.0.1",
    cache="redis://a",
    queue="redis://b",
    relay_port=3,
    services="http://c",
    secret="d",
    dashboard_ttl_s=0,
)


def test_settings_survive_the_environment() -> None:
    assert Settings.read({"PATH": "/bin", **SETTINGS.environment()}) == SETTINGS


def test_what_is_not_set_has_the_healthy_value() -> None:
    environment = SETTINGS.environment()
    del environment["SAAS_DASHBOARD_TTL_S"], environment["SAAS_POOL_MAX"]
    read = Settings.read(environment)
    assert (read.dashboard_ttl_s, read.pool_max) == (300, 10)


def test_a_missing_setting_is_named() -> None:
    environment = SETTINGS.environment()
    del environment["SAAS_SECRET"]
    with pytest.raises(KeyError, match="secret"):
        Settings.read(environment)
