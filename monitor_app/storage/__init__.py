"""Engines, sessions and what is read from and written to the tables."""
