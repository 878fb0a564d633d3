"""One file per fault; adding one is adding a file."""
