"""Where notifications go: one folder a kind."""
