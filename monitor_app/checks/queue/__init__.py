"""Asks the API of a queue how its circuit breaker is."""
