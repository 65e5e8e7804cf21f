"""Finds the kinds of checks and notifiers, and turns their config models into forms and schemas."""
