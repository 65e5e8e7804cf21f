"""Reflex states, a noun a file."""
