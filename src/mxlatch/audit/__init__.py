"""The audit: what to ask next, the log of what was seen, the checks and the verdict."""
