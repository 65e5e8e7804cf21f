"""Secrets of services and accounts are stored sealed, and the key is changed without losing one."""

import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import Conflict, InvalidInput, SecretUnreadable
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import tokens_of
from monitor_app.security.permissions import COMMAND_LINE, SYSTEM
from monitor_app.security.vault import KeyFile, Vault, new_key
from monitor_app.storage import channels, sqlite
from monitor_app.storage import sealed as table
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.services import delete_services, insert_services
from monitor_app.use_cases import secrets
from monitor_app.use_cases.push_address import PushAddresses
from monitor_app.use_cases.services import ServiceUseCases
from tests.program_environment import program_environment

CANARY = "hunter2-hunter2-hunter2"
HTTP: dict[str, Any] = {
    "label": "Shop",
    "service_id": "shop",
    "status_config": {
        "url": "https://example.org/",
        "auth": "basic",
        "username": "anna",
        "password": CANARY,
        "headers": {"X-Api-Key": CANARY, "Accept": "text/html"},
    },
}
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Safe:
    """A database, its key file, and the services in it."""

    database: Database
    file: KeyFile

    @property
    def vault(self) -> Vault:
        return Vault(file=self.file)

    @property
    def registry(self) -> KindRegistry:
        return KindRegistry(sealer=self.vault)

    def services(self, registry: KindRegistry | None = None) -> ServiceUseCases:
        return ServiceUseCases(self.database, registry or self.registry, SystemClock(), Bus())

    async def stored(self, service_id: str = "shop") -> dict[str, Any]:
        async with self.database.read() as conn:
            return next(dict(each.config) for each in await table.load_configs(conn) if each.service_id == service_id)

    async def rotate(self) -> int:
        return await secrets.rotate(self.database, COMMAND_LINE, self.vault, self.file, NOW)

    async def lost(self) -> tuple[str, ...]:
        return (await secrets.status(self.database, self.vault)).lost

    async def add_account(self) -> str:
        """With a second factor and a signing key; returns what is sealed in both."""
        async with self.database.write() as conn:
            await conn.execute(
                text(
                    "INSERT INTO account (username, role, password_hash, is_disabled, totp_secret, totp_step, "
                    "preferences, created_at, updated_at) VALUES ('anna', 'admin', 'x', :no, :token, 0, '{}', :at, :at)"
                ).bindparams(no=False, token=self.vault.seal(CANARY), at=self.time())
            )
            await conn.execute(
                text("INSERT INTO signing_key (kid, secret, created_at) VALUES ('k1', :token, :at)").bindparams(
                    token=self.vault.seal(CANARY), at=self.time()
                )
            )
        return CANARY

    def time(self) -> Any:
        return str(NOW.replace(tzinfo=None)) if self.database.is_sqlite else NOW


@pytest.fixture
def safe(database: Database, tmp_path: Path) -> Safe:
    file = KeyFile(tmp_path / "secret.key")
    file.make()
    return Safe(database, file)


def plain(registry: KindRegistry, service: ServiceDefinition) -> Any:
    return registry[service.kind].parse(service.status_config)


async def test_secrets_are_stored_sealed_and_used_in_clear(safe: Safe) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    stored = await safe.stored()
    assert CANARY not in json.dumps(stored)
    assert stored["username"] == "anna"
    assert stored["headers"]["Accept"] == "text/html"
    assert created.status_config == stored, "what is in memory is sealed too"
    config = plain(safe.registry, created)
    assert (config.password, config.headers["X-Api-Key"]) == (CANARY, CANARY)


async def test_change_of_something_else_keeps_secrets_and_tokens(safe: Safe) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    changed = await safe.services().update(SYSTEM, "shop", {"label": "Store"}, expected_revision=created.revision)
    assert changed.status_config == created.status_config
    form = {"status_config": HTTP["status_config"] | {"password": "***", "headers": "X-Api-Key: ***\nAccept: */*"}}
    again = await safe.services().update(SYSTEM, "shop", form, expected_revision=changed.revision)
    assert again.status_config["password"] == created.status_config["password"]
    assert again.status_config["headers"]["X-Api-Key"] == created.status_config["headers"]["X-Api-Key"]
    assert again.status_config["headers"]["Accept"] == "*/*"


