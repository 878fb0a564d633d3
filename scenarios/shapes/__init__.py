"""One load shape per file; Locust takes the first that it sees, so a scenario imports none."""
