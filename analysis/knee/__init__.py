"""Where throughput stops following the users."""
