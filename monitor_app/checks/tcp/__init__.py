"""Connects to a port, and may say something and look at the answer."""
