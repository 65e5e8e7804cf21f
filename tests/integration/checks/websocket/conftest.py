"""Test servers and a network."""

from tests.servers.fixtures import authority, names, network, server

__all__ = ["authority", "names", "network", "server"]
