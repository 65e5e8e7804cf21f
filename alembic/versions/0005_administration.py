"""What administration keeps: changes to undo, drafts, views, colours, places on the map, the tree of groups, holds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("service", sa.Column("environment", sa.String(40), nullable=False, server_default=sa.text("''")))
    op.add_column("service", sa.Column("pause", sa.JSON(), nullable=True))
    op.add_column("service", sa.Column("maintenance", sa.JSON(), nullable=True))
    op.add_column("service_group", sa.Column("parent", sa.String(80), nullable=False, server_default=sa.text("''")))
    op.add_column("service_group", sa.Column("rollup", sa.JSON(), nullable=True))
    _remake_relations(autoincrement=True)
    op.create_table(
        "change",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_account_pk", "change", ["account_pk", "state"])
    op.create_index("ix_change_at", "change", ["at"])
    op.create_table(
        "change_item",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("change_pk", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("subject_pk", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_pk"], ["change.pk"], name="fk_change_item_change_pk_change", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_change_item"),
    )
    op.create_index("ix_change_item_change_pk", "change_item", ["change_pk"])
    op.create_index("ix_change_item_subject", "change_item", ["subject", "subject_pk"])
    op.create_table(
        "draft",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("base_revision", sa.BigInteger(), nullable=False),
        _time("updated_at"),
        sa.ForeignKeyConstraint(["account_pk"], ["account.pk"], name="fk_draft_account_pk_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name="pk_draft"),
        sa.UniqueConstraint("account_pk", "subject", name="uq_draft_account_pk_subject"),
    )
    op.create_table(
        "saved_view",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("query", sa.String(2000), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.ForeignKeyConstraint(
            ["account_pk"], ["account.pk"], name="fk_saved_view_account_pk_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_saved_view"),
        sa.UniqueConstraint("account_pk", "page", "name", name="uq_saved_view_account_pk_page_name"),
    )
    op.create_table(
        "colour",
        sa.Column("sort", sa.String(20), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("colour", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("sort", "name", name="pk_colour"),
    )
    op.create_table(
        "map_place",
        sa.Column("service_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_pk"], ["service.pk"], name="fk_map_place_service_pk_service", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_pk", name="pk_map_place"),
    )


def downgrade() -> None:
    for table in ("map_place", "colour", "saved_view", "draft", "change_item", "change"):
        op.drop_table(table)
    _remake_relations(autoincrement=False)
    op.drop_column("service_group", "rollup")
    op.drop_column("service_group", "parent")
    for column in ("maintenance", "pause", "environment"):
        op.drop_column("service", column)


def _remake_relations(*, autoincrement: bool) -> None:
    """SQLite numbers rows anew from the highest that is left, unless the table says otherwise."""
    if op.get_bind().dialect.name == "sqlite":
        wanted = {"sqlite_autoincrement": autoincrement}
        with op.batch_alter_table("relation", recreate="always", table_kwargs=wanted):
            pass


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
