"""The dialogs that may open on every page of the frame: each stands here once."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.breaker_dialog import breaker_dialog
from monitor_app.components.delete_dialog import delete_dialog
from monitor_app.components.deleted_dialog import deleted_dialog
from monitor_app.components.group_dialog import delete_group_dialog, group_dialog
from monitor_app.components.hold_dialog import hold_dialog
from monitor_app.components.paste import paste_dialog
from monitor_app.components.push_dialog import push_dialog
from monitor_app.components.relation_dialog import relation_dialog
from monitor_app.components.service_form import service_dialog
from monitor_app.components.undo_keys import undo_keys
from monitor_app.components.versions import versions_dialog


def dialogs() -> rx.Component:
    """Who opens one from anywhere returns its event; what it changes shows by `show_own_change`."""
    return rx.fragment(
        service_dialog(),
        relation_dialog(),
        paste_dialog(),
        breaker_dialog(),
        hold_dialog(),
        push_dialog(),
        group_dialog(),
        delete_group_dialog(),
        delete_dialog(),
        deleted_dialog(),
        versions_dialog(),
        undo_keys(),
    )
