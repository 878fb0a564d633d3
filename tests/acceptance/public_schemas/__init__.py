"""Public schemas, from packages: where each comes from, two tenants made by hand, and what becomes of them."""
