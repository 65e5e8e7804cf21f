"""`/metrics`: figures for Prometheus, gathered when it asks."""

from monitor_app.api.metrics.endpoint import routes
from monitor_app.api.metrics.families import gathered
from monitor_app.api.metrics.services import ServiceMetrics

__all__ = ["ServiceMetrics", "gathered", "routes"]
