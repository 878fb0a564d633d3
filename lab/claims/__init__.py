"""Claims about how a SaaS breaks that can be checked in seconds, one file each, measured on the lab."""
