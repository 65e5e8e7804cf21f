"""Handlers of the page Consul, which goes through the API but for hearing of news."""

from monitor_app.security.permissions import BOARD_READ
from tests.integration.access.cases import plain

plain(BOARD_READ, "SourcesState.listen", "SourcesState.rest")
