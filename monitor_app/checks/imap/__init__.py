"""Greets a mailbox server, asks for TLS, and may log in."""
