"""Asks a web address and judges the answer."""
