"""Migrations, the same on SQLite and PostgreSQL."""

import asyncio
import json
import logging
import os
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.audit import AuditEntry, Chain
from monitor_app.domain.measure import Measure
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import DatabaseUnavailable
from monitor_app.models import (
    AlertRow,
    AlertRuleRow,
    ChangeItemRow,
    ChangeRow,
    ChannelRow,
    CheckQueueRow,
    ColourRow,
    DraftRow,
    EscalationPolicyRow,
    EscalationRow,
    IdempotentAnswer,
    IncidentChannelRow,
    IncidentEntryRow,
    IncidentRow,
    MaintenanceWindowRow,
    MapPlaceRow,
    NoteRow,
    NoticePageRow,
    NoticeRow,
    NoticeServiceRow,
    NoticeUpdateRow,
    NotificationIncidentRow,
    NotificationRow,
    ObjectiveRow,
    OnCallOverrideRow,
    OnCallScheduleRow,
    QuietHoursRow,
    ResultDetailRow,
    SavedViewRow,
    Service,
    ServiceGroupRow,
    SilenceRow,
    SourceObservationRow,
    SourceRow,
    SourceStateRow,
    StatusPageEntryRow,
    StatusPageRow,
    Table,
    VisitorRow,
)
from monitor_app.models.counter import ACCESS_REVISION
from monitor_app.storage import accounts, audit, merge, migrations, pack
from monitor_app.storage.access import load_access
from monitor_app.storage.api_keys import NewApiKey, insert_key
from monitor_app.storage.blocks.measures import encode_measures
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.history.measures import MEASURES
from monitor_app.storage.invitations import NewInvitation, insert_invitation
from monitor_app.storage.partitions import is_partition
from monitor_app.storage.services import raise_counter
from monitor_app.storage.sessions import NewSession, insert_session
from monitor_app.storage.settings import save_security_settings
from monitor_app.storage.signing_keys import StoredSigningKey, insert_signing_key
from tests.postgres import PostgresServer
from tests.samples import NOON, add_services, result, start_recording

ROOT = Path(__file__).resolve().parents[3]
HEAD = "0009"
# A migration of a later version: it changes `service`, which on SQLite means making the table anew.
LATER = """
from alembic import op
import sqlalchemy as sa

revision, down_revision, branch_labels, depends_on = "0010", "0009", None, None


def upgrade():
    with op.batch_alter_table("service", recreate="auto") as table:
        table.alter_column("label", type_=sa.String(200), existing_type=sa.String(120), existing_nullable=False)
    {more}


def downgrade():
    with op.batch_alter_table("service", recreate="auto") as table:
        table.alter_column("label", type_=sa.String(120), existing_type=sa.String(200), existing_nullable=False)
"""


@pytest.fixture
async def empty_postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    name = await postgres_server.new_database(has_tables=False)
    yield postgres_server.url(name)
    await postgres_server.drop_database(name)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/new/folder/lightbulb.db"


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without tables; with SQLite not even a folder."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
def later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A later version of the program, whose further migration is still to be written into the returned file."""
    scripts = shutil.copytree(migrations.SCRIPTS, tmp_path / "alembic", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrations, "SCRIPTS", scripts)
    return scripts / "versions" / "0010_later.py"


async def look(url: str, question: Any) -> Any:
    """Ask a synchronous question about the database's structure."""
    database = Database(url)
    try:
        async with database.read() as conn:
            return await conn.run_sync(question)
    finally:
        await database.close()


def tables(connection: Connection) -> set[str]:
    names = set(inspect(connection).get_table_names()) - {"sqlite_sequence", "alembic_version"}
    return {name for name in names if not is_partition(name)}


def differences(connection: Connection) -> list[Any]:
    opts = {"compare_type": True, **migrations.comparison(connection)}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, Table.metadata))


async def test_migrations_make_exactly_the_models(database_url: str) -> None:
    assert await look(database_url, differences) == []


async def test_a_forgotten_migration_would_be_seen(database: Database, database_url: str) -> None:
    async with database.write() as conn:
        await conn.execute(text("ALTER TABLE service DROP COLUMN owner"))
        await conn.execute(text("DROP INDEX ix_relation_target_pk"))
    found = {difference[0] for difference in await look(database_url, differences)}
    assert found == {"add_column", "add_index"}


