"""Polls other systems that tell about services: one poll, many services and results."""

from monitor_app.engine.sources.desk import SourceDesk

__all__ = ["SourceDesk"]
