"""How Rampart was installed, and so the command that adds a package to its environment."""

from __future__ import annotations

import importlib.util
import shlex
import sys
import tomllib
from pathlib import Path

# Modules whose distribution has another name; of those that scenarios import.
_DISTRIBUTIONS = {
    "bs4": "beautifulsoup4", "Crypto": "pycryptodome", "cv2": "opencv-python", "dateutil": "python-dateutil",
    "dotenv": "python-dotenv", "google.protobuf": "protobuf", "grpc": "grpcio", "jwt": "pyjwt",
    "locust_plugins": "locust-plugins",
    "PIL": "pillow", "psycopg2": "psycopg2-binary", "pythonjsonlogger": "python-json-logger", "sklearn": "scikit-learn",
    "socketio": "python-socketio", "websocket": "websocket-client", "yaml": "pyyaml", "zmq": "pyzmq",
}  # fmt: skip


def command_to_add(module: str, prefix: Path | None = None) -> str:
    """The command that puts the distribution of a module where this program finds it."""
    prefix = Path(sys.prefix) if prefix is None else prefix
    # A part that a package lacks is one of a namespace: `google.cloud.storage` comes in google-cloud-storage.
    name = _DISTRIBUTIONS.get(module, module.replace(".", "-"))
    if (prefix / "pipx_metadata.json").exists():
        return f"pipx inject {prefix.name} {name}"
    if (prefix / "uv-receipt.toml").exists():
        return _uv_tool(prefix / "uv-receipt.toml", name)
    python = shlex.quote(str(prefix / "bin" / "python") if prefix != Path(sys.prefix) else sys.executable)
    if importlib.util.find_spec("pip") is None:
        return f"uv pip install -p {python} {name}"
    return f"{python} -m pip install {name}"


def _uv_tool(receipt: Path, name: str) -> str:
    """`uv tool install` replaces what was asked for before, which is in its receipt."""
    try:
        rows = tomllib.loads(receipt.read_text())["tool"]["requirements"]
        main, others = rows[0], [str(row["name"]) for row in rows[1:]]
        source = str(main.get("directory") or main.get("path") or main.get("editable") or main["name"])
    except (OSError, ValueError, LookupError, TypeError):
        source, others = "rampart", []
    added = " ".join(f"--with {shlex.quote(other)}" for other in [*others, name])
    return f"uv tool install {added} {shlex.quote(source)}"
