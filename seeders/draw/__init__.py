"""Values drawn from counter-based random streams, columnar."""