async def test_secret_is_replaced_and_taken_away(safe: Safe) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    values = {"status_config": HTTP["status_config"] | {"password": "another one", "headers": ""}}
    changed = await safe.services().update(SYSTEM, "shop", values, expected_revision=created.revision)
    assert plain(safe.registry, changed).password == "another one"
    assert "headers" not in changed.status_config


async def test_token_that_is_brought_along_is_refused(safe: Safe) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    theft = {"url": "https://thief.example/", "headers": {"Cookie": created.status_config["password"]}}
    with pytest.raises(InvalidInput, match=r"must not hold the name \$sealed"):
        await safe.services().create(SYSTEM, {"status_config": theft})


async def test_mask_does_not_bring_a_secret_into_another_kind(safe: Safe) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    values = {"kind": "smtp", "status_config": {"host": "thief.example", "user": "anna", "password": "***"}}
    with pytest.raises(InvalidInput, match="password: must be given anew"):
        await safe.services().update(SYSTEM, "shop", values, expected_revision=created.revision)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"url": "https://thief.example/"},
        {"proxy_url": "http://thief.example:3128"},
        {"url": "https://example.org:8443/"},
    ],
)
async def test_stored_secret_is_not_sent_to_another_server(safe: Safe, elsewhere: dict[str, str]) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    masks = {"password": "***", "headers": {"X-Api-Key": "***", "Accept": "*/*"}}
    form = {"status_config": HTTP["status_config"] | masks | elsewhere}
    with pytest.raises(InvalidInput, match="was not meant for") as caught:
        await safe.services().update(SYSTEM, "shop", form, expected_revision=created.revision)
    assert set(caught.value.fields) == {"password", "headers"}
    form = {"status_config": HTTP["status_config"] | elsewhere}
    await safe.services().update(SYSTEM, "shop", form, expected_revision=created.revision)


async def test_stored_secret_may_go_to_another_page_of_the_same_server(safe: Safe) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    form = {"status_config": HTTP["status_config"] | {"password": "***", "url": "https://example.org/health"}}
    changed = await safe.services().update(SYSTEM, "shop", form, expected_revision=created.revision)
    assert plain(safe.registry, changed).password == CANARY


async def test_lost_key_keeps_the_service_and_asks_for_the_secret(safe: Safe, tmp_path: Path) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    safe.file = KeyFile(tmp_path / "other.key")
    safe.file.make()
    with pytest.raises(SecretUnreadable, match=r"the key in other\.key is not the one it was sealed with"):
        plain(safe.registry, created)
    assert await safe.lost() == ("service shop", "service shop")
    with pytest.raises(InvalidInput) as caught:
        await safe.services().update(SYSTEM, "shop", {"label": "Store"}, expected_revision=created.revision)
    asked = "must be given anew: the stored one cannot be read any more"
    assert caught.value.fields == {"password": asked, "headers": asked}
    await safe.services().pause(SYSTEM, ["shop"])
    revision = (await safe.services().get(SYSTEM, "shop")).revision
    await safe.services().update(SYSTEM, "shop", HTTP, expected_revision=revision)
    assert await safe.lost() == ()


async def test_token_for_reports_is_sealed_and_renewed(safe: Safe) -> None:
    registry = safe.registry
    services = safe.services(registry)
    created = await services.create(SYSTEM, {"kind": "push", "label": "Job", "status_config": {"period_seconds": 60}})
    addresses = PushAddresses(services, registry)
    path = addresses.path(SYSTEM, created)
    assert path.removeprefix("/push/") not in json.dumps(dict(created.status_config))
    renewed = await addresses.renew(SYSTEM, created)
    assert addresses.path(SYSTEM, renewed) != path
    assert renewed.status_config["period_seconds"] == 60


async def test_address_whose_key_is_lost_can_be_renewed(safe: Safe, tmp_path: Path) -> None:
    job = {"kind": "push", "label": "Job", "status_config": {"period_seconds": 60}}
    created = await safe.services().create(SYSTEM, job)
    safe.file = KeyFile(tmp_path / "other.key")
    safe.file.make()
    registry = safe.registry
    addresses = PushAddresses(safe.services(registry), registry)
    with pytest.raises(SecretUnreadable):
        addresses.path(SYSTEM, created)
    renewed = await addresses.renew(SYSTEM, created)
    assert addresses.path(SYSTEM, renewed).startswith("/push/")


