"""No kind of check reaches what it must not, whatever is written, looked up, redirected to or set around it."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor_app.checks.domain_expiry import bootstrap, probe
from monitor_app.checks.domain_expiry.registry import Registry
from monitor_app.domain.outbound import parse_rule
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput
from monitor_app.net import Network
from monitor_app.net import names as net_names
from monitor_app.net.canary import AddressCanary
from monitor_app.net.own import OwnPlace
from monitor_app.net.policy import OutboundPolicy
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import Kind
from monitor_app.use_cases.probing import Probing
from tests.disguised import ALWAYS, PRIVATE
from tests.outbound import KINDS, SILENT, WAYS, NotingGuard, Way, witness
from tests.servers.certificates import self_signed
from tests.servers.dns import NameServer
from tests.servers.http import HttpServer, http_server, redirect, reply
from tests.servers.talk import talking_server
from tests.servers.tls import openssl_server

every_way = pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
ALL_ALLOWED = OutboundPolicy(allow=(parse_rule("*"), parse_rule("0.0.0.0/0"), parse_rule("::/0")))
STRICT = OutboundPolicy(is_private_allowed=False)
METADATA = "169.254.169.254"
# A field of this name says where to.
OUTWARD = re.compile(
    r"(?:.*_)?(?:host|url|uri|resolver|server|address|endpoint|proxy|peer|broker|gateway|relay|site|origin)s?"
)


async def probed(network: Network, way: Way, host: str, port: int, seconds: float = 60) -> ProbeResult:
    kind, config = way.parse(host, port, seconds)
    return await kind.probe(ProbeContext(network), config)


def is_refused(result: ProbeResult) -> bool:
    """Said to be our own rules' doing, and nothing of the target."""
    return result.status is Status.UNKNOWN and "is not allowed" in result.message and result.response_ms is None


@asynccontextmanager
async def serving(what: str, folder: Path) -> AsyncIterator[int]:
    """The port of a server of this kind on 127.0.0.1; see Way."""
    if what == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued = self_signed("other.test")
        (folder / "chain.pem").write_text(issued.pem + issued.key_pem())
        context.load_cert_chain(folder / "chain.pem")
        with openssl_server(context) as port:
            yield port
        return
    if what == "cut":
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(_Cutting, local_addr=("127.0.0.1", 0))
        yield transport.get_extra_info("sockname")[1]
        transport.close()
        return

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if what == "no tls":
            await reader.read(8)
            writer.write(b"N")
            await writer.drain()
        writer.close()
        return False

    async with talking_server(script) as port:
        yield port


