"""A network."""

from tests.servers.fixtures import authority, names, network

__all__ = ["authority", "names", "network"]
