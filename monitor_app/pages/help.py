"""How to read the board, for the person in front of it."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.live import StatusWord
from monitor_app.components.palette import key_list
from monitor_app.components.places import HELP_PLACE
from monitor_app.components.shell import shell
from monitor_app.domain.status import Status

ROUTE = HELP_PLACE.href
TITLE = "Help · Lightbulb"

_MEANINGS = {
    Status.OK: "The last checks found everything as it should be.",
    Status.DEGRADED: "It works, but a threshold is exceeded or the check itself warns. It counts as up.",
    Status.FAILED: "A failure was confirmed by several checks in a row. The row says why.",
    Status.STARTING: "It was added or resumed, and nothing is certain yet. It counts neither as up nor as down.",
    Status.STOPPED: "It is paused or in maintenance, or somebody opened its circuit breaker. It counts neither as up "
    "nor as down.",
    Status.UNKNOWN: "Nothing can be said: the check itself could not run, or no results come. No data is never green.",
}
_SECTIONS = {
    "What a row tells": (
        "Status, name, what is watched, the last 60 checks as bars (the newest on the right), the response time of the "
        "last check with the last 30 as a line, when it was checked last, and how long it has been like this. The "
        "height of a bar tells the status too. Values turn grey when two checks in a row did not come.",
        "Rows change by themselves. While the pointer or the keyboard is in the table nothing moves: a small sign says "
        "how many changes wait, and a click on it shows them.",
    ),
    "Not confirmed": (
        "One lost packet is no outage. After a failed check the next ones come within seconds, and only several "
        "failures in a row, three as a rule, make a service down; until then its row says “not confirmed, 1 of 3” "
        "and it counts as up. It is up again after two good checks. A downtime begins with the first failed check "
        "all the same. docs/states.md tells all the rules.",
    ),
    "Circuit breaker": (
        "What keeps failing is left alone: after five failures in a row the checks pause for five minutes, then "
        "one check decides. The service stays down meanwhile. In a service's menu you can pause its checks "
        "yourself, with a reason that everybody can read, and end the pause. More in docs/breaker.md.",
    ),
    "Finding a service": (
        "Search looks at names, ids, targets, groups, environments and tags. The counts at the top are filters, "
        "several may be chosen. A click on a heading sorts. All of it stands in the address: copy it, and "
        "somebody else sees the same.",
    ),
    "Adding services": (
        "Paste a list of addresses, one a line. For a bare host name https is tried first, then http; a link under"
        " the box shows how pings, ports, databases and all else are written. Each line is checked at once and "
        "saved with one click, whether it is up just now or not. For a single service with all that can be set use"
        " New service, and Test now before you save.",
    ),
    "Command palette": (
        "Ctrl K, ⌘ K on a Mac, opens it on every page: type a few letters of a service, a group, a page or of what you "
        "want to do, and press Enter. You are offered what your role allows.",
    ),
}
_KEYS = (
    "Everything works without a mouse. Single keys do nothing while you type or a dialog is open; press ? for those "
    "that the page you are on has, and to switch them off."
)


def page() -> rx.Component:
    """Short texts, no pictures."""
    return shell(
        HELP_PLACE,
        rx.el.article(
            rx.el.h1("How the board works"),
            rx.el.h2("Statuses"),
            rx.el.dl(
                *[
                    rx.fragment(rx.el.dt(StatusWord.create(status=int(status))), rx.el.dd(text))
                    for status, text in _MEANINGS.items()
                ],
                class_name="config",
            ),
            *[rx.el.section(rx.el.h2(title), *[rx.el.p(text) for text in texts]) for title, texts in _SECTIONS.items()],
            rx.el.section(rx.el.h2("Keys"), rx.el.p(_KEYS), key_list(), id="keys"),
            class_name="prose",
        ),
    )
