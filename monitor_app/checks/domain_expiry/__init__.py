"""Tells how long a domain name is still registered."""
