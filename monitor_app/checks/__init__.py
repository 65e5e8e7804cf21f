"""The kinds of checks: one folder a kind."""
