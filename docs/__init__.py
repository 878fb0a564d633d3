"""The documents. A package, so that the wheel holds the pages of findings, which `rampart explain` shows."""
