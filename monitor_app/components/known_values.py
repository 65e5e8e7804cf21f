"""What others have typed into a field before, offered while somebody types: groups, environments, tags."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index"

import reflex as rx

from monitor_app.state.services import ServiceDialog

_FIELDS = ("group", "environment", "tags")


def known_values() -> rx.Component:
    """The lists themselves, somewhere in the form."""
    return rx.fragment(
        *[
            rx.el.datalist(
                rx.foreach(
                    ServiceDialog.known[field],
                    lambda value: rx.el.option(value=value, custom_attrs={"data-value": value}),
                ),
                id=f"known-{field}",
            )
            for field in _FIELDS
        ]
    )


def list_for(key: rx.Var[str]) -> rx.Var[str]:
    """The id of the list that belongs to a field; of most there is none."""
    return rx.match(key, *[(field, f"known-{field}") for field in _FIELDS], "")
