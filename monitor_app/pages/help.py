"""Where help begins: a search, the first steps, all pages, what statuses mean, all keys."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.help import HelpContents, help_search
from monitor_app.components.live import StatusWord
from monitor_app.components.palette import key_list
from monitor_app.components.places import HELP_PLACE
from monitor_app.components.shell import shell
from monitor_app.domain.status import Status
from monitor_app.state.help import HelpState

ROUTE = HELP_PLACE.href
TITLE = "Help · Lightbulb"
ON_LOAD = HelpState.load

_MEANINGS = {
    Status.OK: "The last checks found everything as it should be.",
    Status.DEGRADED: "It works, but a threshold is exceeded or the check itself warns. It counts as up.",
    Status.FAILED: "A failure was confirmed by several checks in a row. The row says why.",
    Status.STARTING: "It was added or resumed, and nothing is certain yet. It counts neither as up nor as down.",
    Status.STOPPED: "It is paused or in maintenance, or somebody opened its circuit breaker. It counts neither as up "
    "nor as down.",
    Status.UNKNOWN: "Nothing can be said: the check itself could not run, or no results come. No data is never green.",
}
_TOUR = "/?tour=again"
_KEYS = (
    "Everything works without a mouse. Single keys do nothing while you type or a dialog is open; press ? for those "
    "that the page you are on has, and to switch them off."
)


def page() -> rx.Component:
    """What most come for is on top."""
    return shell(
        HELP_PLACE,
        rx.el.article(
            rx.el.h1("Help"),
            help_search(),
            _first_steps(),
            # All at once: what is below the list must not move when the list comes.
            rx.cond(HelpState.is_loaded, _all_below()),
            class_name="prose help-index",
        ),
    )


def _first_steps() -> rx.Component:
    return rx.el.section(
        rx.el.h2("First steps"),
        rx.el.ol(
            _step("Add what you run", "/help/adding-services", "paste addresses, or take one in the form."),
            _step("Say what depends on what", "/help/relations", "so that one outage is one."),
            _step("Read the board", "/help/board", "what a row tells, how to find and sort, which looks it has."),
            _step("Know when down is down", "/help/states", "one lost packet is no outage."),
            _step("Take it along", "/help/phone", "on the phone, as an app, and what it shows without a connection."),
            class_name="help-steps",
        ),
        rx.el.p(
            rx.el.a("Take the tour of the board", href=_TOUR, class_name="plain"),
            " Five steps, a minute. On every page the question mark at the top leads to the page of help about it.",
            class_name="help-tour",
        ),
    )


def _all_below() -> rx.Component:
    return rx.fragment(
        rx.el.section(rx.el.h2("All pages"), HelpContents.create(contents=HelpState.contents)),
        _statuses(),
        rx.el.section(rx.el.h2("Keys"), rx.el.p(_KEYS), key_list(), id="keys"),
    )


def _step(title: str, address: str, text: str) -> rx.Component:
    return rx.el.li(rx.el.a(title, href=address), ": ", text)


def _statuses() -> rx.Component:
    meanings = [
        rx.fragment(rx.el.dt(StatusWord.create(status=int(status))), rx.el.dd(text))
        for status, text in _MEANINGS.items()
    ]
    return rx.el.section(rx.el.h2("Statuses"), rx.el.dl(*meanings, class_name="config"), id="statuses")
