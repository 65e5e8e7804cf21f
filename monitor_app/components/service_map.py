"""The map of services as a Reflex component, for the map's own page and for that of a group."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, type-arg, valid-type, attr-defined, arg-type"

from typing import Any, Final

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one, two
from monitor_app.components.live import board_feed
from monitor_app.state.details import DetailsState
from monitor_app.state.live import LiveFeed
from monitor_app.state.map_feed import MapFeed
from monitor_app.state.person import PersonState
from monitor_app.state.relation_dialog import RelationDialog
from monitor_app.state.service_map import MapState
from monitor_app.state.services import ServiceDialog

# Loaded only by pages that draw a map.
PACKAGES: Final = ("@xyflow/react@12.12.1", "@dagrejs/dagre@3.1.3")


class ServiceMap(rx.Component):
    """The drawing with its bar and its panel. `fixed_group` is the group of a page that shows nothing else."""

    library = module("service_map.jsx")
    tag = "ServiceMap"
    lib_dependencies: list[str] = list(PACKAGES)  # noqa: RUF012 - a field of the component, copied for each

    graph: rx.Var[dict[str, Any]]
    causes: rx.Var[dict[str, Any]]
    impact: rx.Var[dict[str, Any]]
    simulation: rx.Var[dict[str, Any]]
    feed_state: rx.Var[str]
    feed_var: rx.Var[str]
    fixed_group: rx.Var[str]
    may: rx.Var[list[str]]
    open_id: rx.Var[int]
    on_reload: rx.EventHandler[rx.event.no_args_event_spec]
    on_open: rx.EventHandler[one]
    on_edit: rx.EventHandler[one]
    on_fresh: rx.EventHandler[rx.event.no_args_event_spec]
    on_impact: rx.EventHandler[one]
    on_causes: rx.EventHandler[rx.event.no_args_event_spec]
    on_simulate: rx.EventHandler[one]
    on_places: rx.EventHandler[one]
    on_reset_places: rx.EventHandler[rx.event.no_args_event_spec]
    on_relate: rx.EventHandler[two]
    on_edit_relation: rx.EventHandler[one]
    on_delete_relation: rx.EventHandler[one]


def service_map(group: rx.Var[str] | str = "") -> rx.Component:
    """The map, of one group with all that is in it if one is given.

    The page loads it by `MapState.load`, and shows `details_panel()` for what is clicked.
    """
    return rx.fragment(
        board_feed(MapState.feed, LiveFeed, MapState.load),
        ServiceMap.create(
            graph=MapState.graph,
            causes=MapState.causes,
            impact=MapState.impact,
            simulation=MapState.simulation,
            feed_state=MapFeed.get_full_name(),
            feed_var="patch" + FIELD_MARKER,
            fixed_group=group,
            may=PersonState.may,
            open_id=DetailsState.open_id,
            on_reload=MapState.load,
            on_open=DetailsState.open,
            on_edit=ServiceDialog.open_edit,
            on_fresh=DetailsState.refresh,
            on_impact=MapState.ask_impact,
            on_causes=MapState.ask_causes,
            on_simulate=MapState.simulate,
            on_places=MapState.keep_places,
            on_reset_places=MapState.reset_places,
            on_relate=RelationDialog.open_new,
            on_edit_relation=RelationDialog.open_edit,
            on_delete_relation=MapState.delete_relation,
        ),
    )