async def test_up_down_up(empty_url: str) -> None:
    assert await migrations.current(empty_url) is None
    await migrations.upgrade(empty_url)
    assert await migrations.current(empty_url) == HEAD
    assert await look(empty_url, tables) == set(Table.metadata.tables)
    await fill(empty_url)

    await migrations.downgrade(empty_url, "base")
    assert await migrations.current(empty_url) is None
    assert await look(empty_url, tables) == set()

    await migrations.upgrade(empty_url)
    assert await look(empty_url, differences) == []
    assert await fill(empty_url) == 2


async def test_upgrading_again_keeps_what_is_there(database_url: str) -> None:
    await fill(database_url)
    await migrations.upgrade(database_url)
    assert await count(database_url) == dict.fromkeys(Table.metadata.tables, 0) | {
        "service": 2,
        "check_result": 2,
        "service_state": 2,
        "counter": 16,
        "measure_block": 1,
        "account": 1,
        "recovery_code": 1,
        "session": 2,
        "api_key": 2,
        "invitation": 1,
        "signing_key": 1,
        "setting": 1,
        "audit_entry": 1,
        "service_group": 1,
        "idempotent_answer": 1,
        "change": 1,
        "change_item": 1,
        "draft": 1,
        "saved_view": 1,
        "colour": 1,
        "map_place": 1,
        "alert": 1,
        "alert_rule": 2,
        "alerting_position": 1,
        "channel": 1,
        "escalation": 1,
        "escalation_policy": 1,
        "incident": 1,
        "incident_channel": 1,
        "incident_entry": 1,
        "maintenance_window": 1,
        "notification": 1,
        "notification_incident": 1,
        "on_call_override": 1,
        "on_call_schedule": 1,
        "quiet_hours": 1,
        "silence": 1,
        "visitor": 1,
        "note": 1,
        "result_detail": 1,
        "objective": 1,
        "status_page": 1,
        "status_page_entry": 1,
        "notice": 1,
        "notice_page": 1,
        "notice_service": 1,
        "notice_update": 1,
        "source": 1,
        "source_state": 1,
        "source_observation": 1,
        "check_queue": 1,
    }


async def test_accounts_and_their_log_are_what_was_written(database_url: str) -> None:
    """Also after a step that changed nothing of them; the log's chain of hashes shows it."""
    await fill(database_url)
    await migrations.upgrade(database_url)
    database = Database(database_url)
    async with database.read() as conn:
        access = await load_access(conn, NOON)
        chain = Chain()
        assert chain.follow(await audit.after(conn, 0)) is None
        assert chain.end(await audit.last_id(conn)) is None
    await database.close()
    (account,) = access.accounts
    assert (account.username, account.sealed_totp, account.preferences.theme) == ("ada", "sealed", "dark")
    assert [session.is_kept for session in access.sessions] == [False, True]
    assert sorted((key.kind, key.addresses) for key in access.keys) == [("key", ("10.0.0.0/8",)), ("wall", ())]
    assert [key.sealed for key in access.signing_keys] == ["sealed"]
    assert access.settings.is_board_public


