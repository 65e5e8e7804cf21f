"""The command palette, its button, and the keys of every page."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, type-arg, valid-type, attr-defined, arg-type, operator"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one, two
from monitor_app.components.places import ADMIN_PLACES, HELP_PLACE, PLACES, PROFILE_PLACE, has_page, standing
from monitor_app.components.session import may
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.commands import COMMANDS
from monitor_app.state.details import DetailsState
from monitor_app.state.palette import PaletteState
from monitor_app.state.person import PersonState
from monitor_app.state.preferences import PreferencesState
from monitor_app.state.services import ServiceDialog

GROUP_PAGE = "/group"
# Those that show the details of a service beside what they are about.
DETAIL_PAGES = ["/", "/map", GROUP_PAGE, "/admin/services"]


class Palette(rx.Component):
    """Ctrl/Cmd+K: go anywhere, do anything that one `may` do."""

    library = module("palette.jsx")
    tag = "Palette"
    places: rx.Var[list[dict[str, str]]]
    commands: rx.Var[list[dict[str, Any]]]
    may: rx.Var[list[str]]
    group_page: rx.Var[bool]
    detail_pages: rx.Var[list[str]]
    answer: rx.Var[dict[str, Any]]
    is_kept: rx.Var[bool]
    on_search: rx.EventHandler[one]
    on_run: rx.EventHandler[two]
    on_open: rx.EventHandler[one]
    on_theme: rx.EventHandler[one]


class PaletteButton(rx.Component):
    """Opens it with the pointer, and tells of its key."""

    library = module("palette.jsx")
    tag = "PaletteButton"


class FrameKeys(rx.Component):
    """The keys that every page has, and their list."""

    library = module("frame_keys.jsx")
    tag = "FrameKeys"
    may: rx.Var[list[str]]
    places: rx.Var[list[dict[str, str]]]
    on_new: rx.EventHandler[rx.event.no_args_event_spec]
    on_command: rx.EventHandler[two]


class KeyList(rx.Component):
    """All keys of those that one `may` use."""

    library = module("keys_dialog.jsx")
    tag = "KeyList"
    may: rx.Var[list[str]]
    places: rx.Var[list[str]]


def palette() -> rx.Component:
    """Stands on every page of the frame, once."""
    return rx.fragment(
        Palette.create(
            places=standing((*PLACES, *ADMIN_PLACES, PROFILE_PLACE, HELP_PLACE)),
            commands=[command.as_prop() for command in COMMANDS.values()],
            may=PersonState.may,
            group_page=has_page(GROUP_PAGE),
            detail_pages=DETAIL_PAGES,
            answer=PaletteState.answer,
            is_kept=may(PROFILE_MANAGE),
            on_search=PaletteState.search,
            on_run=PaletteState.run,
            on_open=DetailsState.open,
            on_theme=lambda theme: PreferencesState.change("theme", theme),
        ),
        FrameKeys.create(
            may=PersonState.may,
            places=standing((*PLACES, *ADMIN_PLACES)),
            on_new=ServiceDialog.open_new,
            on_command=PaletteState.run,
        ),
    )


def key_list() -> rx.Component:
    """The keys on a page."""
    return KeyList.create(may=PersonState.may, places=[place["href"] for place in standing((*PLACES, *ADMIN_PLACES))])
