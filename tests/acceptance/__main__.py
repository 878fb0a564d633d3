"""`make acceptance`: the long tests, then the flaws of the profile young; what came of it, and how long it took.

Options are those of the table of flaws. With `--only` that flaw alone is ramped, and the long tests are left out. The
last line is a row for docs/acceptance.md.
"""

from __future__ import annotations

import subprocess
import sys
import time

from rampart.shipped import checkout


def commit() -> str:
    """What is checked out, marked where the work tree differs from it."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    said = subprocess.run(command, cwd=checkout(), capture_output=True, text=True, check=False)
    return said.stdout.strip() or "no commit"


def carried_out(module: str, *words: str) -> tuple[bool, float]:
    """Run a module: whether it ended well, and its seconds."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", module, *words], check=False)
    return done.returncode == 0, time.monotonic() - began


def main() -> int:
    options = sys.argv[1:]
    steps = {"flaws": ("tests.acceptance.table", *options)}
    if "--only" not in options:
        steps = {"long tests": ("pytest", "-q", "-m", "acceptance", "--durations=10", "tests"), **steps}
    results = {name: carried_out(*words) for name, words in steps.items()}
    told = ", ".join(f"{name}: {'passed' if good else 'FAILED'} in {s:.0f} s" for name, (good, s) in results.items())
    minutes = sum(seconds for _, seconds in results.values()) / 60
    call = f"make acceptance ARGS='{' '.join(options)}'" if options else "make acceptance"
    row = (time.strftime("%Y-%m-%d"), commit(), told, f"{minutes:.0f} min", f"`{call}`")
    print(f"| {' | '.join(row)} |")
    return 0 if all(good for good, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