async def test_what_an_older_version_stored_in_clear_is_sealed_at_the_start(safe: Safe, tmp_path: Path) -> None:
    row = HTTP | {"service_type": "website", "kind": "http", "created_at": NOW, "updated_at": NOW}
    async with safe.database.write() as conn:
        _, gone = await insert_services(conn, [row, row | {"service_id": "gone", "kind": "no-such-kind"}])
        await delete_services(conn, [gone.pk], NOW)
    assert CANARY in json.dumps(await safe.stored())
    assert await secrets.seal_plain(safe.database, safe.registry, safe.vault) == 2
    for service_id in ("shop", "gone"):
        assert CANARY not in json.dumps(await safe.stored(service_id))
        assert len(tokens_of(await safe.stored(service_id))) >= 2
    assert await secrets.seal_plain(safe.database, safe.registry, safe.vault) == 0
    if safe.database.is_sqlite:
        left = [path.name for path in tmp_path.glob("lightbulb.db*") if CANARY.encode() in path.read_bytes()]
        assert not left, "nothing of it stays in the file"


async def test_file_that_cannot_be_written_anew_is_told(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    assert await database.forget_overwritten()
    monkeypatch.setattr(sqlite, "REWRITE_LIMIT_BYTES", 0)
    assert not await database.forget_overwritten(), "it is too large"
    await database.close()


async def test_rotation_seals_everything_with_a_new_key_alone(safe: Safe) -> None:
    created = await safe.services().create(SYSTEM, HTTP)
    await safe.services().create(SYSTEM, HTTP | {"service_id": "gone"})
    await safe.services().delete(SYSTEM, ["gone"])
    await safe.add_account()
    [old] = safe.file.keys()
    running = safe.registry
    assert await safe.rotate() == 6
    [new] = safe.file.keys()
    assert new != old
    status = await secrets.status(safe.database, Vault([new]))
    assert status == secrets.SecretStatus(6, 0, ())
    after = await safe.services().get(SYSTEM, "shop")
    assert after.revision == created.revision, "it means what it meant: nothing is checked anew"
    assert plain(running, after).password == CANARY, "a running process has learned of the new key"
    assert plain(running, created).password == CANARY, "and still reads what it has in memory"


async def test_rotation_finds_the_secrets_of_channels(safe: Safe) -> None:
    notifiers = NotifierRegistry(safe.vault)
    config = notifiers["webhook"].parse({"url": "https://hooks.example/", "secret": CANARY})
    async with safe.database.write() as conn:
        values = {"kind": "webhook", "config": notifiers["webhook"].stored(config), "templates": {}, "enabled": True}
        more = {"is_default": True, "last_error": "", "created_at": NOW, "updated_at": NOW}
        pk = await channels.insert_channel(conn, {"name": "Hook", **values, **more})
    assert await safe.rotate() == 1
    async with safe.database.read() as conn:
        found = await channels.find_channel(conn, pk)
    assert found is not None
    assert CANARY not in str(dict(found.config))
    assert NotifierRegistry(Vault(safe.file.keys()))["webhook"].parse(found.config).secret == CANARY
    assert await safe.lost() == ()
    safe.file.replace([new_key()])
    assert await safe.lost() == (f"channel {pk}",)


async def test_rotation_is_told_in_the_audit_log(safe: Safe) -> None:
    await safe.services().create(SYSTEM, HTTP)
    await safe.rotate()
    async with safe.database.read() as conn:
        lines = await read(conn, AuditFilter())
    assert [line.entry.after for line in lines if line.entry.action == "secrets.rotate"] == [{"secrets": 2}]


async def test_interrupted_rotation_loses_nothing_and_is_finished_by_the_next(safe: Safe) -> None:
    await safe.services().create(SYSTEM, HTTP)
    keys = [new_key(), *safe.file.keys()]
    safe.file.replace(keys)
    assert await secrets.status(safe.database, safe.vault) == secrets.SecretStatus(2, 2, ())
    assert await safe.rotate() == 2
    assert safe.file.keys() == keys[:1]
    assert await safe.lost() == ()


async def test_secret_that_cannot_be_read_survives_a_rotation(safe: Safe, tmp_path: Path) -> None:
    await safe.services().create(SYSTEM, HTTP)
    lost, before = safe.file, await safe.stored()
    safe.file = KeyFile(tmp_path / "other.key")
    safe.file.make()
    await safe.rotate()
    assert await safe.stored() == before
    assert plain(KindRegistry(sealer=Vault(file=lost)), await safe.services().get(SYSTEM, "shop")).password == CANARY


async def test_without_a_key_there_is_nothing_to_rotate(safe: Safe) -> None:
    safe.file.path.unlink()
    with pytest.raises(Conflict, match="holds no key that could be changed"):
        await safe.rotate()


async def test_key_of_the_environment_is_rotated_by_its_first_key(safe: Safe) -> None:
    await safe.services().create(SYSTEM, HTTP)
    keys = [new_key(), *safe.file.keys()]
    assert await secrets.rotate(safe.database, COMMAND_LINE, Vault(keys), None, NOW) == 2
    assert await secrets.status(safe.database, Vault(keys[:1])) == secrets.SecretStatus(2, 0, ())


async def test_many_rotations_and_changes_at_once_lose_nothing(safe: Safe) -> None:
    """Processes that seal meanwhile with the key they know are the danger."""
    running = safe.services()
    await running.create(SYSTEM, HTTP)

    async def change(number: int) -> None:
        await running.create(SYSTEM, HTTP | {"service_id": f"shop-{number}"})

    environment = program_environment() | {
        "DATABASE_URL": safe.database.engine.url.render_as_string(hide_password=False),
        "SECRET_KEY_FILE": str(safe.file.path),
    }
    command = (sys.executable, "-m", "monitor_app", "secrets", "rotate")
    rotations = [await asyncio.create_subprocess_exec(*command, env=environment) for _ in range(2)]
    number = 0
    while any(process.returncode is None for process in rotations):
        await change(number)
        number += 1
        await asyncio.sleep(0.01)
    assert [process.returncode for process in rotations] == [0, 0]
    status = await secrets.status(safe.database, Vault(safe.file.keys()))
    assert (status.count, status.lost) == (2 + 2 * number, ())
    assert len(safe.file.keys()) == 1


@pytest.mark.parametrize("moment", ["new key written", "rows sealed", "committed"])
async def test_rotation_that_is_killed_loses_nothing(safe: Safe, moment: str) -> None:
    """kill -9 at each step; then everything can be read, and the next rotation finishes."""
    await safe.services().create(SYSTEM, HTTP)
    await safe.add_account()
    environment = program_environment() | {
        "DATABASE_URL": safe.database.engine.url.render_as_string(hide_password=False),
        "SECRET_KEY_FILE": str(safe.file.path),
        "MOMENT": moment,
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, env=environment)
    assert await process.wait() == -signal.SIGKILL
    assert (await secrets.status(safe.database, Vault(safe.file.keys()))).lost == ()
    assert plain(safe.registry, await safe.services().get(SYSTEM, "shop")).password == CANARY
    assert await safe.rotate() == 4
    assert await secrets.status(safe.database, Vault(safe.file.keys())) == secrets.SecretStatus(4, 0, ())
    assert len(safe.file.keys()) == 1


# Runs the command, and kills itself right after the step that MOMENT names.
KILLED = """
import os
import signal
from monitor_app import cli
from monitor_app.security import vault
from monitor_app.storage.database import Database
from monitor_app.use_cases import secrets

def kill_after(owner, name, wanted):
    real = getattr(owner, name)
    def sync(*args, **options):
        result = real(*args, **options)
        if wanted(*args):
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    async def later(*args, **options):
        result = await real(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, name, later if name in ("record", "make_durable") else sync)

match os.environ["MOMENT"]:
    case "new key written":
        kill_after(vault.KeyFile, "replace", lambda file, keys: len(keys) == 2)
    case "rows sealed":
        kill_after(secrets, "record", None)
    case "committed":
        kill_after(Database, "make_durable", None)
cli.main(["secrets", "rotate"])
"""
