"""What other tools write: load results, one reader per format."""
