"""Stands before everything that is served: who may ask, and what each answer tells the browser."""

from monitor_app.api.doorman.door import Doorman
from monitor_app.api.doorman.headers import SECURITY_HEADERS
from monitor_app.api.doorman.page_gate import PageGate
from monitor_app.api.doorman.policy import Policies

__all__ = ["SECURITY_HEADERS", "Doorman", "PageGate", "Policies"]
