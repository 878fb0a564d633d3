"""Pack a run folder into a small recording: `python -m tests.recordings.pack RUN NAME WANTED`.

Only what the analysis reads is kept, each table as one batch; a stream that was flushed every second repeats itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa

from rampart.tables import read_batches

HERE = Path(__file__).parent
KEPT = ("stages.jsonl", "statements.json", "probes.json", "metrics.json")


def pack(run: Path, name: str, wanted: str) -> Path:
    """Write `tests/recordings/NAME`; `wanted` is the finding id, or the outcome where none must be named."""
    to = HERE / name
    to.mkdir()
    about = json.loads((run / "run.json").read_text())
    # Not where it ran: paths and ports of a machine say nothing that the analysis reads.
    kept = {key: about.get(key) for key in ("schema", "outcome", "rampart", "levels", "timing", "seed", "gaps")}
    kept["target"] = {name: about["target"][name] for name in ("name", "objectives")}
    (to / "run.json").write_text(json.dumps(kept, indent=1) + "\n")
    for file in KEPT:
        (to / file).write_bytes((run / file).read_bytes())
    for path in sorted(run.glob("*.arrow")):
        batches = list(read_batches(path))
        if not batches:
            continue
        table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
        with pa.OSFile(str(to / path.name), "wb") as file:
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            with pa.ipc.new_stream(file, batches[0].schema, options=options) as stream:
                stream.write_table(table)
    (to / "truth.json").write_text(json.dumps({"wanted": wanted}) + "\n")
    return to


if __name__ == "__main__":
    pack(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
