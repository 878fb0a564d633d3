"""What seeding and multiplying share of the database: connections, catalog, detached indexes, state."""
