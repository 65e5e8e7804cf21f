"""Help, as Reflex components: the way to it from every page, the list of all pages with a search, one page."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, type-arg, valid-type, attr-defined, arg-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one
from monitor_app.components.places import helped
from monitor_app.state.help import HelpState


class HelpLink(rx.Component):
    """The question mark in the top bar: `pages` says which page of help tells of which screen."""

    library = module("help.jsx")
    tag = "HelpLink"
    pages: rx.Var[list[dict[str, str]]]


class HelpSearch(rx.Component):
    """Searches all pages."""

    library = module("help.jsx")
    tag = "HelpSearch"
    asked: rx.Var[str]
    found: rx.Var[list[dict[str, str]]]
    on_search: rx.EventHandler[one]


class HelpContents(rx.Component):
    """All pages, in the order in which they are read."""

    library = module("help.jsx")
    tag = "HelpContents"
    contents: rx.Var[list[dict[str, Any]]]


class HelpPage(rx.Component):
    """One page."""

    library = module("help.jsx")
    tag = "HelpPage"
    page: rx.Var[dict[str, Any]]
    name: rx.Var[str]


def help_link() -> rx.Component:
    """Stands in the top bar of every page."""
    return HelpLink.create(pages=helped())


def help_search() -> rx.Component:
    """Over the list of all pages."""
    return HelpSearch.create(asked=HelpState.asked, found=HelpState.found, on_search=HelpState.search)
