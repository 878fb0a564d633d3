"""The cores that control groups of both versions leave a process, read from their files as the kernel lays them out."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from probes import _cores


@pytest.mark.parametrize(
    ("row", "files", "wanted"),
    [
        ("0::/web", {"web/cpu.max": "28000 100000"}, 0.28),
        ("0::/web/one", {"web/cpu.max": "50000 100000", "web/one/cpu.max": "max 100000"}, 0.5),
        ("3:cpu,cpuacct:/web",
         {f"cpu,cpuacct/web/cpu.cfs_{name}_us": value for name, value in (("quota", "28"), ("period", "100"))}, 0.28),
        ("1:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("4:memory:/web", {"memory/web/cpu.max": "1 100"}, None),
    ],
    ids=["version 2", "of the group above", "version 1", "no limit", "another controller"],
)  # fmt: skip
def test_the_least_of_affinity_and_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str, files: dict[str, str], wanted: float | None
) -> None:
    process = psutil.Process(os.getpid())
    groups, own = tmp_path / "groups", tmp_path / "proc" / str(process.pid)
    for name, text in files.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(text)
    own.mkdir(parents=True)
    (own / "cgroup").write_text(f"9:name=systemd:/\n{row}\n")
    monkeypatch.setattr(_cores, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(_cores, "_GROUPS", groups)
    assert _cores.cores(process) == (len(process.cpu_affinity()) if wanted is None else wanted)
