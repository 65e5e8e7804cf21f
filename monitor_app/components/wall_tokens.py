"""Tokens of wall screens: the list, the dialog that makes one, the question before one is revoked."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import Ago, Until, when_loaded
from monitor_app.components.controls import CopyLine, FormFrame, Modal, icon
from monitor_app.state.wall_tokens import NEVER, WallTokenDialog, WallTokenState

Row = rx.vars.ObjectVar[dict[str, Any]]


def wall_token_section() -> rx.Component:
    """What is there, and the way to another."""
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Wall screens"),
                rx.el.p(
                    "A link that opens the board for a screen on the wall. It reads the board and nothing else, and "
                    "works as long as the account of who made it does.",
                    class_name="help",
                ),
            ),
            rx.el.button(
                icon("screen"), "New wall screen", type="button", class_name="plain", on_click=WallTokenDialog.open
            ),
            class_name="section-head",
        ),
        when_loaded(
            WallTokenState.is_loaded,
            WallTokenState.problem,
            WallTokenState.load,
            rx.cond(
                WallTokenState.tokens.length() > 0,
                _table(),
                rx.el.div(
                    rx.el.p(
                        "No wall screen yet. One shows the board on a screen in the room, without anybody's account."
                    ),
                    rx.el.a("How walls work", href="/help/board#on-a-wall"),
                    class_name="empty-list",
                ),
            ),
        ),
        class_name="apart",
    )


def wall_token_dialog() -> rx.Component:
    """First the name, then the link, once."""
    return Modal.create(
        rx.cond(WallTokenDialog.link == "", _form(), _made()),
        is_open=WallTokenDialog.is_open,
        title=rx.cond(WallTokenDialog.link == "", "New wall screen", "Open this on the screen"),
        size="medium",
        error_key=WallTokenDialog.refusals,
        on_close=WallTokenDialog.close,
    )


def wall_token_question() -> rx.Component:
    """Before one is revoked."""
    return Modal.create(
        rx.el.div(
            rx.el.p(
                "Every screen that was opened with ",
                rx.el.b(WallTokenState.name),
                " goes to the log-in within 5 seconds, and its link works no more. To bring a screen back, make a "
                "new link and open it there.",
            ),
            class_name="content",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Keep it", type="button", class_name="plain", on_click=WallTokenState.keep),
            rx.el.button(
                "Revoke " + WallTokenState.name,
                type="button",
                class_name="primary dangerous",
                custom_attrs={"data-autofocus": ""},
                on_click=WallTokenState.revoke,
            ),
        ),
        is_open=WallTokenState.is_asking,
        title="Revoke this wall screen?",
        size="small",
        guard=False,
        on_close=WallTokenState.keep,
    )


def _table() -> rx.Component:
    return rx.el.table(
        rx.el.caption("Wall screens", class_name="for-readers"),
        rx.el.thead(
            rx.el.tr(
                *[rx.el.th(head, scope="col") for head in ("Name", "Made by", "Made", "Last used", "Expires")],
                rx.el.th(rx.el.span("Actions", class_name="for-readers"), scope="col", class_name="cell-actions"),
            )
        ),
        rx.el.tbody(rx.foreach(WallTokenState.tokens, _token)),
        class_name="list tokens",
    )


def _token(token: Row) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.el.span(token["name"].to(str), class_name="username"), scope="row"),
        rx.el.td(token["created_by"].to(str), custom_attrs={"data-label": "Made by"}),
        rx.el.td(Ago.create(at=token["created_at"].to(int)), custom_attrs={"data-label": "Made"}),
        rx.el.td(
            Ago.create(at=token["used_at"].to(int)),
            rx.cond(token["used_from"] != "", rx.el.span(" from ", token["used_from"].to(str), class_name="muted")),
            custom_attrs={"data-label": "Last used"},
        ),
        rx.el.td(Until.create(at=token["expires_at"].to(int)), custom_attrs={"data-label": "Expires"}),
        rx.el.td(
            rx.el.button(
                "Revoke",
                type="button",
                class_name="quiet",
                aria_label="Revoke " + token["name"].to(str),
                on_click=WallTokenState.ask(token["pk"]),
            ),
            class_name="cell-actions",
        ),
        key=token["pk"].to(str),
    )


def _form() -> rx.Component:
    errors = WallTokenDialog.errors
    return FormFrame.create(
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    rx.el.label("Name", html_for="wall-name"),
                    rx.el.div(
                        rx.el.input(
                            id="wall-name",
                            name="name",
                            auto_complete="off",
                            max_length=80,
                            placeholder="Entrance hall",
                            custom_attrs={
                                "aria-describedby": "wall-name-below",
                                "aria-invalid": rx.cond(errors.contains("name"), "true", "false"),
                            },
                        ),
                        class_name="box",
                    ),
                    rx.el.div(
                        rx.cond(
                            errors.contains("name"),
                            rx.el.p("The name ", errors["name"], class_name="wrong", role="alert"),
                            rx.el.p("Where the screen hangs.", class_name="help"),
                        ),
                        id="wall-name-below",
                    ),
                    class_name="field most",
                ),
                rx.el.div(
                    rx.el.label("It works", html_for="wall-expires"),
                    rx.el.div(
                        rx.el.select(
                            rx.el.option("until revoked", value=NEVER),
                            rx.el.option("for 30 days", value="30"),
                            rx.el.option("for 90 days", value="90"),
                            rx.el.option("for a year", value="365"),
                            id="wall-expires",
                            name="expires_days",
                            default_value=NEVER,
                        ),
                        class_name="box",
                    ),
                    rx.cond(
                        errors.contains("expires_days"),
                        rx.el.p(errors["expires_days"], class_name="wrong", role="alert"),
                    ),
                    class_name="field least",
                ),
                class_name="fields",
            ),
            class_name="content",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Cancel", type="button", class_name="plain", on_click=WallTokenDialog.close),
            rx.el.button("Make the link", type="submit", class_name="primary"),
        ),
        on_save=WallTokenDialog.save,
    )


def _made() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.p("Type or send it to the browser of ", rx.el.b(WallTokenDialog.name), "; it stays logged in there."),
            CopyLine.create(title="Link for the screen", text=WallTokenDialog.link, auto_focus=True),
            rx.el.p("It is shown this once. Lost? Revoke it and make another.", class_name="help"),
            class_name="content copy-lines said-words",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Done", type="button", class_name="primary", on_click=WallTokenDialog.close),
        ),
    )
