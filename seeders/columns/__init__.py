"""The kinds of columns that a seeder can declare. `null` is the fraction of rows without a value."""

from __future__ import annotations

from seeders.columns.keys import Key, Parent, Ref, Tenant, Total
from seeders.columns.numbers_and_times import Created, Later, Number
from seeders.columns.text import Choice, Constant, Depends, Template, Words
from seeders.draw.rows import Column

__all__ = [
    "Choice", "Column", "Constant", "Created", "Depends", "Key", "Later", "Number", "Parent", "Ref", "Template",
    "Tenant", "Total", "Words",
]  # fmt: skip
