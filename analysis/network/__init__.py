"""The servers that a request passes, what their holders do meanwhile, and what a remedy would buy."""
