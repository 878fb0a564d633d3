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
    read_database: str = ""  # conninfo of a replica; empty: there is none
    peers: str = ""  # ports of the statistics of the other processes that share `port`, with commas
    pool_max: int = 10  # 0: no pool, a connection is opened each time
    pool_min: int = 0  # connections that it holds when idle; 0: all that it may
    connection_scope: str = "statement"  # "request": from its begin to its end; "transaction": in one, until its end
    prepare_after: int = 5  # runs of a statement on one connection, until it is prepared; 0: never
    kept_requests: int = 0  # the newest ones that support can look at, with their answers; -1: all of them
    project_loading: str = "joined"  # or "lazy": related rows are fetched when they are asked for
    dashboard_ttl_s: int = 300  # 0: not kept
    dashboard_key: str = "dashboard:{tenant}"  # under which it is kept
    project_ttl_s: int = 0  # how long the page of a project is kept, whatever happens to it; 0: not kept
    comparison: str = "none"  # on the dashboard, with all tenants: "made by all" who miss it, or "made by one"
    members: str = "none"  # whom a page greets, copied into the cache: as "hashed", or as keys to be "searched"
    mail_delivery: str = "queued"  # or "direct": sent before the request is answered
    job_keys: str = "kept"  # or "none": each run of a job is a new one to the outside
    job_attempts: int = 1  # of a job that fails; a job that is put back is so at once
    reads: str = "primary"  # or "shared": old data will do for some, by turns; "replica": all GETs read there
    header: str = "plain"  # or "trend": each page shows its team's open tasks, day by day, as they are now
    files: str = "kept"  # or "unsaid": nobody is told that they may be kept, and they are packed for each who asks
    answers: str = "encoded"  # or "templated": laid out by a template that is compiled for each
    export_content: str = "newest"  # or "charted": with pictures
    search_results: str = "newest"  # or "folded": all are looked at, and those alike are shown once
    services_client: str = "awaited"  # or "blocking"
    services_plan: str = "paid"  # or "team", "free", "trial": the provider serves us 3, 2, 1 at a time
    report_source: str = "rollup"  # or "tasks": all tenants' tasks are read for each report
    rate_limit: int = 0  # requests a second of one address; 0: as many as it likes

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
