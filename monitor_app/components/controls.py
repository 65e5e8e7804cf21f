"""Parts of pages that live in the browser: dialogs, forms, icons, the switch of the theme, toasts."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module


def _values(values: rx.Var[Any]) -> list[rx.Var[Any]]:
    return [values]


def _key_and_values(key: rx.Var[Any], values: rx.Var[Any]) -> list[rx.Var[Any]]:
    return [key, values]


def _piece(text: rx.Var[Any], index: rx.Var[Any], count: rx.Var[Any]) -> list[rx.Var[Any]]:
    return [text, index, count]


class Icon(rx.Component):
    """A line icon in the colour of the text."""

    library = module("icons.jsx")
    tag = "Icon"
    name: rx.Var[str]
    size: rx.Var[int]


class Bulb(rx.Component):
    """The brand."""

    library = module("icons.jsx")
    tag = "Bulb"


class Modal(rx.Component):
    """A dialog. With `guard` it asks before it throws away what was typed.

    When `error_key` changes, the first wrong field gets the focus.
    """

    library = module("modal.jsx")
    tag = "Modal"
    is_open: rx.Var[bool]
    title: rx.Var[str]
    size: rx.Var[str]
    guard: rx.Var[bool]
    error_key: rx.Var[int]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]


class FormFrame(rx.Component):
    """A form whose values go to the server on save, on a test, and when a field is left."""

    library = module("form.jsx")
    tag = "FormFrame"
    on_save: rx.EventHandler[_values]
    on_test: rx.EventHandler[_values]
    on_leave: rx.EventHandler[_key_and_values]


class PasteBox(rx.Component):
    """A list of addresses, sent in pieces that fit into a frame of the websocket."""

    library = module("paste_box.jsx")
    tag = "PasteBox"
    is_busy: rx.Var[bool]
    has_results: rx.Var[bool]
    auto_focus: rx.Var[bool]
    on_piece: rx.EventHandler[_piece]


class ThemeSwitch(rx.Component):
    """Light, dark, or as the system says. `is_kept`: for the person, not for this browser alone."""

    library = module("theme_switch.jsx")
    tag = "ThemeSwitch"
    is_kept: rx.Var[bool]
    on_choose: rx.EventHandler[_values]


class KeysButton(rx.Component):
    """Opens the list of keys."""

    library = module("keys_button.jsx")
    tag = "KeysButton"


class Toast(rx.Component):
    """The last word that was said, with its way back: by a state, or past the states (state/notice.py)."""

    library = module("toast.jsx")
    tag = "Toast"
    toast: rx.Var[dict[str, str]]
    notice: rx.Var[dict[str, str]]
    on_action: rx.EventHandler[_values]


class CopyLine(rx.Component):
    """An address or a command, with a button that copies it."""

    library = module("copy_line.jsx")
    tag = "CopyLine"
    text: rx.Var[str]
    title: rx.Var[str]
    auto_focus: rx.Var[bool]


class DetailsPanel(rx.Component):
    """The panel beside the board."""

    library = module("details_panel.jsx")
    tag = "DetailsPanel"
    row_id: rx.Var[int]
    title: rx.Var[str]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]


class OpenButton(rx.Component):
    """A service's name that opens its details."""

    library = module("details_panel.jsx")
    tag = "OpenButton"
    sid: rx.Var[str]
    on_open: rx.EventHandler[rx.event.no_args_event_spec]


def icon(name: str, size: int = 16) -> rx.Component:
    """A line icon."""
    return Icon.create(name=name, size=size)
