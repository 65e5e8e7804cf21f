"""The engine checks with secrets that are stored sealed, goes on when the key changes, and says when it is lost."""

from datetime import UTC, datetime
from pathlib import Path

from monitor_app.domain.status import Status
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.security.vault import KeyFile, Vault
from monitor_app.storage.services import update_service
from monitor_app.use_cases import secrets
from tests.engine_process import add_services
from tests.servers.http import Exchange, reply

PASSWORD = "hunter2-hunter2"
BASIC = "Basic YW5uYTpodW50ZXIyLWh1bnRlcjI="


async def guarded(exchange: Exchange) -> None:
    """Lets in who knows the password."""
    await reply(200 if exchange.request.headers.get("authorization") == BASIC else 401)(exchange)


def sealed_config(file: KeyFile, url: str) -> dict[str, object]:
    values = {"url": url, "auth": "basic", "username": "anna", "password": PASSWORD}
    return KindRegistry(sealer=Vault(file=file))["http"].sealed(values)


async def test_running_engine_goes_on_when_the_key_is_changed(server, sqlite, sqlite_url, results, launch, tmp_path):
    server.on("/", guarded)
    file = KeyFile(tmp_path / "secret.key")
    file.make()
    config = sealed_config(file, server.url("/"))
    (service,) = await add_services(sqlite, {"shop": server.url("/")}, **config | {"url": server.url("/")})
    async with launch(sqlite_url) as engine:
        await engine.until_committed(2)
        await secrets.rotate(sqlite, COMMAND_LINE, Vault(file=file), file, datetime.now(UTC))
        await engine.until_committed(engine.committed + 2)
        # A new revision is read anew, with tokens of the new key.
        async with sqlite.write() as conn:
            await update_service(conn, service.pk, {"status_config": sealed_config(file, server.url("/?two"))})
        await engine.until(lambda _: server.requests[-1].path == "/?two")
        await engine.until_committed(engine.committed + 2)
        assert await engine.stop() == 0
    assert results.statuses() == {service.pk: {Status.OK}}
    assert server.requests[-1].path == "/?two"
    assert {request.headers["authorization"] for request in server.requests} == {BASIC}


async def test_lost_key_makes_nothing_look_down(server, sqlite, sqlite_url, results, launch, tmp_path: Path):
    other = KeyFile(tmp_path / "other.key")
    other.make()
    config = sealed_config(other, server.url("/"))
    (service,) = await add_services(sqlite, {"shop": server.url("/")}, **config | {"url": server.url("/")})
    async with launch(sqlite_url) as engine:
        await engine.until_committed(3)
        assert await engine.stop() == 0
    assert results.statuses() == {service.pk: {Status.UNKNOWN}}
    assert {text for (text,) in results.rows("SELECT message FROM check_result")} == {
        "cannot be checked: its secret cannot be read: the key in secret.key is not the one it was sealed with"
    }
    assert not server.requests
    assert PASSWORD not in engine.log
