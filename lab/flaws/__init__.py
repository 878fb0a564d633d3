"""The planted flaws, one file each: ways in which young SaaS code really fails."""
