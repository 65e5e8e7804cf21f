"""The tables, a noun a file."""

from monitor_app.models.base import Table
from monitor_app.models.check_result import CheckResultRow
from monitor_app.models.counter import Counter
from monitor_app.models.service import Service
from monitor_app.models.service_state import ServiceStateRow

__all__ = ["CheckResultRow", "Counter", "Service", "ServiceStateRow", "Table"]
