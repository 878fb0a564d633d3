"""What other tools write, read into the words of this repository."""
