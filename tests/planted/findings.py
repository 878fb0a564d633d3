"""Planted findings and what stands beside them: checks, a gap, the cost of single requests, how the run was made."""

from __future__ import annotations

from dataclasses import replace

from rampart.finding import Evidence, Finding, Remedy
from rampart.model import JSON, Gap
from rampart.verdict import EndpointCost, Inefficiency, Profile, ValidityCheck

SQL = "CREATE INDEX CONCURRENTLY invoice_lines_by_tenant\n    ON public.invoice_lines (tenant_id);"


def missing_index() -> Finding:
    return Finding(
        id="missing-index",
        family="database",
        resource="public.invoice_lines (tenant_id)",
        endpoint="GET /invoices",
        tenants=10_000,
        users=77.0,
        limit_users=77.0,
        share=0.78,
        status="supported",
        confidence=0.94,
        evidence=(
            Evidence(
                "Each call of this statement reads 1,960,000 rows of invoice_lines to return 24.",
                1_960_000,
                ">= 10,000 rows read per scan",
                "readings-tables.arrow: db.table.seq_rows / db.table.seq_scans",
            ),
            Evidence(
                "At 100 tenants it took 0.4 ms, at 10,000 tenants 41 ms: it grows with the data.",
                102.5,
                ">= 3 times from the smallest to the largest level",
                "readings-statements.arrow: db.statement.exec_ms / db.statement.calls",
            ),
            Evidence(
                "The plan is a sequential scan that discards 99.99 % of the rows it reads.",
                0.9999,
                ">= 0.9 discarded",
                "statements.json: plan of 7731",
            ),
            Evidence(
                "The table's statistics are 40 minutes old.",
                2400,
                "<= 600 s",
                "readings-tables.arrow: db.table.analyzed",
                holds=False,
            ),
        ),
        consequences=("db-cpu", "app-pool"),
        remedy=Remedy("Add an index that begins with tenant_id, then ANALYZE the table.", SQL),
    )


def runners_up() -> list[Finding]:
    pool = replace(
        missing_index(),
        id="app-pool",
        resource="the pool of 5 connections",
        endpoint=None,
        share=0.12,
        limit_users=230.0,
        confidence=0.61,
        status="suspected",
        evidence=(
            Evidence("80 % of its connections were in use at the knee.", 0.8, ">= 0.9", "readings-app.arrow", False),
        ),
        consequences=(),
        remedy=Remedy("Give connections back before rendering."),
        why_not_first="its limit lies at 230 users, beyond the knee; its waiting follows from the database",
    )
    repeated = replace(
        pool,
        id="n-plus-one",
        resource="51 statements in a request",
        endpoint="GET /projects",
        share=0.05,
        limit_users=None,
        remedy=Remedy("Read the owners of all projects in one statement."),
        why_not_first="constant and large, but no limit was reached through it",
    )
    return [pool, repeated]


def inefficiency() -> Inefficiency:
    """Something wasteful, in the fewer words that the analysis has for it."""
    claim = "One request issues 51 statements, 50 of them the same."
    return Inefficiency("n-plus-one", 10_000, "users", "GET /projects", claim)


def checks() -> tuple[ValidityCheck, ...]:
    return (
        ValidityCheck("load generator", True, "CPU at most 31 % of one core"),
        ValidityCheck("closed loop", True, "users = throughput × (latency + think time) within 2.1 %"),
        ValidityCheck("rows", True, "all of Locust's 18,204 requests were recorded"),
    )


def gap() -> Gap:
    remedy = "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();"
    return Gap("PG-NOIOTIMING", "track_io_timing is off", ("db-io",), remedy)


def profile() -> Profile:
    def row(endpoint: str, latency: float, statements: float, cpu: float, jobs: float) -> EndpointCost:
        return EndpointCost(endpoint, 30, latency, statements, 0.7 * latency, cpu, 1.0, jobs)

    return Profile(
        10_000,
        (
            row("GET /invoices", 48.0, 3, 2.1, 0),
            row("GET /projects", 12.1, 51, 6.3, 0),
            row("POST /invoices", 9.4, 5, 3.0, 1),
        ),
    )


def how_it_was_made(slo_ms: float) -> JSON:
    """What `run.json` says of a planted run."""
    return {
        "schema": 1,
        "outcome": "complete",
        "versions": {"rampart": "0.1.0", "python": "3.11.7", "locust": "2.43.1", "postgres": "18.1"},
        "commit": "973cf0f",
        "seed": 1,
        "host": {"cores": 2, "memory_bytes": 8_323_000_000, "system": "Linux 6.1"},
        "target": {
            "name": "lab",
            "url": "http://127.0.0.1:41873",
            "lab": True,
            "headers": "***",
            "postgres": "postgresql://app:***@127.0.0.1:40001/app",
            "load": {"scenario": "scenarios/saas.py", "max_users": 400, "think_s": 1.0},
            "seed": {"seeder": "lab", "tenants": [100, 1000, 10000], "seed": 1},
            "objectives": [
                {"name": "latency", "said": f"p95 < {slo_ms:g}ms"},
                {"name": "errors", "said": "errors < 1%"},
            ],
        },
        "clock": {"origin_monotonic": 812.4, "origin_wall": 1795395130.0},
    }
