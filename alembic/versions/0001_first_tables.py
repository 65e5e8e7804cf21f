"""Services, results, states and counters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NOT_DELETED = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    counter = op.create_table(
        "counter",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.bulk_insert(counter, [{"name": name, "value": 0} for name in ("engine_epoch", "result", "service")])
    op.create_table(
        "service",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("service_id", sa.String(63), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("service_type", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("group", sa.String(80), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("status_config", sa.JSON(), nullable=False),
        sa.Column("metric_config", sa.JSON(), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_service"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_service_revision", "service", ["revision"])
    op.create_index(
        "uq_service_service_id",
        "service",
        ["service_id"],
        unique=True,
        sqlite_where=NOT_DELETED,
        postgresql_where=NOT_DELETED,
    )
    op.create_table(
        "check_result",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("response_ms", sa.Float(), nullable=True),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("phases", sa.JSON(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["service_pk"], ["service.pk"], name="fk_check_result_service_pk", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_check_result"),
    )
    op.create_index("ix_check_result_service_time", "check_result", ["service_pk", "checked_at", "status"])
    op.create_table(
        "service_state",
        sa.Column("service_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("response_ms", sa.Float(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("result_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["service_pk"], ["service.pk"], name="fk_service_state_service_pk", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("service_pk", name="pk_service_state"),
        postgresql_with={"fillfactor": 50},
    )


def downgrade() -> None:
    for table in ("service_state", "check_result", "service", "counter"):
        op.drop_table(table)