async def test_results_are_kept_down_and_up_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, pieces, blocks, and rows that are in a piece already because a merge broke off: all become rows again."""
    monkeypatch.setattr(merge, "SERVICES", 1)
    monkeypatch.setattr(merge, "PIECE_ROWS", 3)
    monkeypatch.setattr(pack, "MANY_PIECES", 4)
    database = Database(database_url)
    history = SqlHistory(database)
    pks = await add_services(database, "shop", "blog")
    recorder = await start_recording(history)
    await recorder.record(*(result(pk, 60 * n, phases={"dns": n / 8}) for n in range(40) for pk in pks))
    await merge.merge(database, recorder.epoch, NOON, everything=True)
    await recorder.record(*(result(pk, 9000 + n, response_ms=None) for n in range(10) for pk in pks))
    with monkeypatch.context() as patched:
        patched.setattr(merge, "_finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await merge.merge(database, recorder.epoch, NOON, everything=True)
    await recorder.record(*(result(pk, 9900, phases={"dns": 0.5}, metrics={"answers": 2}) for pk in pks))
    before = await history.follow(0)
    await database.close()

    await migrations.downgrade(database_url, "0001")
    assert (await count(database_url))["check_result"] == 102
    old = Database(database_url)
    async with old.read() as conn:
        spelt = (await conn.execute(text("SELECT phases, metrics FROM check_result WHERE id = 102"))).one()
    await old.close()
    assert [json.loads(numbers) if isinstance(numbers, str) else numbers for numbers in spelt] == [
        {"dns": 0.5},
        {"answers": 2},
    ]
    await migrations.upgrade(database_url)
    assert await look(database_url, differences) == []
    database = Database(database_url)
    after = await SqlHistory(database).follow(0)
    assert after.results == before.results
    assert await SqlHistory(database).last_result_id() == 102
    epoch = await SqlHistory(database).begin_epoch()
    assert await merge.merge(database, epoch, NOON, everything=True) == 102
    assert (await SqlHistory(database).follow(0)).results == before.results
    await database.close()


async def fill(url: str) -> int:
    """Two services with a result each; returns the last result's id."""
    database = Database(url)
    pks = await add_services(database, "shop", "blog")
    recorder = await start_recording(SqlHistory(database))
    last_id = await recorder.record(*(result(pk) for pk in pks))
    async with database.write() as conn:
        await fill_accounts(conn)
        await fill_api(conn)
        await fill_administration(conn, pks[0])
        await fill_dashboards(conn, pks[0])
        await fill_sources(conn, pks[0])
        await fill_alerting(conn, pks[0])
        await MEASURES.store(conn, {(3600, 0, pks[0]): encode_measures(3600, {0: Measure(1)})})
    await database.close()
    return last_id


async def fill_accounts(conn: AsyncConnection) -> None:
    """A row, or one of each sort, in every table of accounts, and a line of the log."""
    later = NOON + timedelta(days=1)
    await raise_counter(conn, ACCESS_REVISION)
    account = await accounts.insert_account(conn, "ada", "admin", "no hash", NOON)
    await accounts.update_account(conn, account.pk, NOON, totp_secret="sealed", preferences={"theme": "dark"})
    await accounts.replace_recovery_codes(conn, account.pk, ["0" * 64])
    program = NewApiKey("k1", "1" * 64, "key", "job", account.pk, NOON, later, ("board:read",), ("10.0.0.0/8",))
    await insert_key(conn, program)
    wall = await insert_key(conn, NewApiKey("k2", "2" * 64, "wall", "hall", account.pk, NOON))
    await insert_session(conn, NewSession("3" * 64, NOON, later, api_key_pk=wall.pk, is_kept=True))
    await insert_session(conn, NewSession("4" * 64, NOON, later, account_pk=account.pk))
    await insert_invitation(conn, NewInvitation("5" * 64, "viewer", "ada", NOON, later))
    await insert_signing_key(conn, StoredSigningKey("s1", "sealed", NOON))
    settings = SecuritySettings()
    await save_security_settings(conn, settings, settings.changed({"is_board_public": True}), "ada", NOON)
    await audit.append(conn, AuditEntry("ada", "admin", "account.create", after={"role": "admin"}), NOON)


async def fill_api(conn: AsyncConnection) -> None:
    """A described group, and an answer that is kept."""
    group = {"name": "Sales", "description": "", "managed_by": "services.yaml", "created_at": NOON, "updated_at": NOON}
    await conn.execute(insert(_table(ServiceGroupRow)).values(group))
    answer = {"caller": "k1", "key": "once", "request_hash": "6" * 64, "status": 201, "body": "{}", "headers": {}}
    await conn.execute(insert(_table(IdempotentAnswer)).values(answer | {"created_at": NOON}))


