"""What was recorded, read into counts and series: requests, readings, statement texts."""
