"""The same run gives the same verdict, byte for byte, in any process with any hash seed and number of threads."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RECORDINGS = [ROOT / "tests/recordings" / name for name in ("n-plus-one", "missing-index", "workers")]
PROGRAM = """
import hashlib, json, sys
from dataclasses import asdict
from pathlib import Path
from analysis.verdict.analyse import analyse
from rampart.runs import Run
for folder in sys.argv[1:]:
    print(hashlib.sha256(json.dumps(asdict(analyse(Run.open(Path(folder))))).encode()).hexdigest())
"""


def verdicts(hash_seed: str, threads: str) -> list[str]:
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS"), threads)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, RECORDINGS)],
        env={**os.environ, **limits, "PYTHONHASHSEED": hash_seed},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.split()


def test_no_hash_seed_and_no_number_of_threads_changes_a_byte() -> None:
    seen = [verdicts("0", "1"), verdicts("1", "2"), verdicts("4711", "4")]
    assert len(seen[0]) == len(RECORDINGS) == len(set(seen[0]))
    assert all(len(digest) == hashlib.sha256().digest_size * 2 for digest in seen[0])
    assert seen[0] == seen[1] == seen[2]
