"""The audit log: who changed what, and who was denied."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.admin import admin_page, heading, when_loaded
from monitor_app.components.audit_log import AuditFilters, ExportLinks, audit_lines, verdict, verify_button
from monitor_app.components.shell import ADMIN_PLACE, shell
from monitor_app.state.audit import AuditState

ROUTE = "/admin/audit"
TITLE = "Audit log · Lightbulb"
ON_LOAD = AuditState.load


def page() -> rx.Component:
    """Filters, then the lines, the newest first."""
    return shell(
        ADMIN_PLACE,
        admin_page(
            heading(
                "Audit log",
                "Every change and every denial. Lines are only added; each is chained to the one before by its hash.",
                verify_button(),
                ExportLinks.create(query=AuditState.query),
            ),
            verdict(),
            rx.el.div(
                AuditFilters.create(people=AuditState.people, actions=AuditState.actions), class_name="admin-bar"
            ),
            when_loaded(AuditState.is_loaded, AuditState.problem, AuditState.load, audit_lines()),
        ),
    )
