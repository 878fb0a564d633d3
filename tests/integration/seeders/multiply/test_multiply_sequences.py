"""Keys of copies are never the application's, whenever a growth is killed: by these keys copies are removed."""

from __future__ import annotations

import pytest
from multiplying import multiplied, value


def test_a_growth_killed_before_its_first_row_has_left_its_keys_to_nobody_else(nasty, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("seeders.multiply.multiply.carry_out", killed)
    with pytest.raises(KeyboardInterrupt):
        multiplied(nasty, 62)
    owned = "(SELECT jsonb_array_elements(value->'owned') one FROM rampart_seed WHERE kind = 'multiply') o"
    last = value(
        nasty, f"SELECT (one->>'low')::int + (one->>'count')::int - 1 FROM {owned} WHERE one->>'table' = 'orgs'"
    )
    assert last > 60
    assert value(nasty, "SELECT nextval('app.orgs_id_seq')") > last
