"""Schedules checks, runs them, records them, and holds what is true now."""
