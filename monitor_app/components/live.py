"""What follows the board live, as Reflex components: the table, its filters, the state of the connection."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, type-arg, valid-type"

from typing import Any

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one, two
from monitor_app.components.theme import SCALES_PACKAGE
from monitor_app.state.alarm import AlarmState
from monitor_app.state.live import LiveFeed


class BoardFeed(rx.Component):
    """Rows once, then patches: `snapshot` brings the rows, `feed_state` names the state whose patches follow."""

    library = module("board_feed.jsx")
    tag = "BoardFeed"

    snapshot: rx.Var[dict[str, Any]]
    feed_state: rx.Var[str]
    feed_var: rx.Var[str]
    on_reload: rx.EventHandler[rx.event.no_args_event_spec]


def board_feed(snapshot: rx.Var[dict[str, Any]], feed: type[rx.State], on_reload: Any) -> rx.Component:
    """What fills the browser's rows. `feed` is the state with the one var `patch` that only the hub writes."""
    return BoardFeed.create(
        snapshot=snapshot, feed_state=feed.get_full_name(), feed_var="patch" + FIELD_MARKER, on_reload=on_reload
    )


class AlarmWatch(rx.Component):
    """Sounds and notifies where that is wanted, on pages that do not do so by themselves."""

    library = module("bell.jsx")
    tag = "AlarmWatch"

    snapshot: rx.Var[dict[str, Any]]
    feed_state: rx.Var[str]
    feed_var: rx.Var[str]
    on_listen: rx.EventHandler[rx.event.no_args_event_spec]


def alarm_watch() -> rx.Component:
    """Stands on a page once."""
    return AlarmWatch.create(
        snapshot=AlarmState.snapshot,
        feed_state=LiveFeed.get_full_name(),
        feed_var="patch" + FIELD_MARKER,
        on_listen=AlarmState.listen,
    )


class BoardRows(rx.Component):
    """The browser's rows. The row `open_id` is marked as open; menus offer what one `may` do, and deletion of one's
    `own`."""

    open_id: rx.Var[int]
    may: rx.Var[list[str]]
    own: rx.Var[list[int]]
    on_open: rx.EventHandler[one]
    on_action: rx.EventHandler[two]
    on_check: rx.EventHandler[one]
    on_open_breaker: rx.EventHandler[one]
    on_close_breaker: rx.EventHandler[one]


class LiveTable(BoardRows):
    """As a table."""

    library = module("live_table.jsx")
    tag = "LiveTable"
    lib_dependencies: list[str] = [SCALES_PACKAGE]  # noqa: RUF012 - a field of the component, copied for each


class _Filters(rx.Component):
    library = module("filters.jsx")


class SearchBox(_Filters):
    """Search as you type; the key / goes there."""

    tag = "SearchBox"


class Headline(_Filters):
    """What is true of everything that is watched, in one sentence."""

    tag = "Headline"


class CountFilters(_Filters):
    """How many services have each status; each count is a filter."""

    tag = "CountFilters"


class FacetFilters(_Filters):
    """Filters by group, environment and tag, but for the one that the page has `kept` for itself."""

    tag = "FacetFilters"
    groups: rx.Var[list[str]]
    tags: rx.Var[list[str]]
    environments: rx.Var[list[str]]
    kept: rx.Var[str]


class NoMatch(_Filters):
    """Says which filter to drop when nothing is found."""

    tag = "NoMatch"
    hints: rx.Var[list[dict[str, Any]]]


class Pager(_Filters):
    """Which part of the list is shown, and the way to the others. `is_counted`: each line is `one`."""

    tag = "Pager"
    one: rx.Var[str]
    page: rx.Var[int]
    pages: rx.Var[int]
    matched: rx.Var[int]
    size: rx.Var[int]
    is_counted: rx.Var[bool]


class _Connection(rx.Component):
    library = module("connection.jsx")


class ConnectionBar(_Connection):
    """Shows while nothing comes: how old the screen is and when the next try is due."""

    tag = "ConnectionBar"


class ConnectionState(_Connection):
    """Live, connecting or offline, in a word."""

    tag = "ConnectionState"


class TabSign(_Connection):
    """The page's title and icon, which tell when something is down."""

    tag = "TabSign"
    title: rx.Var[str]


class RowFacts(rx.Component):
    """The live head of a service's details."""

    library = module("row_facts.jsx")
    tag = "RowFacts"
    row_id: rx.Var[int]
    fallback: rx.Var[dict[str, Any]]
    on_fresh: rx.EventHandler[rx.event.no_args_event_spec]


class Moment(rx.Component):
    """A time, as an age or a clock time, with the exact one on hover."""

    library = module("row.jsx")
    tag = "Moment"
    at: rx.Var[int]


class Span(rx.Component):
    """A day and time, and how long it lasted: `to` is 0 while it lasts, -1 for a moment."""

    library = module("row.jsx")
    tag = "Span"
    at: rx.Var[int]
    to: rx.Var[int]


class Glyph(rx.Component):
    """The glyph of a status."""

    library = module("status.jsx")
    tag = "Glyph"
    status: rx.Var[int]


class StatusWord(rx.Component):
    """A status as glyph, word and colour."""

    library = module("status.jsx")
    tag = "StatusWord"
    status: rx.Var[int]
