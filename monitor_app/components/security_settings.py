"""The form of the security settings."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import SettingsForm
from monitor_app.domain.security_settings import NUMBERS
from monitor_app.state.security import SecurityState


def security_form() -> rx.Component:
    """What is typed stays when it is refused."""
    return SettingsForm.create(
        _section(
            "Sessions",
            "A session ends when it lay unused for a while, and after its longest time however much it is used. "
            "Shorter times end sessions that are open now, too.",
            _pair(
                "Without “keep me logged in”",
                _number("idle_minutes", "Unused for", "min"),
                _number("absolute_hours", "At the longest", "h"),
            ),
            _pair(
                "With “keep me logged in”",
                _number("kept_idle_days", "Unused for", "d"),
                _number("kept_absolute_days", "At the longest", "d"),
            ),
        ),
        _section(
            "Reading without a log-in",
            "For a board that everybody in the house may see.",
            _switch(
                "is_board_public",
                "Open the board for reading",
                "Whoever reaches this address sees names, targets and errors of all services. They can change nothing.",
            ),
        ),
        _section(
            "Where checks may connect to",
            "Cloud metadata, link-local addresses, and Lightbulb's own port and database are refused whatever is set "
            "here.",
            _switch(
                "outbound_private",
                "Private addresses and this machine",
                "Without it checks reach public addresses only, and what is allowed below.",
            ),
            rx.el.div(
                _lines(
                    "outbound_allow",
                    "Allowed all the same",
                    "Private places that checks reach although the switch is off.",
                    "10.0.0.0/8\ndb.example.org:5432",
                ),
                _lines(
                    "outbound_deny",
                    "Refused",
                    "Wins over all that is allowed.",
                    "*.internal.example\n203.0.113.7",
                ),
                class_name="fields",
            ),
            rx.el.p(
                "One a line: a network, an address, a name, *.example.org for all names below one, or * for "
                "everything; each may end in a port.",
                class_name="help",
            ),
        ),
        saved=SecurityState.saved,
        refusals=SecurityState.refusals,
        on_save=SecurityState.save,
        on_leave=SecurityState.leave,
    )


def _section(title: str, text: str, *children: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.el.h2(title), rx.el.p(text, class_name="help"), class_name="about"),
        rx.el.div(*children, class_name="set"),
        class_name="setting",
    )


def _pair(title: str, *fields: rx.Component) -> rx.Component:
    return rx.el.fieldset(rx.el.legend(title), rx.el.div(*fields, class_name="fields"), class_name="pair")


def _number(name: str, title: str, unit: str) -> rx.Component:
    least, most = NUMBERS[name]
    return rx.el.div(
        rx.el.label(title, html_for=f"set-{name}"),
        rx.el.div(
            rx.el.input(
                id=f"set-{name}",
                name=name,
                input_mode="numeric",
                auto_complete="off",
                default_value=SecurityState.values[name].to(str),
                custom_attrs=_described(name),
            ),
            rx.el.span(unit, class_name="unit"),
            class_name="box with-unit",
        ),
        _below(name, f"{least} to {most:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")),
        class_name="field half",
    )


def _switch(name: str, title: str, text: str) -> rx.Component:
    return rx.el.div(
        rx.el.input(
            id=f"set-{name}",
            name=name,
            type="checkbox",
            default_checked=SecurityState.values[name].to(bool),
            custom_attrs=_described(name),
        ),
        rx.el.label(title, html_for=f"set-{name}"),
        _below(name, text),
        class_name="field switch",
    )


def _lines(name: str, title: str, text: str, placeholder: str) -> rx.Component:
    return rx.el.div(
        rx.el.label(title, rx.el.span(" optional", class_name="optional"), html_for=f"set-{name}"),
        rx.el.div(
            rx.el.textarea(
                id=f"set-{name}",
                name=name,
                rows="5",
                class_name="mono",
                spell_check=False,
                default_value=SecurityState.values[name].to(str),
                placeholder=placeholder,
                custom_attrs=_described(name),
            ),
            class_name="box",
        ),
        _below(name, text),
        class_name="field half",
    )


def _described(name: str) -> dict[str, Any]:
    return {
        "aria-describedby": f"set-below-{name}",
        "aria-invalid": rx.cond(SecurityState.errors.contains(name), "true", "false"),
    }


def _below(name: str, text: str) -> rx.Component:
    return rx.el.div(
        rx.cond(
            SecurityState.errors.contains(name),
            rx.el.p("This ", SecurityState.errors[name], class_name="wrong", role="alert"),
            rx.el.p(text, class_name="help"),
        ),
        id=f"set-below-{name}",
    )
