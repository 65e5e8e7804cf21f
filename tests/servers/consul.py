"""A real Consul agent on loopback, in development mode; and what a person would do with it."""

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ports import free_port
from tests.servers.certificates import Authority
from tests.servers.programs import dying_with_us, environment, folder_for, program, running

MASTER_TOKEN = "6e3f2b1a-0c4d-4e5f-8a9b-1c2d3e4f5a6b"
NODE = "rack-1"
START_SECONDS = 120


@dataclass(frozen=True)
class ConsulServer:
    """A running agent. With ACLs on, `token` is its master token."""

    port: int
    token: str = ""
    tls_port: int = 0

    @property
    def address(self) -> str:
        """As a connection has it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_address(self) -> str:
        """The same with TLS, where a client has to show a certificate."""
        return f"https://127.0.0.1:{self.tls_port}"

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """One call of its API; returns the document, None where there is none."""
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Consul-Token": self.token if token is None else token},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            said = response.read()
        return json.loads(said) if said.strip() else None

    def register(
        self, name: str, identifier: str = "", *, port: int = 80, checks: Sequence[dict[str, Any]] = (), **more: Any
    ) -> None:
        """A service of the agent; `more` is Tags, Meta, Address."""
        body = {"Name": name, "ID": identifier or name, "Port": port, "Checks": list(checks), **more}
        self.call("PUT", "/v1/agent/service/register?replace-existing-checks=true", body)

    def deregister(self, identifier: str) -> None:
        """It is not there any more."""
        self.call("PUT", f"/v1/agent/service/deregister/{identifier}")

    def tell(self, check: str, status: str, output: str = "") -> None:
        """A TTL check is passing, warning or critical."""
        self.call("PUT", f"/v1/agent/check/update/{check}", {"Status": status, "Output": output})

    def maintain(self, identifier: str, *, is_on: bool, reason: str = "") -> None:
        """The service's maintenance mode."""
        word = "true" if is_on else "false"
        self.call("PUT", f"/v1/agent/service/maintenance/{identifier}?enable={word}&reason={reason}")

    def policy_token(self, name: str, rules: str) -> str:
        """A token that may do what these rules say."""
        self.call("PUT", "/v1/acl/policy", {"Name": name, "Rules": rules})
        made: dict[str, str] = self.call("PUT", "/v1/acl/token", {"Policies": [{"Name": name}]})
        return made["SecretID"]


def ttl(identifier: str, status: str = "passing") -> dict[str, Any]:
    """A check that the service reports itself."""
    return {"CheckID": identifier, "Name": identifier, "TTL": "1h", "Status": status}


@contextlib.contextmanager
def running_consul(
    port: int = 0, *, has_acl: bool = False, authority: Authority | None = None
) -> Iterator[ConsulServer]:
    """Start an agent that is its own server, and stop it at the end. It also ends when this process is killed.

    With an authority it also listens with TLS, to those who show a certificate of that.
    """
    port, tls_port = port or free_port(), 0
    with folder_for("consul") as place:
        options = [
            "agent",
            "-dev",
            "-node", NODE,
            "-client", "127.0.0.1",
            "-bind", "127.0.0.1",
            "-http-port", str(port),
            "-dns-port", "-1",
            "-grpc-port", "-1",
            "-serf-wan-port", "-1",
            "-serf-lan-port", str(free_port()),
            "-server-port", str(free_port()),
        ]  # fmt: skip
        if has_acl:
            rules = {"acl": {"enabled": True, "default_policy": "deny", "tokens": {"master": MASTER_TOKEN}}}
            (place / "acl.json").write_text(json.dumps(rules))
            options += ["-config-file", str(place / "acl.json")]
        if authority is not None:
            tls_port = free_port()
            certificate, key = authority.issue("localhost", "127.0.0.1").write(place)
            (place / "ca.pem").write_bytes(authority.pem)
            files = {"ca_file": str(place / "ca.pem"), "cert_file": str(certificate), "key_file": str(key)}
            ports = {"ports": {"https": tls_port}, "verify_incoming_https": True}
            (place / "tls.json").write_text(json.dumps(files | ports))
            options += ["-config-file", str(place / "tls.json")]
        server = ConsulServer(port, MASTER_TOKEN if has_acl else "", tls_port)
        tls_ports = [tls_port] if tls_port else []
        command = dying_with_us(program("consul"), *options)
        with running(command, port, place, environment(), more_ports=tls_ports) as process:
            until = time.monotonic() + START_SECONDS
            while not _is_ready(server):
                if time.monotonic() > until:
                    pytest.fail("Consul has no leader, or does not know itself", pytrace=False)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
            yield server


def _is_ready(server: ConsulServer) -> bool:
    """It has a leader, and its own node with its check is in the catalogue."""
    try:
        return bool(server.call("GET", "/v1/health/node/" + NODE))
    except (urllib.error.URLError, OSError, ValueError):
        return False
