"""The dialogs of the page about one's own account: second factor, keys."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any, Final

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.controls import CopyLine, FormFrame, Modal
from monitor_app.state.own_keys import KeyDialog, KeyQuestion
from monitor_app.state.person import PersonState
from monitor_app.state.second_factor import SecondFactorDialog

Row = rx.vars.ObjectVar[dict[str, Any]]
# After how many days a key ends, in words; the one in the middle is offered first.
LIFETIMES: Final = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Never"))
FIRST_LIFETIME: Final = "90"


class RecoveryCodes(rx.Component):
    """The codes, to be copied or kept as a file."""

    library = module("recovery_codes.jsx")
    tag = "RecoveryCodes"
    username: rx.Var[str]
    codes: rx.Var[list[str]]


def second_factor_dialog() -> rx.Component:
    """First the secret, then the codes; or the password before something else."""
    step = SecondFactorDialog.step
    return Modal.create(
        rx.match(
            step,
            ("scan", _scan()),
            ("codes", _codes()),
            ("renew", _ask_password("The ten codes that you have now stop working.", "Make new codes", "primary")),
            (
                "drop",
                _ask_password(
                    "Your password alone will log you in, and your recovery codes stop working.",
                    "Turn off",
                    "primary dangerous",
                ),
            ),
            rx.fragment(),
        ),
        is_open=step != "",
        title=rx.match(
            step,
            ("scan", "Set up two-factor authentication"),
            ("codes", "Keep these recovery codes"),
            ("renew", "New recovery codes"),
            "Turn two-factor authentication off?",
        ),
        size=rx.cond(step == "scan", "medium", "small"),
        guard=False,
        error_key=SecondFactorDialog.refusals,
        on_close=SecondFactorDialog.close,
    )


def key_dialog() -> rx.Component:
    """First what the key may do, then its text, once."""
    return Modal.create(
        rx.cond(KeyDialog.text == "", _key_form(), _new_key()),
        is_open=KeyDialog.is_open,
        title=rx.cond(KeyDialog.text == "", "New API key", "Copy this key now"),
        size="medium",
        guard=KeyDialog.text == "",
        error_key=KeyDialog.refusals,
        on_close=KeyDialog.close,
    )


def key_question() -> rx.Component:
    """Before a key is revoked."""
    return Modal.create(
        rx.el.div(
            rx.el.p("Programs that use ", rx.el.b(KeyQuestion.name), " are refused at once. It cannot be taken back."),
            rx.el.p(KeyQuestion.key_id, class_name="mono help"),
            class_name="content said-words",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            _plain("Keep it", KeyQuestion.close),
            rx.el.button(
                "Revoke the key",
                type="button",
                class_name="primary dangerous",
                custom_attrs={"data-autofocus": ""},
                on_click=KeyQuestion.revoke,
            ),
        ),
        is_open=KeyQuestion.is_open,
        title="Revoke this key?",
        size="small",
        guard=False,
        on_close=KeyQuestion.close,
    )


def _plain(text: str, on_click: Any) -> rx.Component:
    return rx.el.button(text, type="button", class_name="plain", on_click=on_click)


def _scan() -> rx.Component:
    return FormFrame.create(
        rx.el.div(
            rx.el.ol(
                rx.el.li(
                    rx.el.p("Read this with an authenticator app, such as Aegis, 1Password, or your phone's own."),
                    rx.el.img(src=SecondFactorDialog.qr, alt="QR code with the secret below", class_name="qr"),
                ),
                rx.el.li(
                    CopyLine.create(text=SecondFactorDialog.secret, title="Or type this secret into it"),
                ),
                rx.el.li(
                    _field(
                        "Then type the six digits that it shows",
                        "code",
                        SecondFactorDialog.error,
                        auto_complete="one-time-code",
                        input_mode="numeric",
                        custom_attrs={"data-autofocus": "", "autoCapitalize": "none"},
                    ),
                ),
                class_name="steps",
            ),
            class_name="content",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            _plain("Cancel", SecondFactorDialog.close),
            rx.el.button("Turn on", type="submit", class_name="primary"),
        ),
        on_save=SecondFactorDialog.confirm,
    )


def _codes() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.p(
                "Each logs you in once when the app is out of reach. They are not shown again: "
                "keep them where you keep your passwords."
            ),
            RecoveryCodes.create(username=PersonState.username, codes=SecondFactorDialog.codes),
            class_name="content said-words stacked",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("I have kept them", type="button", class_name="primary", on_click=SecondFactorDialog.close),
        ),
    )


def _ask_password(text: str, label: str, class_name: str) -> rx.Component:
    return FormFrame.create(
        rx.el.div(
            rx.el.p(text),
            # For password managers: whose password this is.
            rx.el.input(
                type="text",
                auto_complete="username",
                default_value=PersonState.username,
                read_only=True,
                hidden=True,
                aria_hidden=True,
            ),
            _field(
                "Your password",
                "password",
                SecondFactorDialog.error,
                type="password",
                auto_complete="current-password",
                custom_attrs={"data-autofocus": ""},
            ),
            class_name="content said-words stacked",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            _plain("Leave it as it is", SecondFactorDialog.close),
            rx.el.button(label, type="submit", class_name=class_name),
        ),
        on_save=SecondFactorDialog.answer,
    )


def _key_form() -> rx.Component:
    errors = KeyDialog.errors.to(dict[str, str])
    return FormFrame.create(
        rx.el.div(
            _field(
                "Name",
                "name",
                errors["name"],
                placeholder="deploy-script",
                help_text="What uses it, so that you know it again.",
                custom_attrs={"data-autofocus": ""},
            ),
            rx.el.fieldset(
                rx.el.legend("It may"),
                rx.foreach(KeyDialog.offers, _offer),
                _wrong(errors["permissions"], "permissions-wrong"),
                class_name="field offers",
            ),
            rx.el.div(
                rx.el.label("Ends after", html_for="key-expires_days"),
                rx.el.select(
                    *[rx.el.option(text, value=days) for days, text in LIFETIMES],
                    id="key-expires_days",
                    name="expires_days",
                    default_value=FIRST_LIFETIME,
                ),
                _wrong(errors["expires_days"], "expires_days-wrong"),
                class_name="field",
            ),
            rx.el.div(
                rx.el.label(
                    "Only from these addresses ",
                    rx.el.span("optional", class_name="optional"),
                    html_for="key-addresses",
                ),
                rx.el.textarea(
                    id="key-addresses",
                    name="addresses",
                    rows="2",
                    placeholder="10.0.0.0/8",
                    class_name="mono",
                    spell_check=False,
                    aria_invalid=rx.cond(errors["addresses"], "true", "false"),
                    aria_describedby="addresses-wrong addresses-help",
                ),
                _wrong(errors["addresses"], "addresses-wrong"),
                rx.el.p(
                    "Addresses or networks, one a line. Empty: from everywhere.",
                    class_name="help",
                    id="addresses-help",
                ),
                class_name="field",
            ),
            class_name="content stacked",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Make the key", type="submit", class_name="primary"),
        ),
        on_save=KeyDialog.save,
    )


def _offer(offer: Row) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=offer["field"].to(str),
            default_checked=offer["is_first"].to(bool),
        ),
        rx.el.span(offer["text"].to(str), rx.el.span(offer["name"].to(str), class_name="mono muted")),
        class_name="check",
        key=offer["name"].to(str),
    )


def _new_key() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.p("It is not shown again: put it where ", rx.el.b(KeyDialog.name), " keeps its secrets."),
            CopyLine.create(text=KeyDialog.text, title="Key"),
            CopyLine.create(text="Authorization: Bearer " + KeyDialog.text, title="As a header"),
            class_name="content said-words copy-lines",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("I have kept it", type="button", class_name="primary", on_click=KeyDialog.close),
        ),
    )


def _field(label: str, name: str, error: Any, help_text: str = "", **more: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"own-{name}"),
        rx.el.input(
            id=f"own-{name}",
            name=name,
            spell_check=False,
            aria_invalid=rx.cond(error, "true", "false"),
            aria_describedby=f"{name}-wrong {name}-help",
            **{"auto_complete": "off", **more},
        ),
        _wrong(error, f"{name}-wrong"),
        rx.el.p(help_text, class_name="help", id=f"{name}-help") if help_text else rx.fragment(),
        class_name="field",
    )


def _wrong(error: Any, place: str) -> rx.Component:
    return rx.cond(error, rx.el.p(error, class_name="wrong", role="alert", id=place))
