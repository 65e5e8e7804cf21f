"""A kind with a bug: its probe can block the whole event loop."""
