"""What a command says goes to a disk that is full: the command goes on, and says so once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_log_whose_disk_is_full_does_not_end_the_command() -> None:
    command = [sys.executable, "-m", "commands.main", "explain", "missing-index"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == "Warning: what is said here cannot be written (No space left on device)\n"
