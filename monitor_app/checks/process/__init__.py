"""Looks for processes of this machine, counts them and measures what they use."""
