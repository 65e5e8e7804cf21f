"""A network for what holds for every kind."""

from tests.servers.fixtures import authority, names, network

__all__ = ["authority", "names", "network"]
