"""One tenant level made ready for the detectors."""
