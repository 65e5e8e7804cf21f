"""One's own account: preferences, password, second factor, sessions, keys."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.admin import when_loaded
from monitor_app.components.on_call import quiet_hours
from monitor_app.components.profile import keys, password, preferences, second_factor, sessions
from monitor_app.components.profile_dialogs import key_dialog, key_question, second_factor_dialog
from monitor_app.components.shell import PROFILE_PLACE, shell
from monitor_app.state.person import PersonState
from monitor_app.state.profile import ProfileState

ROUTE = PROFILE_PLACE.href
TITLE = "Profile · Lightbulb"
ON_LOAD = ProfileState.load


def page() -> rx.Component:
    """One section for each."""
    return shell(
        PROFILE_PLACE,
        rx.el.div(
            rx.el.div(
                rx.el.h1(rx.cond(PersonState.username != "", PersonState.username, "Profile")),
                rx.cond(
                    PersonState.is_signed_in,
                    rx.el.span(PersonState.role, class_name="role " + PersonState.role),
                ),
                class_name="profile-head",
            ),
            when_loaded(
                ProfileState.is_loaded,
                ProfileState.problem,
                ProfileState.load,
                preferences(),
                quiet_hours(),
                password(),
                second_factor(),
                sessions(),
                keys(),
            ),
            class_name="profile",
        ),
        second_factor_dialog(),
        key_dialog(),
        key_question(),
    )
