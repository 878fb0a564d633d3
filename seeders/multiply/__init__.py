"""Multiply a few real tenants of any schema: rows are copied along foreign keys, with fresh keys, inside the server."""
