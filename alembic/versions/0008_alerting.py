"""What alerting keeps: channels, rules, policies, schedules, windows, silences, alerts, incidents, notifications."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "alerting_position",
    "notification_incident",
    "notification",
    "escalation",
    "incident_channel",
    "incident_entry",
    "alert",
    "incident",
    "silence",
    "maintenance_window",
    "quiet_hours",
    "on_call_override",
    "on_call_schedule",
    "alert_rule",
    "escalation_policy",
    "channel",
)

COUNTERS = ("alerting", "alerting_rules")


def upgrade() -> None:
    _channels()
    _policies()
    _schedules()
    _holds()
    _incidents()
    _alerts()
    _deliveries()
    _begin()


def _begin() -> None:
    """Whoever adds a service and nothing else is told when it is down."""
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": name, "value": 0} for name in COUNTERS])
    now = datetime.now(UTC)
    rule = sa.table(
        "alert_rule",
        *(sa.column(name) for name in ("name", "severity", "for_seconds")),
        sa.column("enabled", sa.Boolean()),
        sa.column("is_default", sa.Boolean()),
        sa.column("condition", sa.JSON()),
        sa.column("scope", sa.JSON()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    down = {
        "name": "A service is down",
        "enabled": True,
        "is_default": True,
        "severity": "critical",
        "condition": {"type": "status", "statuses": ["failed"]},
        "scope": {},
        "for_seconds": 0,
        "created_at": now,
        "updated_at": now,
    }
    op.bulk_insert(rule, [down])
    position = sa.table("alerting_position", sa.column("pk"), sa.column("event_id"), sa.column("memory", sa.JSON()))
    newest = op.get_bind().execute(sa.text("SELECT coalesce(max(id), 0) FROM service_event")).scalar_one()
    op.bulk_insert(position, [{"pk": 1, "event_id": newest, "memory": {}}])


def _channels() -> None:
    op.create_table(
        "channel",
        _pk(),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("templates", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=True),
        sa.Column("last_sent_at", sa.BigInteger(), nullable=True),
        sa.Column("last_failed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=False),
        *_edited(),
        _key("channel", "account_pk", "account.pk"),
        sa.PrimaryKeyConstraint("pk", name="pk_channel"),
        sa.UniqueConstraint("name", name="uq_channel_name"),
    )
    op.create_index("ix_channel_account_pk", "channel", ["account_pk"])


def _policies() -> None:
    op.create_table(
        "escalation_policy",
        _pk(),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("fallback_channel_pk", sa.Integer(), nullable=True),
        *_edited(),
        _key("escalation_policy", "fallback_channel_pk", "channel.pk", "SET NULL"),
        sa.PrimaryKeyConstraint("pk", name="pk_escalation_policy"),
        sa.UniqueConstraint("name", name="uq_escalation_policy_name"),
    )
    op.create_table(
        "alert_rule",
        _pk(),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("for_seconds", sa.Integer(), nullable=False),
        sa.Column("policy_pk", sa.Integer(), nullable=True),
        *_edited(),
        _key("alert_rule", "policy_pk", "escalation_policy.pk", "SET NULL"),
        sa.PrimaryKeyConstraint("pk", name="pk_alert_rule"),
        sa.UniqueConstraint("name", name="uq_alert_rule_name"),
    )


def _schedules() -> None:
    op.create_table(
        "on_call_schedule",
        _pk(),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("starts_on", sa.String(10), nullable=False),
        sa.Column("hand_over_day", sa.SmallInteger(), nullable=False),
        sa.Column("hand_over_at", sa.String(5), nullable=False),
        sa.Column("rotation_days", sa.Integer(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        *_edited(),
        sa.PrimaryKeyConstraint("pk", name="pk_on_call_schedule"),
        sa.UniqueConstraint("name", name="uq_on_call_schedule_name"),
    )
    op.create_table(
        "on_call_override",
        _pk(),
        sa.Column("schedule_pk", sa.Integer(), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=True),
        _time("starts_at"),
        _time("ends_at"),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        _key("on_call_override", "schedule_pk", "on_call_schedule.pk"),
        _key("on_call_override", "account_pk", "account.pk"),
        sa.PrimaryKeyConstraint("pk", name="pk_on_call_override"),
    )
    op.create_index("ix_on_call_override_schedule_pk", "on_call_override", ["schedule_pk"])
    op.create_table(
        "quiet_hours",
        sa.Column("account_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("passes", sa.String(10), nullable=False),
        _time("updated_at"),
        _key("quiet_hours", "account_pk", "account.pk"),
        sa.PrimaryKeyConstraint("account_pk", name="pk_quiet_hours"),
    )


def _holds() -> None:
    op.create_table(
        "maintenance_window",
        _pk(),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("public_title", sa.String(200), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("starts_at_local", sa.String(16), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("recurrence", sa.String(300), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        *_edited(),
        sa.PrimaryKeyConstraint("pk", name="pk_maintenance_window"),
        sa.UniqueConstraint("name", name="uq_maintenance_window_name"),
    )
    op.create_table(
        "silence",
        _pk(),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("rule_pk", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        _time("created_at"),
        _key("silence", "rule_pk", "alert_rule.pk"),
        sa.PrimaryKeyConstraint("pk", name="pk_silence"),
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"])


def _incidents() -> None:
    op.create_table(
        "incident",
        _pk(),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("root_service_pk", sa.Integer(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("merged_into_pk", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.String(80), nullable=False),
        sa.Column("acknowledged_until", sa.BigInteger(), nullable=True),
        sa.Column("assignee_pk", sa.Integer(), nullable=True),
        sa.Column("post_mortem", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        _key("incident", "root_service_pk", "service.pk", "SET NULL"),
        _key("incident", "merged_into_pk", "incident.pk", "SET NULL"),
        _key("incident", "assignee_pk", "account.pk", "SET NULL"),
        sa.PrimaryKeyConstraint("pk", name="pk_incident"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_started_at", "incident", ["started_at"])
    op.create_index("ix_incident_resolved_at", "incident", ["resolved_at"])
    op.create_index("ix_incident_revision", "incident", ["revision"])
    op.create_table(
        "incident_entry",
        _pk(),
        sa.Column("incident_pk", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        _key("incident_entry", "incident_pk", "incident.pk"),
        _key("incident_entry", "service_pk", "service.pk", "SET NULL"),
        sa.PrimaryKeyConstraint("pk", name="pk_incident_entry"),
    )
    op.create_index("ix_incident_entry_incident_pk_at", "incident_entry", ["incident_pk", "at"])


def _alerts() -> None:
    op.create_table(
        "alert",
        _pk(),
        sa.Column("rule_pk", sa.Integer(), nullable=True),
        sa.Column("rule_name", sa.String(120), nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("held_by", sa.String(20), nullable=False),
        sa.Column("held_why", sa.String(300), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("why_resolved", sa.String(300), nullable=False),
        sa.Column("incident_pk", sa.Integer(), nullable=True),
        sa.Column("policy_pk", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.String(80), nullable=False),
        sa.Column("acknowledged_until", sa.BigInteger(), nullable=True),
        sa.Column("assignee_pk", sa.Integer(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        _key("alert", "rule_pk", "alert_rule.pk", "SET NULL"),
        _key("alert", "service_pk", "service.pk"),
        _key("alert", "incident_pk", "incident.pk", "SET NULL"),
        _key("alert", "policy_pk", "escalation_policy.pk", "SET NULL"),
        _key("alert", "assignee_pk", "account.pk", "SET NULL"),
        sa.PrimaryKeyConstraint("pk", name="pk_alert"),
        sqlite_autoincrement=True,
    )
    is_open = sa.text("resolved_at IS NULL")
    op.create_index(
        "uq_alert_open", "alert", ["rule_pk", "service_pk"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    for column in ("incident_pk", "resolved_at", "revision", "since"):
        op.create_index(f"ix_alert_{column}", "alert", [column])
    op.create_index("ix_alert_service_pk_since", "alert", ["service_pk", "since"])
    op.create_table(
        "alerting_position",
        sa.Column("pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_alerting_position"),
    )


def _deliveries() -> None:
    op.create_table(
        "incident_channel",
        sa.Column("incident_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_told_at", sa.BigInteger(), nullable=True),
        sa.Column("last_told_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        _key("incident_channel", "incident_pk", "incident.pk"),
        _key("incident_channel", "channel_pk", "channel.pk"),
        sa.PrimaryKeyConstraint("incident_pk", "channel_pk", name="pk_incident_channel"),
    )
    op.create_index("ix_incident_channel_channel_pk", "incident_channel", ["channel_pk"])
    op.create_index("ix_incident_channel_due_at", "incident_channel", ["due_at"])
    op.create_table(
        "escalation",
        sa.Column("incident_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("why_stopped", sa.String(40), nullable=False),
        _key("escalation", "incident_pk", "incident.pk"),
        _key("escalation", "policy_pk", "escalation_policy.pk"),
        sa.PrimaryKeyConstraint("incident_pk", "policy_pk", name="pk_escalation"),
    )
    op.create_index("ix_escalation_due_at", "escalation", ["due_at"])
    op.create_index("ix_escalation_policy_pk", "escalation", ["policy_pk"])
    op.create_table(
        "notification",
        _pk(),
        sa.Column("dedupe_key", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("incident_pk", sa.Integer(), nullable=True),
        sa.Column("channel_pk", sa.Integer(), nullable=True),
        sa.Column("channel_name", sa.String(80), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(60), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(1000), nullable=False),
        _key("notification", "incident_pk", "incident.pk"),
        _key("notification", "channel_pk", "channel.pk", "SET NULL"),
        _key("notification", "account_pk", "account.pk", "SET NULL"),
        sa.PrimaryKeyConstraint("pk", name="pk_notification"),
        sa.UniqueConstraint("dedupe_key", name="uq_notification_dedupe_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notification_state_due_at", "notification", ["state", "due_at"])
    op.create_index("ix_notification_incident_pk", "notification", ["incident_pk"])
    op.create_index("ix_notification_channel_pk", "notification", ["channel_pk"])
    op.create_index("ix_notification_created_at", "notification", ["created_at"])
    op.create_table(
        "notification_incident",
        sa.Column("notification_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("incident_pk", sa.Integer(), autoincrement=False, nullable=False),
        _key("notification_incident", "notification_pk", "notification.pk"),
        _key("notification_incident", "incident_pk", "incident.pk"),
        sa.PrimaryKeyConstraint("notification_pk", "incident_pk", name="pk_notification_incident"),
    )
    op.create_index("ix_notification_incident_incident_pk", "notification_incident", ["incident_pk"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    counter = sa.table("counter", sa.column("name", sa.String))
    op.execute(counter.delete().where(counter.c.name.in_(COUNTERS)))


def _pk() -> sa.Column[object]:
    return sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _edited() -> tuple[sa.Column[object], sa.Column[object]]:
    return _time("created_at"), _time("updated_at")


def _key(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target.partition('.')[0]}"
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete=ondelete)
