"""Starts Locust as `locust -f FILE` would, with the guard set before anything of the user's is imported.

A script: `python -P -S launch.py SETTINGS`. With -P nothing is put in front of `sys.path`; Locust itself then adds the
working directory and the locustfile's own. With -S neither `sitecustomize` nor the .pth files of installed packages run
before the guard is there: monitoring agents start by them. They run right after it, as Python itself would run them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path

PRIVATE_NAME = "_rampart_generator"


def load_package(folder: Path) -> None:
    """Make this package importable as `PRIVATE_NAME`, and by no other name."""
    spec = importlib.util.spec_from_file_location(
        PRIVATE_NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PRIVATE_NAME] = package
    spec.loader.exec_module(package)


def take_python_path() -> list[str]:
    """Take the folders of PYTHONPATH off `sys.path`, where they stand first: a `json.py` in one of them is no concern
    of the guard's own imports. The caller puts them back."""
    named = os.environ.get("PYTHONPATH", "")
    count = len(named.split(os.pathsep)) if named else 0
    taken, sys.path[:count] = sys.path[:count], []
    return taken


if __name__ == "__main__":
    taken = take_python_path()
    load_package(Path(__file__).resolve().parent)
    importlib.import_module(f"{PRIVATE_NAME}.process").main(Path(sys.argv[1]), taken)
