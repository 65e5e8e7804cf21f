"""How to read the board, for the person in front of it."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.live import StatusWord
from monitor_app.components.shell import Place, shell
from monitor_app.domain.status import Status

ROUTE = "/help"
TITLE = "Help · Lightbulb"

_MEANINGS = {
    Status.OK: "The last check found everything as it should be.",
    Status.DEGRADED: "It answers, but not as well as it should.",
    Status.FAILED: "It does not answer, or not as it should. The row says why.",
    Status.STARTING: "It says of itself that it is still starting.",
    Status.STOPPED: "You paused it. It is not checked and counts neither as up nor as down.",
    Status.UNKNOWN: "There is no result yet, or the check itself could not run. No data is never green.",
}
_SECTIONS = {
    "What a row tells": (
        "Status, name, what is watched, the last 60 checks as bars (the newest on the right), the response time of the "
        "last check with the last 30 as a line, when it was checked last, and how long it has been like this. The "
        "height of a bar tells the status too. Values turn grey when two checks in a row did not come.",
        "Rows change by themselves. While the pointer or the keyboard is in the table nothing moves: a small sign says "
        "how many changes wait, and a click on it shows them.",
    ),
    "Finding a service": (
        "Search looks at names, ids, targets, groups and tags. The counts at the top are filters, several may be "
        "chosen. A click on a heading sorts. All of it stands in the address: copy it, and "
        "somebody else sees the same.",
    ),
    "Adding services": (
        "Paste a list of addresses, one a line. For a bare host name https is tried first, then http. Each line is "
        "checked at once; what is good is saved with one click, whether it is up just now or not. For a single service "
        "with headers, a body or other accepted statuses use New service, and Test now before you save.",
    ),
    "Keys": ("Press ? for the list. Everything works without a mouse.",),
}


def page() -> rx.Component:
    """Short texts, no pictures."""
    return shell(
        Place("Help", "details", ROUTE),
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
            class_name="prose",
        ),
    )
