"""Plug-ins are values found by listing a folder: adding one is adding a file."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, kind: type[T]) -> dict[str, T]:
    """Every value of type `kind` that a module of `package` defines in capitals, by the value's `name`.

    Modules whose name begins with an underscore are plumbing and are passed over. Two plug-ins with one name are an
    error of the repository, hence the assertion.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if info.name.startswith("_") or info.ispkg:
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for attribute, value in sorted(vars(module).items()):
            if isinstance(value, kind) and attribute.isupper():
                name: str = value.name  # type: ignore[attr-defined]
                assert name not in found, f"two plug-ins of {package.__name__} are called {name}"
                found[name] = value
    return found
