"""The tables, a noun a file."""

from monitor_app.models.account import AccountRow
from monitor_app.models.alert import AlertingPositionRow, AlertRow
from monitor_app.models.alert_rule import AlertRuleRow
from monitor_app.models.api_key import ApiKeyRow
from monitor_app.models.audit_entry import AuditEntryRow
from monitor_app.models.base import Table
from monitor_app.models.change import ChangeItemRow, ChangeRow
from monitor_app.models.channel import ChannelRow
from monitor_app.models.check_queue import CheckQueueRow
from monitor_app.models.check_result import CheckResultRow
from monitor_app.models.colour import ColourRow
from monitor_app.models.counter import Counter
from monitor_app.models.downtime_window import DowntimeWindow
from monitor_app.models.draft import DraftRow
from monitor_app.models.escalation_policy import EscalationPolicyRow
from monitor_app.models.gap import GapRow
from monitor_app.models.heartbeat import HeartbeatRow
from monitor_app.models.idempotent_answer import IdempotentAnswer
from monitor_app.models.incident import IncidentChannelRow, IncidentEntryRow, IncidentRow
from monitor_app.models.invitation import InvitationRow
from monitor_app.models.maintenance_window import MaintenanceWindowRow
from monitor_app.models.map_place import MapPlaceRow
from monitor_app.models.measure_block import MeasureBlock
from monitor_app.models.note import NoteRow
from monitor_app.models.notice import NoticePageRow, NoticeRow, NoticeServiceRow, NoticeUpdateRow
from monitor_app.models.notification import EscalationRow, NotificationIncidentRow, NotificationRow
from monitor_app.models.objective import ObjectiveRow
from monitor_app.models.on_call import OnCallOverrideRow, OnCallScheduleRow, QuietHoursRow
from monitor_app.models.recovery_code import RecoveryCodeRow
from monitor_app.models.relation import RelationRow
from monitor_app.models.result_block import ResultBlock, ResultPiece
from monitor_app.models.result_detail import ResultDetailRow
from monitor_app.models.saved_view import SavedViewRow
from monitor_app.models.service import Service
from monitor_app.models.service_event import ServiceEventRow
from monitor_app.models.service_group import ServiceGroupRow
from monitor_app.models.service_state import ServiceStateRow
from monitor_app.models.session import SessionRow
from monitor_app.models.setting import SettingRow
from monitor_app.models.signing_key import SigningKeyRow
from monitor_app.models.silence import SilenceRow
from monitor_app.models.source import SourceObservationRow, SourceRow, SourceStateRow
from monitor_app.models.status_page import StatusPageEntryRow, StatusPageRow
from monitor_app.models.summary_block import SummaryBlock
from monitor_app.models.visitor import VisitorRow

__all__ = [
    "AccountRow",
    "AlertRow",
    "AlertRuleRow",
    "AlertingPositionRow",
    "ApiKeyRow",
    "AuditEntryRow",
    "ChangeItemRow",
    "ChangeRow",
    "ChannelRow",
    "CheckQueueRow",
    "CheckResultRow",
    "ColourRow",
    "Counter",
    "DowntimeWindow",
    "DraftRow",
    "EscalationPolicyRow",
    "EscalationRow",
    "GapRow",
    "HeartbeatRow",
    "IdempotentAnswer",
    "IncidentChannelRow",
    "IncidentEntryRow",
    "IncidentRow",
    "InvitationRow",
    "MaintenanceWindowRow",
    "MapPlaceRow",
    "MeasureBlock",
    "NoteRow",
    "NoticePageRow",
    "NoticeRow",
    "NoticeServiceRow",
    "NoticeUpdateRow",
    "NotificationIncidentRow",
    "NotificationRow",
    "ObjectiveRow",
    "OnCallOverrideRow",
    "OnCallScheduleRow",
    "QuietHoursRow",
    "RecoveryCodeRow",
    "RelationRow",
    "ResultBlock",
    "ResultDetailRow",
    "ResultPiece",
    "SavedViewRow",
    "Service",
    "ServiceEventRow",
    "ServiceGroupRow",
    "ServiceStateRow",
    "SessionRow",
    "SettingRow",
    "SigningKeyRow",
    "SilenceRow",
    "SourceObservationRow",
    "SourceRow",
    "SourceStateRow",
    "StatusPageEntryRow",
    "StatusPageRow",
    "SummaryBlock",
    "Table",
    "VisitorRow",
]
