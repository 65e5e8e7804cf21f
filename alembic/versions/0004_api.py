"""What is kept for the API and for configuration as code: where an object comes from, groups, answers to creates."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTER = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
TABLES = ("service", "relation")


def upgrade() -> None:
    op.bulk_insert(COUNTER, [{"name": "relation", "value": 0}])
    for table in TABLES:
        op.add_column(table, sa.Column("managed_by", sa.String(200), nullable=False, server_default=sa.text("''")))
        op.add_column(table, sa.Column("applied", sa.JSON(), nullable=True))
    op.add_column("service", sa.Column("is_purged", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "service_group",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("managed_by", sa.String(200), nullable=False),
        sa.Column("applied", sa.JSON(), nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("pk", name="pk_service_group"),
        sa.UniqueConstraint("name", name="uq_service_group_name"),
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("caller", sa.String(80), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_idempotent_answer"),
    )
    op.create_index("ix_idempotent_answer_created_at", "idempotent_answer", ["created_at"])


def downgrade() -> None:
    op.drop_table("idempotent_answer")
    op.drop_table("service_group")
    op.drop_column("service", "is_purged")
    for table in TABLES:
        op.drop_column(table, "applied")
        op.drop_column(table, "managed_by")
    op.execute(COUNTER.delete().where(COUNTER.c.name == "relation"))


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