async def fill_administration(conn: AsyncConnection, service_pk: int) -> None:
    """A row in every table of administration; the account is the one of `fill_accounts`."""
    account_pk = await conn.scalar(text("SELECT pk FROM account"))
    change = {
        "at": NOON,
        "account_pk": account_pk,
        "who": "ada",
        "action": "service.update",
        "state": "done",
        "items": 1,
    }
    change_pk = (await conn.execute(insert(_table(ChangeRow)).values(change | {"items": 1}))).inserted_primary_key[0]
    item = {"change_pk": change_pk, "subject": "service", "subject_pk": service_pk, "before": {"label": "Shop"}}
    await conn.execute(insert(_table(ChangeItemRow)).values(item | {"after": {"label": "The shop"}}))
    owned = {"account_pk": account_pk, "updated_at": NOON}
    draft = {"subject": f"service.{service_pk}", "title": "Shop", "content": {"label": "The"}, "base_revision": 3}
    await conn.execute(insert(_table(DraftRow)).values(owned | draft))
    view = {"page": "services", "name": "Down", "query": "status=failed", "is_shared": True}
    made = {"is_default": True, "created_at": NOON}
    await conn.execute(insert(_table(SavedViewRow)).values(owned | view | made))
    await conn.execute(insert(_table(ColourRow)).values(sort="tag", name="web", colour="blue"))
    await conn.execute(insert(_table(MapPlaceRow)).values(service_pk=service_pk, x=-120, y=48))


async def fill_dashboards(conn: AsyncConnection, service_pk: int) -> None:
    """A row in every table of dashboards."""
    made, later = {"created_at": NOON, "updated_at": NOON}, NOON + timedelta(hours=1)
    visitor = {"token_hash": "7" * 64, "preferences": {"theme": "dark"}, "looked_at": NOON, "used_at": NOON}
    await conn.execute(insert(_table(VisitorRow)).values(visitor))
    note = {"service_pk": service_pk, "at": NOON, "account_pk": None, "who": "ada", "text": "a new disk"}
    await conn.execute(insert(_table(NoteRow)).values(note | made))
    detail = {"result_id": 1, "checked_at": NOON, "status": 2, "document": {"facts": [["Server", "nginx"]]}}
    await conn.execute(insert(_table(ResultDetailRow)).values(detail | {"service_pk": service_pk}))
    objective = {"name": "Shop", "service_pk": service_pk, "group": "", "target": 0.999, "window_days": 30}
    await conn.execute(insert(_table(ObjectiveRow)).values(objective | made))
    page = {"slug": "shop", "title": "Shop", "logo": b"png", "logo_type": "image/png", "host_name": "status.example"}
    looks = {"description": "", "colour": "blue", "access": "public", "is_indexed": True, "revision": 1}
    inserted = await conn.execute(insert(_table(StatusPageRow)).values(page | looks | made))
    page_pk = inserted.inserted_primary_key[0]
    entry = {"page_pk": page_pk, "service_pk": service_pk, "section": "", "position": 0, "public_name": "The shop"}
    await conn.execute(insert(_table(StatusPageEntryRow)).values(entry | {"description": ""}))
    notice = {"kind": "incident", "title": "Slow", "impact": "minor", "state": "resolved", "who": "ada"}
    spans = {"starts_at": NOON, "ends_at": later}
    inserted = await conn.execute(insert(_table(NoticeRow)).values(notice | spans | made))
    notice_pk = inserted.inserted_primary_key[0]
    await conn.execute(insert(_table(NoticePageRow)).values(notice_pk=notice_pk, page_pk=page_pk))
    await conn.execute(insert(_table(NoticeServiceRow)).values(notice_pk=notice_pk, service_pk=service_pk))
    update = {"notice_pk": notice_pk, "at": later, "state": "resolved", "text": "fast again", "who": "ada"}
    await conn.execute(insert(_table(NoticeUpdateRow)).values(update))


async def fill_sources(conn: AsyncConnection, service_pk: int) -> None:
    """A row in every table of sources, a service that comes from one, and the breaker of the check queue."""
    made = {"created_at": NOON, "updated_at": NOON}
    said = {"slug": "main", "kind": "consul", "label": "Main", "config": {"address": "http://consul.example:8500"}}
    often = {"interval_seconds": 60, "keep_gone_days": 30, "poll_wanted": 0}
    rest = {"group": "", "enabled": True, "owner": "ada", "revision": 1}
    inserted = await conn.execute(insert(_table(SourceRow)).values(said | often | rest | made))
    source_pk = inserted.inserted_primary_key[0]
    state = {"state": "ok", "since": NOON, "polled_at": NOON, "read_at": None, "error": "", "failures": 0, "doubt": ""}
    await conn.execute(insert(_table(SourceStateRow)).values(state | {"source_pk": source_pk, "facts": {"new": 1}}))
    observed = {"service_pk": service_pk, "at": NOON, "word": "passing", "checks": [{"name": "Serf Health Status"}]}
    await conn.execute(insert(_table(SourceObservationRow)).values(observed))
    told = {"source": "consul", "source_pk": source_pk, "source_key": "n1/shop", "source_facts": {"port": 80}}
    services = _table(Service)
    await conn.execute(update(services).where(services.c.pk == service_pk).values(told | {"gone_at": NOON}))
    queue = {"pk": 1, "state": "open", "opened_at": NOON, "reason": "a drill", "by_name": "ada", "updated_at": NOON}
    await conn.execute(insert(_table(CheckQueueRow)).values(queue))


