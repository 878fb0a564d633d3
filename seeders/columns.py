"""The kinds of columns that a seeder can declare. `null` is the fraction of rows without a value."""

from __future__ import annotations

from seeders._keys import Key, Parent, Ref, Tenant, Total
from seeders._rows import Column
from seeders._values import Created, Later, Number
from seeders._words import Choice, Constant, Depends, Template, Words

__all__ = [
    "Choice", "Column", "Constant", "Created", "Depends", "Key", "Later", "Number", "Parent", "Ref", "Template",
    "Tenant", "Total", "Words",
]  # fmt: skip
