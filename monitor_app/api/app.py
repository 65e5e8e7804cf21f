"""The HTTP API beside the screens."""

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from monitor_app.api import (
    admin_notices,
    admin_services,
    admin_status_pages,
    alert_incidents,
    alert_rules,
    alerts,
    audit,
    auth,
    breakers,
    changes,
    channels,
    check_queue,
    config,
    configuration,
    dashboard,
    demo,
    description,
    drafts,
    escalation_policies,
    fleet,
    groups,
    health,
    help,  # noqa: A004 - these routes are about help
    history,
    holds,
    incidents,
    keys,
    kinds,
    maintenance_windows,
    metrics,
    notes,
    notifications,
    objectives,
    on_call,
    portable,
    preferences,
    queues,
    relation_suggestions,
    relations,
    reports,
    result_details,
    second_factor,
    series,
    service_map,
    services,
    sessions,
    silences,
    source_history,
    source_rows,
    sources,
    status,
    tags,
    users,
    versions,
    views,
    websites,
)
from monitor_app.api import settings as security_settings
from monitor_app.api.access import open_to_all
from monitor_app.api.described import PROBLEMS, DescribedAPI
from monitor_app.api.entrance import Entrance
from monitor_app.api.idempotency import Idempotency
from monitor_app.api.problems import add_problems
from monitor_app.api.push import Push
from monitor_app.api.rates import Rates, rates
from monitor_app.api.status_pages.badge_route import PATH as BADGE_PATH
from monitor_app.api.status_pages.badge_route import Badges
from monitor_app.api.status_pages.search_engines import routes as search_engine_routes
from monitor_app.api.status_pages.serving import PATH as STATUS_PATH
from monitor_app.api.status_pages.serving import StatusPages
from monitor_app.api.stream import sse, websocket
from monitor_app.api.stream.dialect import StatusSocket
from monitor_app.api.stream.websocket import StreamSocket
from monitor_app.settings import Settings, load_settings
from monitor_app.use_cases.push_address import PATH

TITLE = "Lightbulb"
API_PATH = "/api"


def create_api(settings: Settings | None = None) -> Starlette:
    """What answers before Reflex does; Reflex mounts itself behind it."""
    settings = settings or load_settings()
    limits = rates(settings)
    return Starlette(
        routes=[
            *health.routes(limits),
            *metrics.routes(settings, limits),
            *dashboard.routes(limits),
            *search_engine_routes(),
            Route(f"{STATUS_PATH}{{rest:path}}", open_to_all(StatusPages())),
            Route(f"{BADGE_PATH}{{rest:path}}", open_to_all(Badges())),
            Route(f"{PATH}{{rest:path}}", open_to_all(Push())),
            *websocket.routes("/ws", StreamSocket()),
            Mount(API_PATH, create_fastapi(settings, limits)),
        ]
    )


def create_fastapi(settings: Settings, limits: Rates | None = None) -> FastAPI:
    """Everything under `/api`. FastAPI's own pages about it load scripts from elsewhere, so they are not used."""
    app = DescribedAPI(
        title=TITLE,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        root_path_in_servers=False,
        servers=[{"url": API_PATH}],
        responses=PROBLEMS,
        middleware=[Middleware(Entrance, rates=limits or rates(settings)), Middleware(Idempotency)],
    )
    app.state.cookie_name, app.state.is_https = settings.cookie_name, settings.is_https
    add_problems(app)
    auth.add_routes(app)
    sse.add_routes(app)
    app.router.routes += websocket.routes("/status/websocket", StatusSocket())
    audit.add_routes(app)
    for part in (status, history, series, result_details, notes, incidents, websites, service_map):
        part.add_routes(app)
    for noun in (services, changes, versions, admin_services, holds, kinds):
        noun.add_routes(app)
    for part in (relation_suggestions, relations, breakers, users, keys, preferences, security_settings, configuration):
        part.add_routes(app)
    for part in (groups, tags, drafts):
        part.add_routes(app)
    for part in (admin_status_pages, admin_notices):
        part.add_routes(app)
    for part in (fleet, objectives, reports, source_history, source_rows, sources):
        part.add_routes(app)
    for part in (alerts, alert_incidents, silences, alert_rules, maintenance_windows):
        part.add_routes(app)
    for part in (check_queue, queues):
        part.add_routes(app)
    for part in (escalation_policies, on_call, channels, notifications):
        part.add_routes(app)
    config.add_routes(app)
    for part in (sessions, second_factor, demo, portable, views, help):
        part.add_routes(app)
    description.add_routes(app)
    return app
