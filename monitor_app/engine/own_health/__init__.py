"""How the monitor itself is: its database, its engine, its own pace, and whether it does what it is there for."""

from monitor_app.engine.own_health.component import Component, State, worst
from monitor_app.engine.own_health.database_watch import DatabaseWatch, Written
from monitor_app.engine.own_health.engine_watch import EngineWatch
from monitor_app.engine.own_health.loop_lag import LoopLag
from monitor_app.engine.own_health.own_health import OwnHealth
from monitor_app.engine.own_health.requests import RequestTimes

__all__ = [
    "Component",
    "DatabaseWatch",
    "EngineWatch",
    "LoopLag",
    "OwnHealth",
    "RequestTimes",
    "State",
    "Written",
    "worst",
]