async def fill_alerting(conn: AsyncConnection, service_pk: int) -> None:
    """A row in every table of alerting, beside those that are there from the start."""
    account_pk = await conn.scalar(text("SELECT pk FROM account"))
    made, later = {"created_at": NOON, "updated_at": NOON}, NOON + timedelta(hours=1)

    async def put(model: type[Table], **values: Any) -> Any:
        return (await conn.execute(insert(_table(model)).values(values))).inserted_primary_key[0]

    channel = await put(
        ChannelRow,
        name="Mail",
        kind="email",
        config={"to": "a@example.org"},
        templates={},
        enabled=True,
        **made,
        is_default=True,
        account_pk=account_pk,
        last_error="",
    )
    policy = await put(
        EscalationPolicyRow,
        name="Night",
        is_default=False,
        rounds=1,
        fallback_channel_pk=channel,
        **made,
        steps=[{"after_minutes": 0, "targets": [{"type": "channel", "pk": channel}]}],
    )
    rule = await put(
        AlertRuleRow,
        name="Slow",
        enabled=True,
        is_default=False,
        severity="warning",
        for_seconds=60,
        **made,
        condition={"type": "status", "statuses": ["degraded"]},
        scope={"groups": ["Sales"]},
        policy_pk=policy,
    )
    schedule = await put(
        OnCallScheduleRow,
        name="Ops",
        time_zone="Europe/Berlin",
        starts_on="2026-05-18",
        hand_over_day=0,
        **made,
        hand_over_at="09:00",
        rotation_days=7,
        members=[account_pk],
    )
    span = {"starts_at": NOON, "ends_at": later, "who": "ada", "reason": "a holiday"}
    await put(OnCallOverrideRow, schedule_pk=schedule, account_pk=account_pk, **span)
    quiet = {"days": [0], "from": "22:00", "to": "07:00"}
    await put(QuietHoursRow, account_pk=account_pk, time_zone="UTC", spans=[quiet], passes="critical", updated_at=NOON)
    await put(
        MaintenanceWindowRow,
        name="Sunday",
        reason="updates",
        public_title="",
        scope={},
        starts_at_local="2026-05-17T22:00",
        **made,
        time_zone="UTC",
        minutes=60,
        recurrence="FREQ=WEEKLY;BYDAY=SU",
        enabled=True,
        skipped=[],
        who="ada",
    )
    await put(SilenceRow, scope={"service_pks": [service_pk]}, rule_pk=rule, created_at=NOON, **span)
    who = {"acknowledged_by": "ada", "acknowledged_at": NOON, "assignee_pk": account_pk}
    incident = await put(
        IncidentRow,
        title="Shop is down",
        severity="critical",
        root_service_pk=service_pk,
        cause="refused",
        **who,
        started_at=NOON,
        post_mortem="",
        revision=1,
    )
    entry = {"incident_pk": incident, "at": NOON, "kind": "fired", "who": "", "text": "", "facts": {}}
    await put(IncidentEntryRow, **entry, service_pk=service_pk)
    told = {"first_told_at": NOON, "last_told_at": NOON, "number": 1, "told": {}}
    await put(IncidentChannelRow, incident_pk=incident, channel_pk=channel, **told)
    await put(
        AlertRow,
        rule_pk=rule,
        rule_name="Slow",
        service_pk=service_pk,
        subject="service",
        severity="warning",
        **who,
        state="firing",
        held_by="",
        held_why="",
        cause="slow",
        facts={},
        since=NOON,
        fired_at=NOON,
        why_resolved="",
        incident_pk=incident,
        policy_pk=policy,
        revision=1,
    )
    await put(
        EscalationRow,
        incident_pk=incident,
        policy_pk=policy,
        severity="critical",
        round=0,
        step=1,
        started_at=NOON,
        due_at=later,
        why_stopped="",
    )
    notification = await put(
        NotificationRow,
        dedupe_key="1.1.1",
        kind="fired",
        incident_pk=incident,
        channel_pk=channel,
        state="sent",
        channel_name="Mail",
        account_pk=account_pk,
        why="",
        message={},
        created_at=NOON,
        due_at=None,
        attempts=1,
        claimed_by="",
        finished_at=later,
        answer="250 OK",
    )
    await put(NotificationIncidentRow, notification_pk=notification, incident_pk=incident)


