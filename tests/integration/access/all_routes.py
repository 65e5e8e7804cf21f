"""All routes of the program with what each is for; the tables are beside this file, one for each part of the API."""

from typing import Final

from tests.integration.access import (
    routes,
    routes_configuration,
    routes_display,
    routes_drafts,
    routes_groups,
    routes_health,
    routes_history,
    routes_holds,
    routes_map,
    routes_own,
    routes_people,
    routes_portable,
    routes_relations,
    routes_reports,
    routes_services,
    routes_status,
    routes_status_pages,
    routes_stream,
    routes_undo,
    routes_views,
)

ROUTES: Final = (
    *routes.ROUTES,
    *routes_configuration.ROUTES,
    *routes_display.ROUTES,
    *routes_drafts.ROUTES,
    *routes_groups.ROUTES,
    *routes_health.ROUTES,
    *routes_history.ROUTES,
    *routes_map.ROUTES,
    *routes_holds.ROUTES,
    *routes_own.ROUTES,
    *routes_people.ROUTES,
    *routes_portable.ROUTES,
    *routes_relations.ROUTES,
    *routes_reports.ROUTES,
    *routes_services.ROUTES,
    *routes_status.ROUTES,
    *routes_status_pages.ROUTES,
    *routes_stream.ROUTES,
    *routes_undo.ROUTES,
    *routes_views.ROUTES,
)
