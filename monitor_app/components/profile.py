"""The parts of the page about one's own account."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.admin import Ago, Stamp, Until
from monitor_app.components.browser import module
from monitor_app.components.controls import icon
from monitor_app.components.entrance import AuthForm
from monitor_app.components.event_specs import two
from monitor_app.components.places import ADMIN_PLACES, PLACES, PROFILE_PLACE, standing
from monitor_app.domain.account import HISTORY_GRANULARITIES
from monitor_app.state.own_keys import KeyDialog, KeyQuestion, KeysState
from monitor_app.state.own_sessions import SessionsState
from monitor_app.state.person import PersonState
from monitor_app.state.preferences import PreferencesState
from monitor_app.state.profile import ProfileState
from monitor_app.state.second_factor import SecondFactorDialog

Row = rx.vars.ObjectVar[dict[str, Any]]
# Fewer recovery codes than this are worth a warning.
LOW_CODES = 3


class Preferences(rx.Component):
    """Time zone, language of dates, theme and so on; each is told by its name and value when it is chosen."""

    library = module("preferences.jsx")
    tag = "Preferences"
    time_zone: rx.Var[str]
    date_language: rx.Var[str]
    theme: rx.Var[str]
    default_page: rx.Var[str]
    history_granularity: rx.Var[int]
    granularities: rx.Var[list[int]]
    density: rx.Var[str]
    pages: rx.Var[list[dict[str, str]]]
    may: rx.Var[list[str]]
    on_change: rx.EventHandler[two]


def preferences() -> rx.Component:
    """Each choice is saved by itself."""
    return _section(
        "Preferences",
        "How you see the screens, on every device that you log in with.",
        Preferences.create(
            time_zone=PersonState.time_zone,
            date_language=PersonState.date_language,
            theme=PersonState.theme,
            default_page=PersonState.default_page,
            history_granularity=PersonState.history_granularity,
            granularities=list(HISTORY_GRANULARITIES),
            density=PersonState.density,
            pages=[
                {"path": place["href"], "title": place["title"], "needs": place["needs"]}
                for place in standing((*PLACES, PROFILE_PLACE, *ADMIN_PLACES))
            ],
            may=PersonState.may,
            on_change=PreferencesState.change,
        ),
    )


def password() -> rx.Component:
    """Goes to the API, which sets the new cookie."""
    return _section(
        "Password",
        "Changing it logs you out everywhere else. Keys of programs stay: revoke those that others may have seen.",
        rx.el.div(AuthForm.create(kind="password", username=PersonState.username), class_name="narrow"),
    )


def second_factor() -> rx.Component:
    """On or off, and what can be done about it."""
    codes = ProfileState.recovery_codes
    return _section(
        "Two-factor authentication",
        "Besides your password, a code from an app on your phone: who learns your password cannot log in with it.",
        rx.cond(
            ProfileState.has_second_factor,
            rx.fragment(
                rx.el.p(icon("check"), rx.el.b("On"), class_name="standing ok"),
                rx.el.p(
                    codes,
                    rx.cond(codes == 1, " recovery code is", " recovery codes are"),
                    " left, for when the app is out of reach.",
                    class_name=rx.cond(codes < LOW_CODES, "wrong", "help"),
                ),
                rx.el.div(
                    _plain("New recovery codes", SecondFactorDialog.ask("renew")),
                    _plain("Turn off", SecondFactorDialog.ask("drop"), "plain dangerous"),
                    class_name="row-of",
                ),
            ),
            rx.fragment(
                rx.el.p(icon("warn"), rx.el.b("Off"), " Your password alone logs you in.", class_name="standing"),
                rx.el.div(_plain("Set up", SecondFactorDialog.begin), class_name="row-of"),
            ),
        ),
    )


def sessions() -> rx.Component:
    """Where one is logged in."""
    return _section(
        "Sessions",
        "Where you are logged in. End what you do not know, and change your password then.",
        rx.el.ul(rx.foreach(SessionsState.sessions, _session), class_name="rows", aria_label="Sessions"),
        rx.cond(
            SessionsState.sessions.length() > 1,
            rx.el.div(_plain("Log out all others", SessionsState.end_others), class_name="row-of"),
        ),
    )


def keys() -> rx.Component:
    """For programs that use the API."""
    return _section(
        "API keys",
        "For programs. A key never does more than you may do, and never changes an account.",
        rx.cond(
            KeysState.keys.length() > 0,
            rx.el.ul(rx.foreach(KeysState.keys, _key), class_name="rows", aria_label="API keys"),
        ),
        rx.el.div(
            rx.el.button(icon("plus"), "New key", type="button", class_name="plain", on_click=KeyDialog.open),
            rx.el.a("How programs use it", href="/api/docs", class_name="quiet"),
            class_name="row-of",
        ),
        rx.cond(
            KeysState.past_keys.length() > 0,
            rx.el.details(
                rx.el.summary(KeysState.past_keys.length(), " revoked or expired"),
                rx.el.ul(rx.foreach(KeysState.past_keys, _past_key), class_name="rows", aria_label="Keys of no use"),
                class_name="more past",
            ),
        ),
    )


def _section(title: str, text: str, *children: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.el.h2(title), rx.el.p(text, class_name="help"), class_name="about"),
        rx.el.div(*children, class_name="what"),
    )


def _plain(text: str, on_click: Any, class_name: str = "plain") -> rx.Component:
    return rx.el.button(text, type="button", class_name=class_name, on_click=on_click)


def _session(session: Row) -> rx.Component:
    return rx.el.li(
        icon(session["icon"].to(str), 18),
        rx.el.div(
            rx.el.div(
                rx.el.b(session["device"].to(str)),
                rx.cond(session["is_own"].to(bool), rx.el.span("this browser", class_name="chip")),
            ),
            rx.el.p(
                rx.el.span(session["address"].to(str), class_name="mono"),
                rx.el.span("used ", Ago.create(at=session["used_at"].to(int))),
                rx.el.span("logged in ", Ago.create(at=session["created_at"].to(int))),
                rx.el.span("ends ", Until.create(at=session["ends_at"].to(int))),
                class_name="facts-of",
            ),
            class_name="words",
        ),
        rx.cond(
            session["is_own"].to(bool),
            rx.fragment(),
            rx.el.button(
                "Log out",
                type="button",
                class_name="plain",
                aria_label="Log out " + session["device"].to(str) + " at " + session["address"].to(str),
                on_click=SessionsState.end(session["pk"].to(int)),
            ),
        ),
        key=session["pk"].to(str),
    )


def _key(key: Row) -> rx.Component:
    return rx.el.li(
        icon("keys", 18),
        rx.el.div(
            rx.el.div(
                rx.el.b(key["name"].to(str)),
                rx.el.span(key["key_id"].to(str), class_name="mono muted"),
            ),
            rx.el.p(
                rx.el.span(key["permissions"].to(str), class_name="mono"),
                rx.cond(key["addresses"].to(str) != "", rx.el.span("from ", key["addresses"].to(str))),
                rx.el.span(
                    "used ",
                    Ago.create(at=key["used_at"].to(int), never="never"),
                    rx.cond(key["used_from"].to(str) != "", " from " + key["used_from"].to(str), ""),
                ),
                rx.el.span("expires ", Until.create(at=key["expires_at"].to(int), never="never")),
                class_name="facts-of",
            ),
            class_name="words",
        ),
        rx.el.button(
            "Revoke",
            type="button",
            class_name="plain",
            aria_label="Revoke " + key["name"].to(str),
            on_click=KeyQuestion.ask(key["pk"].to(int)),
        ),
        key=key["pk"].to(str),
    )


def _past_key(key: Row) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.b(key["name"].to(str)),
                rx.el.span(key["key_id"].to(str), class_name="mono muted"),
                rx.el.span(key["state"].to(str), class_name="chip"),
            ),
            rx.el.p(rx.el.span("made ", Stamp.create(at=key["created_at"].to(int))), class_name="facts-of"),
            class_name="words",
        ),
        key=key["pk"].to(str),
    )
