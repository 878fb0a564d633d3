"""The reference SaaS: projects, tasks and invoices for many tenants, as a small team would write it."""
