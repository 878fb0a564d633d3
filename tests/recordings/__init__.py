"""Recorded runs of the lab, one per flaw and a healthy one, packed small; `truth.json` says what was planted."""
