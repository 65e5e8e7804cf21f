"""History: blocks and summaries, downtimes, gaps, events, heartbeats, relations; a partition a day on PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from monitor_app.storage import partitions

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTERS = ("folded", "heartbeat", "heartbeat_given", "merge_cut", "merge_service", "offline_since")
IS_OPEN = sa.text("ended_at IS NULL")
# In the order of the columns of `check_result`.
RESULTS = sa.table(
    "check_result",
    sa.column("id", sa.BigInteger),
    sa.column("checked_at", sa.BigInteger),
    sa.column("response_ms", sa.Float),
    sa.column("service_pk", sa.Integer),
    sa.column("status", sa.SmallInteger),
    sa.column("message", sa.String),
    sa.column("phases", sa.JSON(none_as_null=True)),
    sa.column("metrics", sa.JSON(none_as_null=True)),
)
COUNTER = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))


def upgrade() -> None:
    op.add_column("service", sa.Column("breaker_order", sa.JSON(), nullable=True))
    op.add_column("service_state", sa.Column("memory", sa.JSON(), nullable=True))
    op.bulk_insert(COUNTER, [{"name": name, "value": 0} for name in COUNTERS])
    op.drop_index("ix_check_result_service_time", "check_result")
    if op.get_bind().dialect.name == "postgresql":
        _partition()
    _make_blocks("result_piece")
    _make_blocks("result_block")
    op.create_index("ix_result_block_ended_at", "result_block", ["ended_at"])
    op.create_table(
        "summary_block",
        sa.Column("granularity", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("service_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("granularity", "started_at", "service_pk", name="pk_summary_block"),
        sqlite_with_rowid=False,
    )
    _make_spans("downtime_window", sa.Column("cause", sa.String(), nullable=False))
    _make_spans("gap", sa.Column("status", sa.SmallInteger(), nullable=False))
    op.create_table(
        "service_event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("before", sa.SmallInteger(), nullable=True),
        sa.Column("after", sa.SmallInteger(), nullable=True),
        *_keys("service_event", "id"),
    )
    op.create_index("ix_service_event_service_pk", "service_event", ["service_pk"])
    op.create_index("ix_service_event_at", "service_event", ["at"])
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(16), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("ping_ms", sa.Float(), nullable=True),
        *_keys("heartbeat", "id"),
    )
    op.create_table(
        "relation",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_pk", sa.Integer(), nullable=False),
        sa.Column("target_pk", sa.Integer(), nullable=False),
        sa.Column("relation_type", sa.String(40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("relation", "pk", "source_pk", "target_pk"),
        sa.UniqueConstraint(
            "source_pk", "target_pk", "relation_type", name="uq_relation_source_pk_target_pk_relation_type"
        ),
    )
    op.create_index("ix_relation_target_pk", "relation", ["target_pk"])


def downgrade() -> None:
    """Merged results become rows again; what the old tables cannot hold is let go."""
    if op.get_bind().dialect.name == "postgresql":
        _unpartition()
    else:
        _unpack("result_piece")
        _unpack("result_block")
        _spell_out()
    op.create_index("ix_check_result_service_time", "check_result", ["service_pk", "checked_at", "status"])
    for table in (
        "relation",
        "heartbeat",
        "service_event",
        "gap",
        "downtime_window",
        "summary_block",
        "result_block",
        "result_piece",
    ):
        op.drop_table(table)
    _keep_last_id()
    op.execute(sa.delete(COUNTER).where(COUNTER.c.name.in_(COUNTERS)))
    op.drop_column("service_state", "memory")
    op.drop_column("service", "breaker_order")


def _keys(table: str, primary: str, *foreign: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint(primary, name=f"pk_{table}"),
        *(
            sa.ForeignKeyConstraint([column], ["service.pk"], name=f"fk_{table}_{column}", ondelete="CASCADE")
            for column in foreign or ("service_pk",)
        ),
    ]


def _make_blocks(table: str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        *_keys(table, "id"),
    )
    columns = ["service_pk", "last_id", "first_id", "started_at", "ended_at", "results"]
    op.create_index(f"ix_{table}_span", table, columns)


def _make_spans(table: str, more: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        more,
        *_keys(table, "id"),
    )
    op.create_index(
        f"uq_{table}_open", table, ["service_pk"], unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )
    op.create_index(f"ix_{table}_service_pk_started_at", table, ["service_pk", "started_at"])
    op.create_index(f"ix_{table}_ended_at", table, ["ended_at"])


def _partition() -> None:
    bind = op.get_bind()
    op.rename_table("check_result", "check_result_before")
    op.drop_constraint("pk_check_result", "check_result_before")
    _make_results(sa.PrimaryKeyConstraint("id", "checked_at", name="pk_check_result"), "RANGE (checked_at)")
    op.create_index("ix_check_result_service_time", "check_result", ["service_pk", "checked_at"])
    op.execute(f"CREATE TABLE {partitions.STRAYS} PARTITION OF check_result DEFAULT")
    days = sa.text(f"SELECT DISTINCT checked_at / {partitions.DAY_MS} FROM check_result_before")  # noqa: S608
    partitions.make(bind, sorted({*bind.execute(days).scalars(), *partitions.ahead(datetime.now(UTC))}))
    op.execute("INSERT INTO check_result SELECT * FROM check_result_before")
    op.drop_table("check_result_before")


def _unpartition() -> None:
    op.rename_table("check_result", "check_result_after")
    op.execute("ALTER INDEX pk_check_result RENAME TO pk_check_result_after")
    op.execute("ALTER INDEX ix_check_result_service_time RENAME TO ix_check_result_after")
    _make_results(sa.PrimaryKeyConstraint("id", name="pk_check_result"), None)
    op.execute("INSERT INTO check_result SELECT * FROM check_result_after")
    op.drop_table("check_result_after")


def _make_results(primary_key: sa.Constraint, partitioned_by: str | None) -> None:
    op.create_table(
        "check_result",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("response_ms", sa.Float(), nullable=True),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("phases", sa.JSON(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["service_pk"], ["service.pk"], name="fk_check_result_service_pk", ondelete="CASCADE"),
        primary_key,
        postgresql_partition_by=partitioned_by,
    )


def _unpack(table: str) -> None:
    """Rows that are both in a block and in `check_result`, as in the middle of a merge, are already there."""
    from monitor_app.storage.blocks.results import decode_results

    bind = op.get_bind()
    insert = sa.insert(RESULTS).prefix_with("OR IGNORE")
    last = 0
    blocks = sa.text(f"SELECT id, service_pk, data FROM {table} WHERE id > :last ORDER BY id LIMIT 100")  # noqa: S608
    while page := bind.execute(blocks, {"last": last}).all():
        last = page[-1].id
        for _, service_pk, data in page:
            columns = decode_results(data)
            rows = zip(
                columns.ids,
                columns.checked_at,
                columns.response_ms,
                columns.statuses,
                columns.messages,
                columns.phases,
                columns.metrics,
                strict=True,
            )
            names = ("id", "checked_at", "response_ms", "status", "message", "phases", "metrics")
            bind.execute(insert, [dict(zip(names, row, strict=True), service_pk=service_pk) for row in rows])


def _spell_out() -> None:
    """The old program knows no letters for names."""
    from monitor_app.models.numbers import from_text

    bind = op.get_bind()
    last = 0
    page = sa.text(
        "SELECT id, phases, metrics FROM check_result WHERE id > :last"
        " AND (substr(phases, 1, 1) <> '{' OR substr(metrics, 1, 1) <> '{') ORDER BY id LIMIT 1000"
    )
    change = sa.update(RESULTS).where(RESULTS.c.id == sa.bindparam("result"))
    while rows := bind.execute(page, {"last": last}).all():
        last = rows[-1].id
        found = [
            {"result": number, "phases": from_text(phases), "metrics": from_text(metrics)}
            for number, phases, metrics in rows
        ]
        bind.execute(change, found)


def _keep_last_id() -> None:
    """The old program knows the highest id only from its counter."""
    highest = (
        "(SELECT max(known.id) FROM (SELECT value AS id FROM counter WHERE name IN ('result', 'folded')"
        " UNION ALL SELECT max(id) FROM check_result UNION ALL SELECT max(result_id) FROM service_state) known)"
    )
    op.execute(f"UPDATE counter SET value = coalesce({highest}, 0) WHERE name = 'result'")  # noqa: S608
