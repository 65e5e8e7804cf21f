"""Builds what people do about alerts, for a web process: wired together here, and handed to bootstrap."""

from collections.abc import Callable
from typing import Any

from monitor_app.engine.clock import Clock
from monitor_app.net.network import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.use_cases.alert_incidents import AlertIncidents
from monitor_app.use_cases.alert_rules import AlertRules
from monitor_app.use_cases.alert_trials import AlertTrials
from monitor_app.use_cases.alerting_settings import AlertingSettingsUseCases
from monitor_app.use_cases.alerts import AlertUseCases
from monitor_app.use_cases.channel_trying import ChannelTrying
from monitor_app.use_cases.channels import ChannelUseCases
from monitor_app.use_cases.escalation_policies import EscalationPolicies
from monitor_app.use_cases.maintenance_windows import MaintenanceWindows
from monitor_app.use_cases.notifications import Notifications
from monitor_app.use_cases.on_call import OnCall
from monitor_app.use_cases.quiet_hours import QuietHoursUseCases
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.silences import SilenceUseCases


def alerting_parts(
    database: Database,
    clock: Clock,
    present: Present,
    wake: Callable[[], None],
    notifiers: NotifierRegistry,
    network: Network,
    settings: Settings,
) -> dict[str, Any]:
    """By the names of Runtime. `wake` is called after each change of an alert."""
    rules = AlertRules(database, clock, present)
    channels = ChannelUseCases(database, notifiers, clock, network)
    return {
        "alerts": AlertUseCases(database, clock, present, wake),
        "alert_incidents": AlertIncidents(database, clock, wake),
        "silences": SilenceUseCases(database, clock, present),
        "maintenance_windows": MaintenanceWindows(database, clock, present),
        "alert_rules": rules,
        "alert_trials": AlertTrials(database, clock, rules),
        "escalation_policies": EscalationPolicies(database, clock),
        "on_call": OnCall(database, clock),
        "quiet_hours": QuietHoursUseCases(database, clock),
        "notifications": Notifications(database, clock),
        "alerting_settings": AlertingSettingsUseCases(database, clock),
        "channels": channels,
        "channel_trying": ChannelTrying(database, notifiers, clock, network, channels, settings.public_url),
    }
