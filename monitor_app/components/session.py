"""Who sits before the page: what they are offered, how they want to see it, and the end of their session."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, arg-type, attr-defined"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.notice import Notices
from monitor_app.state.person import PersonState


class SessionWatch(rx.Component):
    """Stands on every page that is not for everybody, once."""

    library = module("session_watch.jsx")
    tag = "SessionWatch"
    mark: rx.Var[str]
    order: rx.Var[str]


class PersonMenu(rx.Component):
    """Who is logged in, the way to the profile, and out."""

    library = module("person_menu.jsx")
    tag = "PersonMenu"
    mark: rx.Var[str]
    username: rx.Var[str]
    role: rx.Var[str]
    has_profile: rx.Var[bool]


class Chosen(rx.Component):
    """Puts into force how somebody wants to see the screens."""

    library = module("formats.jsx")
    tag = "Chosen"
    is_own: rx.Var[bool]
    time_zone: rx.Var[str]
    language: rx.Var[str]
    theme: rx.Var[str]
    auto_refresh: rx.Var[bool]
    refresh_seconds: rx.Var[int]
    granularity: rx.Var[int]
    density: rx.Var[str]


def may(permission: str) -> rx.Var[bool]:
    """Whether who sits here may do that. It only decides what is offered; the guard and the use cases decide."""
    return PersonState.may.contains(permission)


def if_may(permission: str, *children: rx.Component) -> rx.Component:
    """Only for who may do that."""
    return rx.cond(may(permission), rx.fragment(*children))


def person_menu() -> rx.Component:
    """At the end of the top bar."""
    return PersonMenu.create(
        mark=PersonState.session_mark,
        username=PersonState.username,
        role=PersonState.role,
        has_profile=may(PROFILE_MANAGE),
    )


def chosen() -> rx.Component:
    """Stands on every page that is not for everybody, once."""
    return Chosen.create(
        is_own=may(PROFILE_MANAGE),
        time_zone=PersonState.time_zone,
        language=PersonState.date_language,
        theme=PersonState.theme,
        auto_refresh=PersonState.auto_refresh,
        refresh_seconds=PersonState.refresh_seconds,
        granularity=PersonState.history_granularity,
        density=PersonState.density,
    )


def session_watch() -> rx.Component:
    """Leave the page when its session is another one, or when the server says so."""
    return SessionWatch.create(mark=PersonState.session_mark, order=Notices.leave)
