"""Uptime Kuma: its database (SQLite, versions 1 and 2), or the JSON backup of version 1."""
