EMAIL = "b@example.org"
