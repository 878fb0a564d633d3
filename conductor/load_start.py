"""How a load process is started, for a run and for the check before it: the same settings, environment and guard."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa

import scenarios.generator
from analysis.detectors._violations_found import outcomes
from conductor.live_lines import LiveLines, MaskedLog
from conductor.load_permission import Permission
from rampart.config import Target
from rampart.latency_buckets import BUCKETS, LOW_MS, STEP
from rampart.processes import start_child
from rampart.tables import READINGS, REQUESTS
from scenarios.generator.settings import Settings

_PACKAGE = Path(scenarios.generator.__file__).parent
_HOME = _PACKAGE.parents[1]  # the folder that our packages are in: a checkout, or site-packages
HIDDEN = (
    "analysis", "benchmarks", "commands", "conductor", "flawbank", "lab", "probes", "rampart", "readers", "reports",
    "scenarios", "seeders", "targets", "tests",
)  # fmt: skip
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
HEADERS, OPTIONS = "RAMPART_HEADERS", "RAMPART_OPTIONS"  # in no file: they may be secret
_RESOLVER = "GEVENT_RESOLVER"  # another one than gevent's own would ask DNS again for names that are pinned


def settings_of(
    folder: Path, origin: float, target: Target, permission: Permission, live_fd: int, *, check: bool = False
) -> Settings:
    """Settings of a load process that writes into `folder`; `origin` is `time.monotonic()` at the start of the run."""
    return Settings(
        run=str(folder.resolve()),
        control=str(folder.resolve() / "control.json"),
        origin=origin,
        locustfile=str(Path(target.load.scenario).resolve()),
        url=target.url,
        live_fd=live_fd,
        bucket_low_ms=LOW_MS,
        bucket_step=STEP,
        buckets=BUCKETS,
        requests_schema=_schema_text(REQUESTS),
        readings_schema=_schema_text(READINGS),
        allowed=tuple(sorted(permission.addresses)),
        names=dict(permission.names),
        subprocesses=target.load.subprocesses,
        digests=target.load.digests,
        hidden=HIDDEN,
        hidden_below=str(_HOME),
        violations=outcomes(),
        watched=tuple(sorted({rule.endpoint for rule in target.stop.values() if rule.endpoint is not None})),
        check=check,
    )


def start_load(
    settings: Path, target: Target, environment: dict[str, str], live: LiveLines, log: MaskedLog
) -> subprocess.Popen[bytes]:
    """Start it; `live` and `log` are read from then on."""
    process = start_child(
        (sys.executable, "-P", "-S", str(_PACKAGE / "launch.py"), str(settings.resolve())),
        cwd=target.load.cwd or None,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log.descriptor,
        stderr=subprocess.STDOUT,
        pass_fds=(live.descriptor,),
        start_new_session=True,  # Ctrl-C reaches us alone; we end it in order
    )
    live.started()
    log.started()
    return process


def environment_of(target: Target, tenants: Path | None, given: dict[str, str]) -> dict[str, str]:
    """The caller's environment without proxies, which would be asked in place of the target, and DNS resolvers."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in _PROXIES and name != _RESOLVER}
    return {
        **kept,
        **given,
        **({"RAMPART_TENANTS": str(tenants.resolve())} if tenants else {}),
        **({HEADERS: json.dumps(dict(target.headers))} if target.headers else {}),
        **({OPTIONS: json.dumps(target.load.options)} if target.load.options else {}),
    }


def _schema_text(schema: pa.Schema) -> str:
    return base64.b64encode(schema.serialize().to_pybytes()).decode()
