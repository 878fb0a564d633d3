"""Growing a database to a number of tenants, and the way back."""