class _Cutting(asyncio.DatagramProtocol):
    """Answers each question with "too long"."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        self._transport.sendto(data[:2] + b"\x83\x80\0\1\0\0\0\0\0\0" + data[12:].split(b"\0\0\x29")[0], source)


def test_every_kind_is_tried() -> None:
    assert {way.kind for way in WAYS.values()} | SILENT.keys() == {kind.name for kind in KINDS}
    assert not SILENT.keys() & {way.kind for way in WAYS.values()}


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.name)
def test_every_field_that_says_where_to_is_tried(kind: Kind) -> None:
    tried = {name for way in WAYS.values() if way.kind == kind.name for name in way.outward}
    outward = {field.name for field in kind.fields if OUTWARD.fullmatch(field.name)}
    # One that only a source tells of has an address, and connects to nothing: it is among the silent ones.
    assert tried == (set() if kind.config_model.is_observed else outward)


@pytest.mark.parametrize("name", SILENT)
async def test_silent_kind_connects_to_nothing(network: Network, name: str) -> None:
    kind = KINDS[name]
    with witness() as seen:
        await kind.probe(ProbeContext(network), kind.parse(SILENT[name]))
    assert (seen.connected, seen.looked_up) == ([], [])


@every_way
@pytest.mark.parametrize(
    ("policy", "hosts"), [(ALL_ALLOWED, ALWAYS), (STRICT, ALWAYS + PRIVATE)], ids=["all allowed", "strict"]
)
async def test_no_disguise_leads_out(
    network: Network, names: NameServer, way: Way, policy: OutboundPolicy, hosts: tuple[str, ...]
) -> None:
    network.guard.use(policy)
    judged = 0
    with witness(names.port) as seen:
        for host in hosts:
            try:
                result = await probed(network, way, host, 80)
            except InvalidInput:
                continue  # the form says so
            # With a dot at its end it is a name like others, which the name server does not know.
            assert is_refused(result) or (host == "localhost." and "does not exist" in result.message), (host, result)
            judged += 1
        assert (seen.connected, seen.looked_up) == ([], [])
    assert judged > 60


@every_way
async def test_what_a_name_leads_to_is_judged(network: Network, names: NameServer, way: Way) -> None:
    if not way.is_looked_up:
        return
    network.guard.use(ALL_ALLOWED)
    names.records["trap.test"] = [METADATA, "::ffff:169.254.169.254", "2002:a9fe:a9fe::1"]
    with witness(names.port) as seen:
        assert is_refused(await probed(network, way, "trap.test", 80))
    assert seen.connected == []


@every_way
@pytest.mark.parametrize("host", ["127.0.0.1", "::ffff:127.0.0.1", "here.test"])
async def test_own_places_are_closed(network: Network, names: NameServer, way: Way, host: str) -> None:
    if not way.has_port or (host == "here.test" and not way.is_looked_up):
        return
    names.records["here.test"] = ["127.0.0.1"]
    network.guard.use(
        OutboundPolicy(allow=ALL_ALLOWED.allow, own=(OwnPlace("Lightbulb's own port", 3999, is_here=True),))
    )
    with witness(names.port) as seen:
        result = await probed(network, way, host, 3999)
    assert is_refused(result), result
    assert "Lightbulb's own port, which is always refused" in result.message
    assert seen.connected == []


class Fickle(dict[str, Any]):
    """The first look-up leads to 127.0.0.1, each later one to where credentials are."""

    def __init__(self, server: NameServer) -> None:
        super().__init__({"fickle.test": ()})
        self._server = server

    def get(self, name: str, default: Any = ()) -> Any:
        # One question for A, one for AAAA.
        return (["127.0.0.1"] if self._server.questions[name] <= 2 else [METADATA]) if name in self else default


@pytest.fixture
def fickle(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> NameServer:
    """Nothing of what the name server says is kept."""
    monkeypatch.setattr(net_names, "CACHE_MIN_SECONDS", 0.0)
    names.ttl_seconds = 0
    names.records = Fickle(names)
    return names


@every_way
async def test_each_check_looks_up_once_and_connects_to_what_was_judged(
    network: Network, fickle: NameServer, way: Way, tmp_path: Path
) -> None:
    if not way.is_looked_up:
        return
    guard = network.guard = NotingGuard(network.guard)
    async with serving(way.server, tmp_path) as port:
        with witness(fickle.port, port) as seen:
            result = await probed(network, way, "fickle.test", port)
    assert fickle.questions["fickle.test"] == 2, result
    assert set(seen.connected) == {("127.0.0.1", port if way.has_port else 0)}, result
    assert len(seen.connected) >= way.connections, result
    assert guard.allowed == {("127.0.0.1", port if way.has_port else None)}
    assert seen.looked_up == []


@every_way
async def test_redirect_leads_to_nothing_that_is_refused(network: Network, names: NameServer, way: Way) -> None:
    """Also for kinds that follow none."""
    if not way.is_looked_up:
        return
    names.records["trap.test"] = [METADATA]
    for target in (f"http://{METADATA}/latest", "http://trap.test/", "http://[::ffff:a9fe:a9fe]/", "//0xa9fea9fe/"):
        async with http_server() as server:
            for path in ("/", "/token"):
                server.on(path, redirect(target))
            with witness(names.port, server.port) as seen:
                await probed(network, way, "127.0.0.1", server.port, 0.2)
        assert {port for _, port in seen.connected} <= {server.port, 0}, (target, seen)
        assert not [address for address, _ in seen.connected if address != "127.0.0.1"]


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with http_server() as started:
        yield started


async def test_redirect_is_judged_again(network: Network, fickle: NameServer, server: HttpServer) -> None:
    """To the same name, which leads to somewhere else by now."""
    server.on("/", redirect(f"http://fickle.test:{server.port}/again"))
    with witness(fickle.port, server.port) as seen:
        result = await probed(network, WAYS["http"], "fickle.test", server.port)
    assert is_refused(result), result
    assert result.message.startswith(f"connecting to {METADATA} is not allowed")
    assert seen.connected == [("127.0.0.1", server.port)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_to_metadata_is_refused(network: Network, server: HttpServer, status: int) -> None:
    server.on("/", redirect(f"http://{METADATA}/latest/meta-data/", status))
    assert is_refused(await probed(network, WAYS["http"], "127.0.0.1", server.port))


async def test_redirect_of_a_registry_is_judged(network: Network, names: NameServer, server: HttpServer) -> None:
    names.records["trap.test"] = [METADATA]
    kind, config = WAYS["domain"].parse("127.0.0.1", server.port)
    server.on(f"/domain/{config.target}", redirect("http://trap.test/"))
    with witness(names.port, server.port) as seen:
        result = await kind.probe(ProbeContext(network), config)
    assert is_refused(result), result
    assert seen.connected == [("127.0.0.1", server.port)]


async def test_list_of_registries_and_what_it_names_are_judged(
    network: Network, names: NameServer, server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.records |= {"trap.test": [METADATA], "iana.test": ["127.0.0.1"]}
    server.on("/", reply(200, json.dumps({"services": [[["example"], ["http://trap.test/"]]]}).encode()))
    kind = KINDS["domain_expiry"]
    config = kind.parse({"domain": "a.example"})
    for url, reached in (("http://trap.test/", []), (server.url("/"), [("127.0.0.1", server.port)])):
        monkeypatch.setattr(bootstrap, "IANA_URL", url)
        monkeypatch.setattr(probe, "REGISTRY", Registry())
        with witness(names.port, server.port) as seen:
            assert is_refused(await kind.probe(ProbeContext(network), config))
        assert seen.connected == reached


async def test_registry_is_asked_as_soon_as_the_rules_allow_it(network: Network, server: HttpServer) -> None:
    """Its own trouble is remembered for minutes, a refusal of ours is not."""
    kind, config = WAYS["domain"].parse("127.0.0.1", server.port)
    server.on(f"/domain/{config.target}", reply(404))
    network.guard.use(STRICT)
    assert is_refused(await kind.probe(ProbeContext(network), config))
    network.guard.use(ALL_ALLOWED)
    assert "is not registered" in (await kind.probe(ProbeContext(network), config)).message


@pytest.fixture
def proxied_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All that libraries look at."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy", "grpc_proxy", "ftp_proxy"):
        for spelled in (name, name.upper()):
            monkeypatch.setenv(spelled, "http://anna:calm-otter@127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    (tmp_path / "netrc").write_text("default login anna password calm-otter\n")
    (tmp_path / "netrc").chmod(0o600)
    (tmp_path / ".netrc").write_text((tmp_path / "netrc").read_text())
    (tmp_path / ".my.cnf").write_text("[client]\nhost=127.0.0.1\nport=9\nuser=anna\n")
    (tmp_path / ".pgpass").write_text("*:*:*:*:calm-otter\n")
    for name, value in (
        ("NETRC", str(tmp_path / "netrc")),
        ("HOME", str(tmp_path)),
        ("PGHOST", "127.0.0.9"),
        ("PGHOSTADDR", "127.0.0.9"),
        ("PGPORT", "9"),
        ("RES_OPTIONS", "attempts:1"),
    ):
        monkeypatch.setenv(name, value)


@every_way
@pytest.mark.usefixtures("proxied_environment")
async def test_environment_leads_nowhere_else(network: Network, names: NameServer, way: Way, tmp_path: Path) -> None:
    if not way.is_looked_up:
        return
    names.records["plain.test"] = ["127.0.0.1"]
    async with serving(way.server, tmp_path) as port:
        with witness(names.port, port) as seen:
            await probed(network, way, "plain.test", port)
    assert set(seen.connected) == {("127.0.0.1", port if way.has_port else 0)}


@pytest.mark.usefixtures("proxied_environment")
async def test_password_of_a_netrc_goes_nowhere(network: Network, server: HttpServer) -> None:
    server.on("/", reply(200))
    assert (await probed(network, WAYS["http"], "127.0.0.1", server.port)).status is Status.OK
    assert not {"authorization", "proxy-authorization"} & server.requests[-1].headers.keys()


def refusals(way: Way, field: str, text: str) -> dict[str, str]:
    """What the form says. Fails when it says nothing."""
    with pytest.raises(InvalidInput) as caught:
        way.parse_values({**way.filled("example.org", 80), field: text}, 80)
    return caught.value.fields


@every_way
@pytest.mark.parametrize("host", ["-", "-x", "--help", "-oProxyCommand=id", "-x.example.org", "[-x]"])
def test_host_that_looks_like_an_option_is_refused(way: Way, host: str) -> None:
    for field in way.outward:
        assert field in refusals(way, field, way.filled(host, 80)[field])


# fmt: off
FOREIGN = (
    "file", "ftp", "sftp", "gopher", "dict", "ldap", "ldaps", "jar", "data", "javascript", "unix", "tftp", "smb",
    "php", "expect", "netdoc", "view-source", "chrome", "mailto", "tel", "telnet", "git", "svn", "rsync", "rtmp",
    "mongodb", "amqp", "ssh",
)
# fmt: on


@every_way
def test_foreign_scheme_is_refused(way: Way) -> None:
    for field in way.outward:
        scheme, separator, rest = way.filled("example.org", 80)[field].partition("://")
        if not separator:
            continue
        others = ("http", "https") if scheme.startswith("ws") else ("ws", "wss", "tcp")
        for foreign in [*FOREIGN, *others]:
            assert field in refusals(way, field, f"{foreign}://{rest}"), foreign
            assert field in refusals(way, field, f"{foreign}:{rest}"), foreign


@pytest.mark.parametrize(
    "address",
    [
        *(f"{scheme}://127.0.0.1:6379/x" for scheme in FOREIGN),
        "unix:///var/run/docker.sock",
        "file:///etc/passwd",
        "data:text/html,x",
        "-oProxyCommand=id",
        "--help",
        "-x.example.org",
    ],
)
def test_pasted_address_of_a_foreign_scheme_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        KINDS.guess(address)


@pytest.mark.parametrize("address", [f"http://{METADATA}/", METADATA, f"{METADATA}:22", "[::ffff:a9fe:a9fe]:443"])
async def test_pasted_address_is_judged(network: Network, address: str) -> None:
    with witness() as seen:
        _, _, result = await Probing(network, KINDS).best_of(KINDS.guess(address))
    assert is_refused(result)
    assert seen.connected == []


@pytest.mark.parametrize("is_tls", [False, True])
async def test_canary_is_judged(network: Network, names: NameServer, is_tls: bool) -> None:
    names.records["trap.test"] = [METADATA]
    with witness(names.port) as seen:
        for host in (METADATA, "::ffff:169.254.169.254", "trap.test"):
            assert not await AddressCanary(network, host, 80, is_tls=is_tls).is_alive()
    assert seen.connected == []


async def test_rule_of_a_name_counts_for_each_connection_of_a_check(
    network: Network, names: NameServer, tmp_path: Path
) -> None:
    """The second look at a certificate goes to the same address, and is for the same name."""
    names.records["inside.test"] = ["127.0.0.1"]
    for name in ("https", "certificate versions", "postgresql", "dns"):
        way = WAYS[name]
        async with serving(way.server, tmp_path) as port:
            network.guard.use(OutboundPolicy(is_private_allowed=False, allow=(parse_rule(f"inside.test:{port}"),)))
            with witness(names.port, port) as seen:
                result = await probed(network, way, "inside.test", port)
        assert "is not allowed" not in result.message
        assert len(seen.connected) >= way.connections, (name, result)
