"""Wires the engine process: what goes along with the engine that schedules."""

from functools import partial

from monitor_app.alerting.companion import AlertingCompanion
from monitor_app.alerting.courier import Courier, history_of
from monitor_app.alerting.dispatcher import Dispatcher
from monitor_app.alerting.telling import Telling
from monitor_app.alerting.watch import Watch
from monitor_app.engine import process
from monitor_app.engine.companion import Accompany, EngineDesk
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.security.vault import open_vault
from monitor_app.settings import Settings


def run_engine(settings: Settings, *, has_doorbell: bool = False) -> None:
    """Run the engine with alerting in this process until it is told to stop."""
    process.main(settings, has_doorbell=has_doorbell, accompany=alerting_of(settings))


def alerting_of(settings: Settings) -> Accompany:
    """What makes the alerting of a term."""

    def accompany(desk: EngineDesk) -> AlertingCompanion:
        registry = NotifierRegistry(sealer=open_vault(settings))
        history = history_of(desk.database, partial(_pk_of, desk))
        courier = Courier(registry, desk.network, desk.clock, public_url=settings.public_url, history=history)
        dispatcher = Dispatcher(desk.database, desk.clock, courier, on_change=partial(_ring, desk))
        telling = Telling(kind.name for kind in registry if kind.tells_each_incident)
        return AlertingCompanion(desk, telling=telling, dispatcher=dispatcher, watch=Watch(desk))

    return accompany


def _pk_of(desk: EngineDesk, service_id: str) -> int | None:
    return next((service.pk for service in desk.services() if service.service_id == service_id), None)


def _ring(desk: EngineDesk, revision: int) -> None:
    desk.ring("alerts", revision=revision)
