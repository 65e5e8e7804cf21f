"""What the doctor says of what stands around: the port, the certificate, PUBLIC_URL, Redis, files, other engines."""

import http.client
import json
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitor_app.bus.local import Bus
from monitor_app.cli._finding import Finding
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.leader import leader_for
from monitor_app.errors import LightbulbError
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.security.vault import open_vault
from monitor_app.server.address import check_port, check_tls
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.configuration.drafting import Options
from monitor_app.use_cases.configuration.files import find_files, folder_name, read_files, substitution_for

ANSWER_SECONDS = 3.0
# So many days before its end a certificate is worth a word.
SOON_DAYS = 14


def port(settings: Settings, *, is_running: bool) -> Finding:
    """Free, or our own."""
    if is_running:
        return Finding("port", f"{settings.port} is taken by Lightbulb itself, which runs")
    try:
        check_port(settings)
    except LightbulbError as err:
        return Finding("port", "not in order", advice=str(err))
    return Finding("port", f"{settings.port} is free")


def is_running(settings: Settings) -> bool:
    """Whether a Lightbulb answers where this one would listen."""
    connection: http.client.HTTPConnection
    address = settings.bind_address
    if settings.tls_cert:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # our own port, and nothing is sent
        connection = http.client.HTTPSConnection(address, settings.port, timeout=ANSWER_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(address, settings.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        told: object = json.loads(answer.read(1000))
        return answer.status == http.HTTPStatus.OK and told == {"status": "ok"}
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


def certificate(settings: Settings) -> Finding:
    """Of our own https: can be read, belongs to its key, and does not end soon."""
    if settings.tls_cert is None:
        return Finding("TLS", "not used")
    try:
        check_tls(settings)
        ends = load_pem_x509_certificates(settings.tls_cert.read_bytes())[0].not_valid_after_utc
    except (LightbulbError, OSError, ValueError) as err:
        return Finding("TLS", "not in order", advice=str(err))
    days = (ends - datetime.now(UTC)).total_seconds() / 86_400
    if days < SOON_DAYS:
        text = f"the certificate ended on {ends:%Y-%m-%d}" if days < 0 else f"the certificate ends in {days:.0f} days"
        advice = f"renew {settings.tls_cert} and start Lightbulb again: it is read at the start"
        return Finding("TLS", text, advice, is_hint=days >= 0)
    return Finding("TLS", f"https, the certificate ends in {days:.0f} days")


def public_url(settings: Settings) -> Finding:
    """Whether PUBLIC_URL fits the other settings, and is a name that there is."""
    url = settings.public_url
    if not url:
        return Finding("public address", "none is set, so it is reached from this machine, or by HOST")
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        socket.getaddrinfo(host, None)
    except OSError as err:
        advice = f"make the name known, or mend PUBLIC_URL ({err})"
        return Finding("public address", f"{url}: there is no {host}", advice, is_hint=True)
    if settings.tls_cert and parts.scheme == "http":
        return Finding("public address", f"{url}, but TLS_CERT serves https", "PUBLIC_URL must begin with https://")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        text = f"{url}: passwords and cookies cross the network readably"
        return Finding("public address", text, "serve https (docs/deploy.md)", is_hint=True)
    if parts.scheme == "https" and not settings.tls_cert and not settings.trusted_proxies:
        text = f"{url}: a proxy that is not named stands before it"
        advice = "TRUSTED_PROXIES=127.0.0.1 (or its address), or everybody counts as one address"
        return Finding("public address", text, advice, is_hint=True)
    return Finding("public address", url)


async def redis(settings: Settings) -> Finding:
    """Whether the Redis that counts requests answers."""
    if not settings.redis_url:
        return Finding("Redis", "not used")
    shown = settings.shown()["REDIS_URL"]
    client = Redis.from_url(settings.redis_url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    try:
        answered: Any = client.ping()  # typed as if it might not be awaited
        await answered
    except (RedisError, OSError, TimeoutError) as err:
        advice = f"start it, or mend REDIS_URL ({type(err).__name__}); until then each process counts for itself"
        return Finding("Redis", f"{shown} does not answer", advice, is_hint=True)
    finally:
        await client.aclose()
    return Finding("Redis", f"{shown} answers")


async def config_files(settings: Settings, database: Database | None = None) -> list[Finding]:
    """Whether what lies in CONFIG_DIR can be applied; without a database as far as reading shows."""
    if settings.config_dir is None:
        return []
    place = Path(settings.config_dir)
    try:
        files = find_files(place, settings.config_env)
        documents = read_files(files, substitution_for(settings, place))
        if database is not None:
            registry = KindRegistry(sealer=open_vault(settings, create=False))
            options = Options(prune=settings.config_prune, folders=frozenset({folder_name(place)}), is_careful=True)
            use_cases = ConfigurationUseCases(database, registry, SystemClock(), Bus())
            await use_cases.plan(COMMAND_LINE, documents, options)
    except LightbulbError as err:
        return [Finding("CONFIG_DIR", f"{place} cannot be applied, so nothing of it changes", str(err))]
    services = sum(len(document.services) for document in documents)
    return [Finding("CONFIG_DIR", f"{place}: {_counted(len(files), 'file')} with {_counted(services, 'service')}")]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


async def scheduler(settings: Settings, *, is_running: bool) -> Finding:
    """Who schedules on this database, by the lock that only one has. Raises DatabaseUnavailable."""
    leader = leader_for(settings.database_url)
    is_free = await leader.try_acquire()
    await leader.release()
    is_wanted = settings.scheduler_enabled and settings.role != "web"
    if is_free and is_running and is_wanted:
        advice = "look into its log; while the engine starts this is so for some seconds"
        return Finding("engine", "Lightbulb runs, but no engine schedules", advice)
    if is_free:
        return Finding("engine", "none schedules now")
    if is_running or not is_wanted:
        return Finding("engine", "one schedules")
    advice = "stop that one first, unless it is meant to run: another one would only wait to take over"
    return Finding("engine", "one schedules on this database, though nothing listens here", advice, is_hint=True)
