"""Accounts, sessions, invitations, keys, settings, and the audit log."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTERS = ("access", "audit")
COUNTER = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
TABLES = ("setting", "audit_entry", "signing_key", "session", "api_key", "invitation", "recovery_code", "account")


def upgrade() -> None:
    op.bulk_insert(COUNTER, [{"name": name, "value": 0} for name in COUNTERS])
    op.create_table(
        "account",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        _time("signed_in_at", nullable=True),
        sa.PrimaryKeyConstraint("pk", name="pk_account"),
        sa.UniqueConstraint("username", name="uq_account_username"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "recovery_code",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        _time("used_at", nullable=True),
        _of_account("recovery_code"),
        sa.PrimaryKeyConstraint("pk", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_account_pk", "recovery_code", ["account_pk"])
    op.create_table(
        "invitation",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("is_setup", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(120), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        _time("created_at"),
        _time("expires_at"),
        _time("used_at", nullable=True),
        sa.Column("used_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )
    op.create_table(
        "api_key",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        _time("created_at"),
        _time("expires_at", nullable=True),
        _time("used_at", nullable=True),
        sa.Column("used_from", sa.String(45), nullable=False),
        _time("revoked_at", nullable=True),
        _of_account("api_key"),
        sa.PrimaryKeyConstraint("pk", name="pk_api_key"),
        sa.UniqueConstraint("key_id", name="uq_api_key_key_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_key_account_pk", "api_key", ["account_pk"])
    op.create_table(
        "session",
        sa.Column("pk", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_pk", sa.Integer(), nullable=True),
        sa.Column("api_key_pk", sa.Integer(), nullable=True),
        _time("created_at"),
        _time("used_at"),
        _time("expires_at"),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        _of_account("session"),
        sa.ForeignKeyConstraint(["api_key_pk"], ["api_key.pk"], name="fk_session_api_key_pk", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name="pk_session"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_account_pk", "session", ["account_pk"])
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(16), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_key"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("via", sa.String(40), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("target_type", sa.String(40), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("correlation_id", sa.String(32), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_table(
        "setting",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        _time("updated_at"),
        sa.Column("updated_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute(COUNTER.delete().where(COUNTER.c.name.in_(COUNTERS)))


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_pk"], ["account.pk"], name=f"fk_{table}_account_pk", ondelete="CASCADE")
