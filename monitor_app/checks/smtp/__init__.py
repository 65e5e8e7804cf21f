"""Greets a mail server, asks for TLS, and may log in."""
