"""A page with nothing on it: what loading any page of this app costs at least. The benchmark compares with it."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.state.board import BoardState

ROUTE = "/empty"
TITLE = "Nothing"


def page() -> rx.Component:
    """Says when the connection to the server stands, and nothing else."""
    return rx.el.p("", id="ready", custom_attrs={"data-ready": rx.cond(BoardState.is_hydrated, "yes", "no")})
