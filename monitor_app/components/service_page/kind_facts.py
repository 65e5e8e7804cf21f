"""What is known of the service of the page: what its kind showed last, and a small map of its relations."""

# A state's attributes are vars on a page, and what an event hands over is read from its annotation: mypy knows neither.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.admin import Stamp
from monitor_app.components.browser import module
from monitor_app.components.live import Glyph
from monitor_app.components.service_map import PACKAGES
from monitor_app.components.service_page.pages import problem
from monitor_app.components.service_page.report import report
from monitor_app.state.service_downtimes import DowntimesState
from monitor_app.state.service_known import KnownState
from monitor_app.state.service_page import ServicePage
from monitor_app.state.service_results import ResultsState
from monitor_app.state.service_timeline import TimelineState

Row = rx.vars.ObjectVar[dict[str, Any]]


class ServiceWatch(rx.Component):
    """Notices by the live row that what the sections show is older."""

    library = module("service_watch.jsx")
    tag = "ServiceWatch"
    row_id: rx.Var[int]
    on_result: rx.EventHandler[rx.event.no_args_event_spec]
    on_change: rx.EventHandler[rx.event.no_args_event_spec]


class RelationMap(rx.Component):
    """One service amid its relations."""

    library = module("relation_map.jsx")
    tag = "RelationMap"
    lib_dependencies: list[str] = [PACKAGES[1]]  # noqa: RUF012 - a field of the component, copied for each
    graph: rx.Var[dict[str, Any]]


def kind_facts() -> rx.Component:
    """The section about what the kind knows; it also watches for all sections below the charts."""
    return rx.el.section(
        ServiceWatch.create(
            row_id=ServicePage.pk,
            on_result=[ResultsState.refresh, KnownState.load],
            on_change=[TimelineState.refresh, DowntimesState.refresh],
        ),
        rx.el.div(
            rx.el.h2("What the check shows"),
            rx.el.span(
                KnownState.kind_title,
                rx.cond(KnownState.at > 0, rx.fragment(", ", Stamp.create(at=KnownState.at))),
                class_name="muted",
            ),
            class_name="section-head",
        ),
        problem(KnownState),
        rx.cond(
            KnownState.sections.length() > 0,
            report(KnownState.sections),
            rx.cond(
                KnownState.is_loaded,
                rx.el.p(
                    "Nothing is kept in full yet: that is done when the status changes, by “Check now”, and at times.",
                    class_name="help",
                ),
            ),
        ),
        id="known",
    )


def relations() -> rx.Component:
    """The section about what it depends on, and what depends on it."""
    return rx.cond(
        KnownState.graph.contains("nodes"),
        rx.el.section(
            rx.el.div(
                rx.el.h2("Relations"),
                rx.el.span(class_name="space"),
                rx.el.a("Impact on the map", href="/map?mode=impact&of=" + ServicePage.sid, class_name="plain button"),
                class_name="section-head",
            ),
            RelationMap.create(graph=KnownState.graph),
            rx.cond(
                KnownState.graph["more"].to(int) > 0,
                rx.el.p(KnownState.graph["more"].to(int), " more are on the large map.", class_name="help"),
            ),
            rx.el.div(
                _side("Depends on", KnownState.related["needs"]),
                _side("Used by", KnownState.related["neededBy"]),
                class_name="relation-sides",
            ),
            id="relations",
        ),
    )


def _side(title: str, side: Row) -> rx.Component:
    rows = side["rows"].to(list[dict[str, Any]])
    return rx.cond(
        rows.length() > 0,
        rx.el.section(
            rx.el.h3(title),
            rx.el.ul(rx.foreach(rows, _row), class_name="members related"),
            rx.cond(side["more"].to(int) > 0, rx.el.p(side["more"].to(int), " more", class_name="help")),
        ),
    )


def _row(row: Row) -> rx.Component:
    return rx.el.li(
        Glyph.create(status=row["status"].to(int)),
        rx.el.a(row["label"].to(str), href="/services/" + row["sid"].to(str)),
        rx.el.span(row["says"].to(str), class_name="says", title=row["says"].to(str)),
        class_name=rx.cond(row["enabled"].to(bool), "", "off"),
        key=row["id"].to(str),
    )
