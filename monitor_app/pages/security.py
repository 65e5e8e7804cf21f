"""Security settings: sessions, who may look, where checks may connect to, wall screens."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.admin import admin_page, heading, when_loaded
from monitor_app.components.security_settings import security_form
from monitor_app.components.shell import ADMIN_PLACE, shell
from monitor_app.components.wall_tokens import wall_token_dialog, wall_token_question, wall_token_section
from monitor_app.state.security import SecurityState
from monitor_app.state.wall_tokens import WallTokenState

ROUTE = "/admin/security"
TITLE = "Security · Lightbulb"
ON_LOAD = [SecurityState.load, WallTokenState.load]


def page() -> rx.Component:
    """One form, then the wall screens."""
    return shell(
        ADMIN_PLACE,
        admin_page(
            heading("Security", "What holds for everybody. Changes count within 5 seconds."),
            when_loaded(SecurityState.is_loaded, SecurityState.problem, SecurityState.load, security_form()),
            # Not before what stands above it: it would be pushed down.
            rx.cond(SecurityState.is_loaded | (SecurityState.problem != ""), wall_token_section()),
        ),
        wall_token_dialog(),
        wall_token_question(),
    )
