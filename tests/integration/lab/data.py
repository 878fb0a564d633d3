"""A little data for the lab's own tests: equal tenants, made by the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from lab.after_seeding import grown
from lab.staging import Lab

TENANTS = 20

# In each statement %(n)s is the number of tenants; every tenant has the same rows, spread over the last year.
_STATEMENTS = (
    """INSERT INTO tenants (id, name, slug, plan)
       SELECT t, 'Tenant ' || t, 'tenant-' || t, 'team' FROM generate_series(1, %(n)s) t""",
    """INSERT INTO users (id, tenant_id, email, name, password_hash, role)
       SELECT t * 1000 + k, t, format('user%%s@tenant%%s.example', k, t), 'User ' || k,
              'sha256$' || encode(sha256('rampart'), 'hex'), 'member'
       FROM generate_series(1, %(n)s) t, generate_series(1, 25) k""",
    """INSERT INTO projects (id, tenant_id, owner_id, name, created_at)
       SELECT t * 1000 + k, t, t * 1000 + k, 'Project ' || k, now() - k * interval '10 days'
       FROM generate_series(1, %(n)s) t, generate_series(1, 25) k""",
    """INSERT INTO tasks (id, tenant_id, project_id, assignee_id, title, status, created_at, completed_at)
       SELECT t * 10000 + k, t, t * 1000 + 1 + k %% 25, t * 1000 + 1 + k %% 25, 'Review ' || k,
              CASE WHEN k %% 2 = 0 THEN 'done' ELSE 'open' END, made,
              CASE WHEN k %% 2 = 0 THEN made + 20 * interval '1 day' END
       FROM generate_series(1, %(n)s) t, generate_series(1, 470) k,
            LATERAL (SELECT now() - (k * 0.77 + 1) * interval '1 day' AS made) m""",
    """INSERT INTO invoices (id, tenant_id, number, customer, total_cents, issued_at)
       SELECT t * 1000 + k, t, 'INV-' || k, 'Customer ' || k, 1000 * k, now() - k * interval '2 days'
       FROM generate_series(1, %(n)s) t, generate_series(1, 130) k""",
    """INSERT INTO invoice_lines (id, tenant_id, invoice_id, description, quantity, unit_cents)
       SELECT t * 1000 + k, t, t * 1000 + 1 + k %% 130, 'Line ' || k, 1 + k %% 5, 900
       FROM generate_series(1, %(n)s) t, generate_series(1, 390) k""",
    """INSERT INTO audit_events (id, tenant_id, user_id, action, subject, created_at)
       SELECT t * 1000 + k, t, t * 1000 + 1 + k %% 25, 'task.created', 'task ' || k, now() - k * interval '1 day'
       FROM generate_series(1, %(n)s) t, generate_series(1, 260) k""",
)


def insert_tenants(conninfo: str, count: int) -> None:
    """Insert tenants 1 to `count`, of about 1,300 rows each, with the users `user1@tenant1.example` and so on."""
    with psycopg.connect(conninfo, autocommit=True) as database:
        for statement in _STATEMENTS:
            database.execute(statement, {"n": count})
        database.execute("ANALYZE")


@contextmanager
def seeded(*flaws: str) -> Iterator[Lab]:
    """A running lab with a few tenants."""
    with Lab.up(flaws=flaws) as lab:
        insert_tenants(lab.target.postgres or "", TENANTS)
        grown(lab.target)
        yield lab
