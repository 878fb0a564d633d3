"""Locustfiles that nobody here wrote, from source distributions on PyPI: where each is, and what should come of it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Published:
    """One file of a source distribution, unmodified."""

    package: str  # as pip takes it, with its version
    file: str  # below the distribution's folder
    cwd: str = "."  # where it is started, below that folder
    missing: str = ""  # the package that it needs and does not bring
    refused: str = ""  # the host that it asks for beside the target; empty: it asks for none


_PLUGINS, _HAR = "locust-plugins==5.0.3", "har2locust==0.9.4"
PUBLISHED = (
    Published("locust-cloud==1.30.0", "locustfile.py"),  # imports a package of its repository
    Published(_HAR, "tests/outputs/reqres.in.py"),  # a dot in the module's name, a host of its own
    Published(_HAR, "tests/outputs/reqres_plugin.py", missing="locust-plugins"),
    Published(_HAR, "tests/outputs/string-problematic-characters.py"),
    Published(_HAR, "tests/outputs/url-encoded-body-no-text-field.py"),
    Published(_HAR, "tests/outputs/login.py", refused="spela.test3.svenskaspel.se"),
    Published(_HAR, "tests/outputs/apple-with-cookies.py", refused="apple.com"),
    Published(_PLUGINS, "examples/csvreader_ex.py", "examples"),  # reads a file beside it
    Published(_PLUGINS, "examples/tsvreader_ex.py", "examples"),
    Published(_PLUGINS, "examples/connection_pool_ex.py", "examples"),  # two classes, greenlets of their own
    Published(_PLUGINS, "examples/constant_total_ips_ex.py", "examples"),  # a wait time that follows the users
    Published(_PLUGINS, "examples/transaction_example.py", "examples"),  # events of its own
    Published(_PLUGINS, "examples/reschedule_on_fail_ex.py", "examples"),  # leaves a task from a listener
    Published(_PLUGINS, "examples/distributor_ex.py", "examples"),  # hands rows from a generator to its users
    Published(_PLUGINS, "examples/jmeter_listener_example.py", "examples"),  # a listener that writes a file of its own
)


def fetched(one: Published, folder: Path) -> Path:
    """The folder of its source distribution, downloaded and unpacked once."""
    kept = folder / one.package
    if not kept.exists():
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(kept)]
        subprocess.run([*command, one.package], check=True)
        (archive,) = kept.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(kept, filter="data")
    (unpacked,) = (path for path in kept.iterdir() if path.is_dir())
    return unpacked
