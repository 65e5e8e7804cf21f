"""Every connection that goes out."""

from monitor_app.net.network import Network

__all__ = ["Network"]
