"""What results of hours and days measured: phases, metrics, classes of answers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTER = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
NAME = "measured_since"


def upgrade() -> None:
    op.create_table(
        "measure_block",
        sa.Column("granularity", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("service_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("granularity", "started_at", "service_pk", name="pk_measure_block"),
        sqlite_with_rowid=False,
    )
    # What is merged already is counted later, a day at a time, beginning with today.
    merged = op.get_bind().execute(sa.select(COUNTER.c.value).where(COUNTER.c.name.in_(("folded", "merge_cut"))))
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    op.bulk_insert(COUNTER, [{"name": NAME, "value": int(midnight.timestamp()) if any(merged.scalars()) else 0}])


def downgrade() -> None:
    op.drop_table("measure_block")
    op.execute(COUNTER.delete().where(COUNTER.c.name == NAME))
