"""Logs in to a database, asks it something, and judges the answer."""
