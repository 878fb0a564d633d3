"""One file for each kind of bottleneck or violation, named like it; `docs/findings/` explains it under that name."""
