"""Tenant sizes: a fair sample at every level, whales among them, and a prefix of every larger level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rampart.errors import UsageError
from seeders.declaration.sizes import PRESETS
from seeders.growth.describe import describe
from seeders.growth.find import find
from seeders.growth.grow import tenants_of
from seeders.growth.journal import fingerprint

LEVELS = [100, 1_000, 10_000]
LAB = find("lab")


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fewer_tenants_are_a_prefix_of_more(preset, seed):
    few, many = preset.of(137, seed)[1], preset.of(2_000, seed)[1]
    assert np.array_equal(few, many[:137])
    assert not np.array_equal(few, preset.of(137, seed + 1)[1]) or preset.name == "uniform"


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_mean_is_one_at_ten_thousand(preset):
    means = [preset.of(10_000, seed)[1].mean() for seed in range(1, 21)]
    assert np.median(means) == pytest.approx(1, rel=0.08)


# Expected shares of a sample of 10,000 (exact sums for Zipf; ranked means for log-normal): largest 1 % and 10 %.
@pytest.mark.parametrize(
    ("name", "percent", "tenth"), [("b2b", 0.37, 0.76), ("b2b-heavy", 0.53, 0.77), ("uniform", 0.01, 0.10)]
)
def test_the_largest_hold_what_their_distribution_says(name, percent, tenth):
    shares = []
    for seed in range(1, 11):
        ranked = np.sort(PRESETS[name].of(10_000, seed)[1])[::-1]
        shares.append((ranked[:100].sum() / ranked.sum(), ranked[:1_000].sum() / ranked.sum()))
    assert np.median(shares, axis=0) == pytest.approx([percent, tenth], rel=0.1)


def test_most_self_serve_tenants_are_trials():
    sizes = PRESETS["self-serve"].of(10_000, 1)[1]
    assert np.mean(sizes < 0.1) == pytest.approx(0.6, abs=0.01)


def test_whales_exist_at_every_level_and_uniform_hides_them():
    for shape in describe(find("lab:b2b"), LEVELS, 1).shapes:
        assert shape.largest > 200 * shape.median and shape.top > 0.03
    for shape in describe(find("lab:uniform"), LEVELS, 1).shapes:
        assert shape.largest < 2 * shape.median


def test_the_lab_has_about_five_hundred_rows_a_tenant():
    tenants = tenants_of(LAB, 10_000, 1)
    assert [tenant.id for tenant in tenants] == list(range(1, 10_001))
    assert sum(tenant.rows for tenant in tenants) == pytest.approx(5_000_000, rel=0.05)
    assert tenants[:100] == tenants_of(LAB, 100, 1) != tenants_of(LAB, 100, 2)


def test_a_description_has_a_row_and_a_line_for_each_level(tmp_path):
    described = describe(LAB, LEVELS, 1)
    assert [shape.tenants for shape in described.shapes] == LEVELS
    assert len(described.text().splitlines()) == 2 + len(LEVELS)
    sizes, shares = described.figure.axes
    assert [len(line.get_xdata()) for line in sizes.lines] == LEVELS
    assert all(np.all(np.diff(line.get_ydata()) > 0) for line in shares.lines)
    described.figure.savefig(tmp_path / "sizes.svg")


def test_larger_tenants_are_older():
    from seeders.declaration.frame import frame_of

    frame = frame_of(LAB, 5_000, 1)
    assert np.corrcoef(np.argsort(np.argsort(frame.rows_by_tenant())), -frame.born)[0, 1] > 0.4


def test_a_seeder_is_found_by_name_preset_or_path(tmp_path):
    assert find("lab") == LAB
    assert fingerprint(find("lab:uniform")) == fingerprint(replace(LAB, sizes=PRESETS["uniform"]))
    for wrong, said in [("labb", "'lab'"), ("lab:b3b", "'b2b'"), ("nowhere.py", "Name an existing file")]:
        with pytest.raises(UsageError, match=said):
            find(wrong)
    for text, said in [("x = 1", "sets no SEEDER"), ("1 / 0", "ZeroDivisionError"), ("(", "SyntaxError")]:
        path = tmp_path / "own.py"
        path.write_text(text)
        with pytest.raises(UsageError, match=said):
            find(str(path))
