"""Consul: what its catalogue and its health checks tell."""
