"""What the screens of this process work with: made by bootstrap when the web process starts, asked for by states."""

from dataclasses import dataclass
from typing import Any

from monitor_app.engine.board import Board
from monitor_app.engine.follower import Follower
from monitor_app.state.rows.hub import RowHub


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running parts."""

    board: Board
    follower: Follower
    hub: RowHub
    services: Any = None
    relations: Any = None
    # Tells those who look at the map; where services stand on it.
    map_hub: Any = None
    map_places: Any = None
    relation_suggestions: Any = None
    websites: Any = None
    groups: Any = None
    tags: Any = None
    service_bulk: Any = None
    # What people changed, to take it back; earlier versions of a service; what was deleted lately.
    undo: Any = None
    versions: Any = None
    deleted_services: Any = None
    check_orders: Any = None
    idempotent_answers: Any = None
    probing: Any = None
    results: Any = None
    # What happened to one service, what people wrote about it, when it was down.
    timeline: Any = None
    notes: Any = None
    downtimes: Any = None
    # What became of one service over a span, for its page.
    series: Any = None
    demo: Any = None
    heartbeats: Any = None
    breaker: Any = None
    # The circuit breaker of the queue of all checks; what queues say while somebody looks.
    check_queue: Any = None
    queue_watch: Any = None
    holds: Any = None
    push_addresses: Any = None
    # Which kinds there are; it knows the key of stored secrets.
    registry: Any = None
    # What people have typed and not saved; who has which form open.
    drafts: Any = None
    editors: Any = None
    access: Any = None
    sign_in: Any = None
    accounts: Any = None
    profile: Any = None
    wall_tokens: Any = None
    # How those want to see the screens who have no account.
    visitors: Any = None
    # What changed on the board since somebody looked last.
    looked: Any = None
    security_settings: Any = None
    denials: Any = None
    audit_log: Any = None
    # The open event streams and websockets of the API.
    streams: Any = None
    # How the monitor itself is.
    own_health: Any = None
    # Filters, order and columns of lists under a name.
    saved_views: Any = None
    # The configuration as a file, out and in.
    exporting: Any = None
    importing: Any = None
    # Status pages and the notices on them; what is printed of them; who knows the password of one.
    status_pages: Any = None
    notices: Any = None
    status_press: Any = None
    page_entrance: Any = None
    # Which services and groups there are now; all of them over weeks; what they are to keep to; reports of them.
    present: Any = None
    fleet: Any = None
    objectives: Any = None
    reports: Any = None
    # Who is told of alerts, who takes turns, and when one is left in peace.
    alerts: Any = None
    alert_incidents: Any = None
    # What those who look at alerts are shown at once; tells them.
    alert_following: Any = None
    alert_hub: Any = None
    silences: Any = None
    # When services rest by plan; what carries it out.
    maintenance_windows: Any = None
    window_watch: Any = None
    alert_rules: Any = None
    alert_trials: Any = None
    escalation_policies: Any = None
    # What was told to whom, and how often it is told.
    notifications: Any = None
    alerting_settings: Any = None
    on_call: Any = None
    quiet_hours: Any = None
    # Where notifications go; trying that before it is saved.
    channels: Any = None
    channel_trying: Any = None
    # Connections to other systems that tell about services.
    sources: Any = None
    source_hub: Any = None
    # What those told of single checks.
    told_checks: Any = None
    # Applies files; the watch only where CONFIG_DIR is set.
    configuration: Any = None
    config_watch: Any = None
    # Where people and services reach this program; "" when that is where the page came from.
    public_url: str = ""


_installed: Runtime | None = None


def install(runtime: Runtime) -> None:
    """Make this the runtime of the process."""
    global _installed
    _installed = runtime


def uninstall() -> None:
    """Forget the runtime; `current` raises from now on."""
    global _installed
    _installed = None


def is_running() -> bool:
    """Whether `current` gives one."""
    return _installed is not None


def current() -> Runtime:
    """The runtime of the process. Raises RuntimeError before the web process has started and after it ended."""
    if _installed is None:
        raise RuntimeError("nothing runs yet: the runtime is installed when the web process starts")
    return _installed
