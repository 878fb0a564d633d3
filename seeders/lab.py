"""The lab's own seeder, and the example to copy: about 500 rows for a tenant of mean size."""

from __future__ import annotations

from hashlib import sha256

from seeders.columns import (
    Choice,
    Constant,
    Created,
    Depends,
    Key,
    Later,
    Number,
    Parent,
    Ref,
    Template,
    Tenant,
    Total,
    Words,
)
from seeders.declaration.declare import PerParent, PerTenant, Seeder, Table
from seeders.declaration.sizes import B2B_MILD

_TASKS = tuple(
    f"{verb} the {noun} {rest}"
    for rest in ("for {{company}}", "of {{month_name}}", "with {{name}}", "and the {{word}}")
    for noun in ("report", "budget", "design", "contract", "roadmap", "invoice run", "onboarding", "release")
    for verb in ("Draft", "Review", "Plan", "Finish", "Discuss")
)
_ACTIONS = {"task.created": 40, "task.completed": 22, "user.signed_in": 18, "invoice.created": 9, "task.assigned": 7,
            "invoice.mailed": 3, "export.requested": 1}  # fmt: skip

TENANTS = Table("tenants", None, {
    "id": Key(),
    "name": Words("{{company}}"),
    "slug": Template("tenant-{key}"),
    "plan": Choice({"free": 55, "team": 30, "business": 12, "enterprise": 3}),
    "created_at": Created(),
})  # fmt: skip
USERS = Table("users", PerTenant(10, least=1), {
    "id": Key(),
    "tenant_id": Tenant(),
    "email": Template("user{k}@tenant{tenant}.example"),
    "name": Words("{{name}}"),
    "password_hash": Constant("sha256$" + sha256(b"rampart").hexdigest()),
    "role": Choice({"member": 85, "admin": 12, "owner": 3}),
    "created_at": Created(),
})  # fmt: skip
PROJECTS = Table("projects", PerTenant(8, least=1), {
    "id": Key(),
    "tenant_id": Tenant(),
    "owner_id": Ref("users"),
    "name": Words("{{color_name}} {{word}} for {{company}}"),
    "status": Choice({"active": 70, "archived": 22, "on_hold": 8}),
    "created_at": Created(),
})  # fmt: skip
TASKS = Table("tasks", PerTenant(180), {
    "id": Key(),
    "tenant_id": Tenant(),
    "project_id": Ref("projects", skew=1.3),
    "assignee_id": Ref("users", null=0.12, skew=1.2),
    "title": Words(*_TASKS, size=4000),
    "body": Words("", "{{sentence}}", "{{sentence}} {{sentence}}", "{{name}}: {{sentence}}"),
    "status": Depends("completed_at", present=Choice({"done": 1}), absent=Choice({"open": 7, "in_progress": 3})),
    "priority": Number(1, 4),
    "created_at": Created(),
    "due_on": Later(days=21, null=0.35, planned=True),
    "completed_at": Later(days=25, null=0.35),
}, days=364)  # fmt: skip
INVOICES = Table("invoices", PerTenant(50), {
    "id": Key(),
    "tenant_id": Tenant(),
    "number": Template("INV-{k:06}"),
    "customer": Words("{{company}}"),
    "status": Choice({"paid": 80, "open": 15, "void": 5}),
    "issued_at": Created(),
    "total_cents": Total("invoice_lines", ("quantity", "unit_cents")),
    "mailed_at": Later(days=0.02, null=0.03),
}, days=720)  # fmt: skip
LINES = Table("invoice_lines", PerParent("invoices", (1, 3, 2, 5, 3, 1, 6, 3)), {
    "id": Key(),
    "tenant_id": Tenant(),
    "invoice_id": Parent(),
    "description": Words("{{bs}}"),
    "quantity": Number(1, 20, skew=2),
    "unit_cents": Number(500, 60_000, skew=3),
}, days=720)  # fmt: skip
AUDIT = Table("audit_events", PerTenant(100), {
    "id": Key(),
    "tenant_id": Tenant(),
    "user_id": Ref("users", null=0.05, skew=1.5),
    "action": Choice(_ACTIONS),
    "subject": Template("task {key}"),
    "created_at": Created(),
}, days=364)  # fmt: skip

SEEDER = Seeder(
    "lab",
    "the reference SaaS: tenants, users, projects, tasks, invoices with lines, audit events",
    (TENANTS, USERS, PROJECTS, TASKS, INVOICES, LINES, AUDIT),
    sizes=B2B_MILD,  # with b2b, the verdict on a flaw would often be one on the largest tenant
)
