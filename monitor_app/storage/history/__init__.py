"""The results of checks and what came of them: recorded by the one engine that schedules, read by everybody."""

from monitor_app.domain.uptime import Uptime
from monitor_app.storage.history.protocol import (
    Downtime,
    Epoch,
    Followed,
    Gap,
    History,
    Incident,
    IncidentFilter,
    Place,
    Windows,
)
from monitor_app.storage.history.sql import SqlHistory

__all__ = [
    "Downtime",
    "Epoch",
    "Followed",
    "Gap",
    "History",
    "Incident",
    "IncidentFilter",
    "Place",
    "SqlHistory",
    "Uptime",
    "Windows",
]
