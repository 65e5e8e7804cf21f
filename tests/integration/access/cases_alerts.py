"""Handlers of alerts: what a page shows of them comes through the API."""

from monitor_app.security.permissions import MONITOR_READ
from tests.integration.access.cases import plain

plain(MONITOR_READ, "AlertsState.listen")
