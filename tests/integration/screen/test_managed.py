"""What the screens say about services that a configuration file made."""

from monitor_app.bus.local import Bus
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.state.details import DetailsState
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.storage.database import Database
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.configuration.reading import read_document
from tests.integration.screen.conftest import Screen

FILE = """\
services:
  shop:
    label: Shop
    metric_config: {}
    status_config: {url: "http://127.0.0.1:1/"}
"""


async def made_by_file(screen: Screen) -> int:
    """The pk of a service that a file made."""
    database = Database(f"sqlite+aiosqlite:///{screen.file}")
    use_cases = ConfigurationUseCases(database, KindRegistry(), SystemClock(), Bus())
    await use_cases.apply(SYSTEM, [read_document(FILE, "yaml", "services.yaml")])
    await database.close()
    await screen.running.follower.read_now()
    (row,) = screen.running.board
    return row.pk


async def test_file_that_made_a_service_is_named(screen: Screen) -> None:
    pk = await made_by_file(screen)

    await screen.send(DetailsState.open, pk=pk)
    await screen.send(RowActions.act, action="edit", pk=pk)

    for state in (DetailsState, ServiceDialog):
        assert (screen.shows(state, "managed_by"), screen.shows(state, "drift")) == ("services.yaml", "")


async def test_what_has_drifted_is_named_in_the_words_of_the_form(screen: Screen) -> None:
    pk = await made_by_file(screen)
    changed = {
        "label": "Mine",
        "interval_seconds": 30,
        "enabled": False,
        "service_type": "application",
        "metric_config": "response_ms > 500",
        "status_config": {"url": "http://127.0.0.1:1/x", "deadline_seconds": 3},
    }
    await screen.running.services.update(SYSTEM, "shop", changed, expected_revision=None)
    await screen.running.follower.read_now()

    await screen.send(DetailsState.open, pk=pk)

    assert screen.shows(DetailsState, "drift") == "Name, Type, URL, Deadline, thresholds, Check every, paused"


async def test_other_services_say_nothing_of_files(screen: Screen) -> None:
    await made_by_file(screen)
    (pk,) = await screen.add("By hand")

    await screen.send(DetailsState.open, pk=pk)
    await screen.send(ServiceDialog.open_new)

    assert screen.shows(DetailsState, "managed_by") == screen.shows(ServiceDialog, "managed_by") == ""
