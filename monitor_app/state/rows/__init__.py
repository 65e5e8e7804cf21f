"""Rows of the live table: sent once, then patches of what changed."""
