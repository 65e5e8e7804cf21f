"""The rows that BoardState has loaded, live, with all that one may do with them."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type"

import reflex as rx

from monitor_app.components.live import BoardRows, LiveTable
from monitor_app.state.board import BoardState
from monitor_app.state.breaker import BreakerDialog
from monitor_app.state.check_now import CheckNow
from monitor_app.state.details import DetailsState
from monitor_app.state.person import PersonState
from monitor_app.state.services import RowActions


def board_table() -> rx.Component:
    """The table of the board and of a group's page."""
    return rows_as(LiveTable)


def rows_as(rows: type[BoardRows]) -> rx.Component:
    """The rows in one of their forms."""
    return rows.create(
        open_id=DetailsState.open_id,
        may=PersonState.may,
        own=BoardState.own,
        on_open=DetailsState.open,
        on_action=RowActions.act,
        on_check=CheckNow.run,
        on_open_breaker=BreakerDialog.ask,
        on_close_breaker=BreakerDialog.close_breaker,
    )
