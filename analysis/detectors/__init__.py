"""One file for each kind of bottleneck, named like the finding; `docs/findings/` explains it under that name."""
