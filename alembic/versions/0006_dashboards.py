"""What dashboards keep: visitors' settings, notes, details of results, objectives, public status pages and notices."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "notice_update",
    "notice_service",
    "notice_page",
    "notice",
    "status_page_entry",
    "status_page",
    "objective",
    "result_detail",
    "note",
    "visitor",
)


def upgrade() -> None:
    op.add_column("account", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    # The timeline of a service that goes up and down all day is read from its end.
    op.create_index("ix_service_event_service_pk_at", "service_event", ["service_pk", "at"])
    op.create_table(
        "visitor",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        _time("used_at"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_visitor"),
    )
    op.create_index("ix_visitor_used_at", "visitor", ["used_at"])
    op.create_table(
        "note",
        _pk(),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("downtime_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        _key("note", "service_pk", "service.pk"),
        _key("note", "downtime_id", "downtime_window.id"),
        sa.PrimaryKeyConstraint("pk", name="pk_note"),
    )
    op.create_index("ix_note_service_pk_at", "note", ["service_pk", "at"])
    op.create_index("ix_note_downtime_id", "note", ["downtime_id"])
    op.create_table(
        "result_detail",
        sa.Column("service_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("result_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        _key("result_detail", "service_pk", "service.pk"),
        sa.PrimaryKeyConstraint("service_pk", "result_id", name="pk_result_detail"),
    )
    op.create_index("ix_result_detail_checked_at", "result_detail", ["checked_at"])
    op.create_table(
        "objective",
        _pk(),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=True),
        sa.Column("group", sa.String(80), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        _key("objective", "service_pk", "service.pk"),
        sa.PrimaryKeyConstraint("pk", name="pk_objective"),
        sa.UniqueConstraint("name", name="uq_objective_name"),
    )
    op.create_index("ix_objective_service_pk", "objective", ["service_pk"])
    _status_pages()


def _status_pages() -> None:
    op.create_table(
        "status_page",
        _pk(),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("description", sa.String(2000), nullable=False),
        sa.Column("colour", sa.String(20), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.String(40), nullable=False),
        sa.Column("host_name", sa.String(253), nullable=True),
        sa.Column("access", sa.String(10), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=True),
        sa.Column("is_indexed", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("pk", name="pk_status_page"),
        sa.UniqueConstraint("slug", name="uq_status_page_slug"),
        sa.UniqueConstraint("host_name", name="uq_status_page_host_name"),
    )
    op.create_table(
        "status_page_entry",
        _pk(),
        sa.Column("page_pk", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service_pk", sa.Integer(), nullable=False),
        sa.Column("public_name", sa.String(120), nullable=False),
        sa.Column("description", sa.String(300), nullable=False),
        _key("status_page_entry", "page_pk", "status_page.pk"),
        _key("status_page_entry", "service_pk", "service.pk"),
        sa.PrimaryKeyConstraint("pk", name="pk_status_page_entry"),
        sa.UniqueConstraint("page_pk", "service_pk", name="uq_status_page_entry_page_pk_service_pk"),
    )
    op.create_index("ix_status_page_entry_service_pk", "status_page_entry", ["service_pk"])
    op.create_table(
        "notice",
        _pk(),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("impact", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        _time("starts_at"),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("who", sa.String(80), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("pk", name="pk_notice"),
    )
    op.create_index("ix_notice_starts_at", "notice", ["starts_at"])
    for other, table in (("page_pk", "status_page"), ("service_pk", "service")):
        name = f"notice_{other.removesuffix('_pk')}"
        op.create_table(
            name,
            sa.Column("notice_pk", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column(other, sa.Integer(), autoincrement=False, nullable=False),
            _key(name, "notice_pk", "notice.pk"),
            _key(name, other, f"{table}.pk"),
            sa.PrimaryKeyConstraint("notice_pk", other, name=f"pk_{name}"),
        )
        op.create_index(f"ix_{name}_{other}", name, [other])
    op.create_table(
        "notice_update",
        _pk(),
        sa.Column("notice_pk", sa.Integer(), nullable=False),
        _time("at"),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        _key("notice_update", "notice_pk", "notice.pk"),
        sa.PrimaryKeyConstraint("pk", name="pk_notice_update"),
    )
    op.create_index("ix_notice_update_notice_pk", "notice_update", ["notice_pk"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_service_event_service_pk_at", "service_event")
    op.drop_column("account", "looked_at")


def _pk() -> sa.Column[object]:
    return sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """What goes with the row that it points to."""
    name = f"fk_{table}_{column}_{target.partition('.')[0]}"
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete="CASCADE")
