"""What the product's processes are told at start, through their environment, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field is the environment variable `SAAS_<FIELD>`."""

    port: int
    stats_port: int
    database: str  # conninfo
    cache: str  # redis URL
    queue: str  # redis URL
    relay_port: int  # SMTP, on loopback
    services: str  # base URL of the file store and the tax service
    secret: str  # signs the tokens
    peers: str = ""  # ports of the statistics of the other processes that share `port`, with commas
    pool_max: int = 10
    connection_scope: str = "statement"  # or "request": taken when a request begins, given back when it ends
    project_loading: str = "joined"  # or "lazy": related rows are fetched when they are asked for
    dashboard_ttl_s: int = 300  # 0: not kept
    mail_delivery: str = "queued"  # or "direct": sent before the request is answered

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings of an environment; KeyError for a required one that is missing, ValueError for a misfit."""
        values: dict[str, str | int] = {}
        for field in fields(cls):
            name = f"SAAS_{field.name.upper()}"
            if name in environment:
                values[field.name] = int(environment[name]) if field.type == "int" else environment[name]
        missing = sorted(f.name for f in fields(cls) if f.name not in values and f.default is MISSING)
        if missing:
            raise KeyError(f"settings that are not set: {', '.join(missing)}")
        return cls(**values)  # type: ignore[arg-type]

    def environment(self) -> dict[str, str]:
        """The environment that `read` turns into these settings."""
        return {f"SAAS_{field.name.upper()}": str(getattr(self, field.name)) for field in fields(self)}
