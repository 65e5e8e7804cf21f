"""What other systems tell: connections to them, how they are, what was read of each service; and the check queue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTER = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
TABLES = ("check_queue", "source_observation", "source_state", "source")


def upgrade() -> None:
    op.bulk_insert(COUNTER, [{"name": "source", "value": 0}])
    op.add_column("service", sa.Column("source", sa.String(40), nullable=False, server_default=sa.text("''")))
    op.add_column("service", sa.Column("source_pk", sa.Integer(), nullable=True))
    op.add_column("service", sa.Column("source_key", sa.String(600), nullable=False, server_default=sa.text("''")))
    op.add_column("service", sa.Column("source_facts", sa.JSON(), nullable=True))
    op.add_column("service", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_service_source_pk", "service", ["source_pk"])
    op.create_table(
        "source",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("keep_gone_days", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(80), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("poll_wanted", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_source"),
        sa.UniqueConstraint("slug", name="uq_source_slug"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "source_state",
        sa.Column("source_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        _time("since"),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_pk"], ["source.pk"], name="fk_source_state_source_pk_source", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_pk", name="pk_source_state"),
    )
    op.create_table(
        "source_observation",
        sa.Column("service_pk", sa.Integer(), autoincrement=False, nullable=False),
        _time("at"),
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_pk"], ["service.pk"], name="fk_source_observation_service_pk_service", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_pk", name="pk_source_observation"),
    )
    op.create_table(
        "check_queue",
        sa.Column("pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_name", sa.String(80), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=True),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("pk", name="pk_check_queue"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_service_source_pk", "service")
    for column in ("gone_at", "source_facts", "source_key", "source_pk", "source"):
        op.drop_column("service", column)
    op.execute(COUNTER.delete().where(COUNTER.c.name == "source"))


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
