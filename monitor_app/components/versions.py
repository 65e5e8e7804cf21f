"""The history of a service: its versions, what each changed, and the way back to one."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import Ago
from monitor_app.components.controls import Modal
from monitor_app.state.versions import VersionsDialog

Row = rx.vars.ObjectVar[dict[str, Any]]


def versions_dialog() -> rx.Component:
    """The list; beside it the version that is looked at."""
    return Modal.create(
        rx.el.div(
            rx.cond(
                VersionsDialog.versions.length() > 0,
                rx.el.div(
                    rx.el.ol(rx.foreach(VersionsDialog.versions, _version), class_name="versions"),
                    _looked_at(),
                    class_name="version-columns",
                ),
                rx.el.p("Nothing was changed since changes are written down.", class_name="muted nothing"),
            ),
            class_name="content",
        ),
        is_open=VersionsDialog.is_open,
        title="History of changes of " + VersionsDialog.label,
        size="wide",
        guard=False,
        on_close=VersionsDialog.close,
    )


def _version(row: Row) -> rx.Component:
    is_chosen = VersionsDialog.chosen == row["pk"].to(int)
    return rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.el.b(row["who"].to(str)),
                " ",
                row["action"].to(str),
                rx.cond(row["is_present"].to(bool), rx.el.span("now", class_name="chip")),
                class_name="did",
            ),
            rx.el.span(Ago.create(at=row["at"].to(int), never=""), class_name="muted when"),
            rx.cond(row["summary"].to(str) != "", rx.el.span(row["summary"].to(str), class_name="muted says")),
            type="button",
            class_name=rx.cond(is_chosen, "version chosen", "version"),
            custom_attrs={"aria-pressed": rx.cond(is_chosen, "true", "false")},
            on_click=VersionsDialog.choose(row["pk"].to(int)),
        ),
        key=row["pk"].to(str),
    )


def _looked_at() -> rx.Component:
    return rx.el.div(
        rx.cond(
            VersionsDialog.chosen == 0,
            rx.el.p("Choose a change to see what it did, and how the service was then.", class_name="muted nothing"),
            rx.fragment(
                rx.cond(
                    VersionsDialog.did.length() > 0,
                    rx.fragment(rx.el.h3("What this changed"), _differences(VersionsDialog.did, "Before", "After")),
                ),
                rx.cond(
                    VersionsDialog.can_roll_back,
                    rx.fragment(
                        rx.el.h3("How it was then"),
                        _differences(VersionsDialog.differs, "Now", "Then"),
                        rx.el.p(
                            "Whether it is paused or in maintenance stays as it is. Secrets come back as they were.",
                            class_name="help",
                        ),
                        rx.el.button(
                            "Roll back to this", type="button", class_name="primary", on_click=VersionsDialog.roll_back
                        ),
                    ),
                    rx.el.p("How it is set up is the same now.", class_name="muted"),
                ),
            ),
        ),
        rx.cond(VersionsDialog.error != "", rx.el.p(VersionsDialog.error, class_name="wrong", role="alert")),
        class_name="looked-at",
        custom_attrs={"aria-live": "polite"},
    )


def _differences(rows: Any, before: str, after: str) -> rx.Component:
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(rx.el.th("What", scope="col"), rx.el.th(before, scope="col"), rx.el.th(after, scope="col"))
        ),
        rx.el.tbody(rx.foreach(rows, _difference)),
        class_name="changes-of",
    )


def _difference(row: Row) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row["name"].to(str), scope="row"),
        rx.el.td(rx.el.del_(row["before"].to(str))),
        rx.el.td(rx.el.ins(row["after"].to(str))),
    )
