"""Found through PYTHONPATH, Python imports this before anything else, as monitoring agents have it do."""

import json
import os
import socket
from pathlib import Path

if "ASTRAY_RESULTS" in os.environ:
    _said, _hits = "", 1
    try:
        socket.create_connection(("127.0.0.1", int(os.environ["ASTRAY_PORT"])), timeout=3).close()
    except OSError as error:
        _said, _hits = f"{type(error).__name__}: {error}", 0
    with Path(os.environ["ASTRAY_RESULTS"]).open("a") as file:
        file.write(json.dumps({"name": "sitecustomize", "hits": _hits, "said": _said}) + "\n")
