"""A real Dovecot and a network."""

from tests.servers.fixtures import authority, names, network
from tests.servers.real import dovecot_server

__all__ = ["authority", "dovecot_server", "names", "network"]