def _table(model: type[Table]) -> Any:
    return model.__table__  # type: ignore[attr-defined]


async def count(url: str) -> dict[str, int]:
    def ask(connection: Connection) -> dict[str, int]:
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in tables(connection)}

    counted: dict[str, int] = await look(url, ask)
    return counted


async def test_a_table_that_others_point_to_is_changed_with_its_rows(database_url: str, later_version: Path) -> None:
    """On SQLite the table is copied and dropped; with foreign keys on, the drop would take all results along."""
    await fill(database_url)
    before = await count(database_url)
    later_version.write_text(LATER.format(more="pass"))
    await migrations.upgrade(database_url)
    assert await migrations.current(database_url) == "0010"
    assert await count(database_url) == before
    await migrations.downgrade(database_url, HEAD)
    assert await count(database_url) == before
    assert await look(database_url, differences) == []


async def test_a_migration_that_fails_half_way_leaves_no_trace(database_url: str, later_version: Path) -> None:
    await fill(database_url)
    later_version.write_text(LATER.format(more='op.add_column("service", sa.Column("x", sa.Text())); 1 / 0'))
    with pytest.raises(ZeroDivisionError):
        await migrations.upgrade(database_url)
    assert await migrations.current(database_url) == HEAD
    assert await look(database_url, differences) == []
    assert (await count(database_url))["check_result"] == 2


async def test_a_migration_may_not_leave_rows_that_point_nowhere(sqlite_url: str, later_version: Path) -> None:
    await fill(sqlite_url)
    later_version.write_text(LATER.format(more='op.execute("DELETE FROM service")'))
    with pytest.raises(RuntimeError, match="point nowhere"):
        await migrations.upgrade(sqlite_url)
    assert (await count(sqlite_url))["service"] == 2


async def test_an_older_program_refuses_a_newer_database(database: Database, database_url: str) -> None:
    async with database.write() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match=r"newer version of Lightbulb.*9999"):
        await migrations.upgrade(database_url)


async def test_any_working_directory_will_do(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    await migrations.upgrade(empty_url)
    assert await migrations.current(empty_url) == HEAD


async def test_logging_is_left_alone(empty_url: str) -> None:
    root, alembic = logging.getLogger(), logging.getLogger("alembic")
    before = (root.level, list(root.handlers), alembic.level, list(alembic.handlers), alembic.disabled)
    await migrations.upgrade(empty_url)
    assert (root.level, list(root.handlers), alembic.level, list(alembic.handlers), alembic.disabled) == before


async def test_only_one_process_at_a_time_changes_tables(empty_url: str) -> None:
    async with migrations.locked_connection(empty_url) as conn:
        waiting = asyncio.create_task(migrations.upgrade(empty_url))
        await asyncio.wait([waiting], timeout=0.5)  # ten times as long as it takes
        assert not waiting.done()
        assert await conn.run_sync(tables) == set()
    await waiting
    assert await migrations.current(empty_url) == HEAD


async def python(*arguments: str, **environment: str) -> str:
    """Run Python in the repository; returns what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_processes_that_start_at_once_wait_for_each_other(empty_url: str) -> None:
    upgrade = f"import asyncio; from monitor_app.storage import migrations as m; asyncio.run(m.upgrade({empty_url!r}))"
    await asyncio.gather(*(python("-c", upgrade) for _ in range(3)))
    assert await look(empty_url, differences) == []
    assert (await count(empty_url))["counter"] == 16


async def test_the_alembic_command_finds_the_database_of_the_settings(sqlite_url: str) -> None:
    output = await python("-m", "alembic", "check", DATABASE_URL=sqlite_url)
    assert "No new upgrade operations detected" in output
