"""Lightbulb: a self-hosted service monitor and status dashboard."""

__version__ = "0.1.0"
