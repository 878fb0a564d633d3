"""Four real Django applications that nobody here designed, each with two tenants made by its own models and services.

Their environment is made once by pip from their pins and kept in the user's cache folder: half a gigabyte that nobody
needs who does not run their test or this benchmark, so they are no extra of this project.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from benchmarks._seed_server import Server
from seeders.multiply.multiply import Request

_FOLDER = Path(__file__).parent.parent / "tests" / "integration" / "seeders" / "multiply" / "applications"
_PINS = _FOLDER / "requirements.txt"
_MARKER = "CREATE TABLE rampart_marker (may_be_load_tested boolean NOT NULL); INSERT INTO rampart_marker VALUES (true)"
_BUYERS = ("catalogue_product", "order_order", "basket_basket", "auth_user")


def requests(tenants: int) -> dict[str, Request]:
    """How each is multiplied to so many tenants."""
    return {
        # Its database does not say that the slugs of the knowledge base are unique, but the application counts on it.
        "desk": Request(
            tenants,
            root="helpdesk_queue",
            fakes={"helpdesk_ticket.submitter_email": "email"},
            given={"helpdesk_kbcategory.slug": "{value} || '-' || {number}"},
        ),
        "books": Request(tenants),  # its root is guessed
        "forum": Request(tenants, root="forum_forum"),
        "shop": Request(tenants, root="partner_partner", along=_BUYERS),
    }


def is_there() -> bool:
    """Whether the environment was made."""
    return (_folder() / ".ready").exists()


def interpreter() -> Path:
    """The Python of that environment, which is made where it is missing; half a minute, once."""
    folder = _folder()
    python = folder / "bin" / "python"
    if not is_there():
        shutil.rmtree(folder, ignore_errors=True)
        for command in _commands(folder, python):
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr[-2000:]
        (folder / ".ready").touch()
    return python


def act(server: Server, application: str, action: str) -> str:
    """Run the application's `fill` or `answer` on the database of its name; what it prints."""
    environment = {**os.environ, "PGPORT": str(server.port), "PGDATABASE": application}
    command = [str(interpreter()), "-W", "ignore", str(_FOLDER / f"{application}.py"), action]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def made(server: Server, application: str) -> str:
    """A database of its name, migrated, with two tenants, that may be seeded."""
    conninfo = server.create(application)
    act(server, application, "fill")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_MARKER)
    return conninfo


def _folder() -> Path:
    name = hashlib.blake2b(_PINS.read_bytes() + sys.version.encode(), digest_size=6).hexdigest()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "rampart" / f"applications-{name}"


def _commands(folder: Path, python: Path) -> list[list[str]]:
    if shutil.which("uv"):
        install = ["uv", "pip", "install", "-q", "-p", str(python)]
        return [["uv", "venv", "-q", "-p", sys.executable, str(folder)], [*install, "-r", str(_PINS)]]
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    return [[sys.executable, "-m", "venv", str(folder)], [*install, "-r", str(_PINS)]]
