"""`make chaos`: what goes wrong in the middle of a command, what came of it, what was lost, and what stayed behind."""
