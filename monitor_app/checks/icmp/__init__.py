"""Pings a machine and judges loss and round trips."""
