"""Gatus: its configuration file."""
