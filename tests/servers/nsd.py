"""A real authoritative name server (NSD) on loopback, over UDP and TCP, with one zone of all our types of records."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.ports import free_port
from tests.servers.programs import dying_with_us, environment, folder_for, program, running

ZONE = "zone.test"
# More than fits into a datagram.
MANY = 200
_RECORDS = f"""
$ORIGIN {ZONE}.
$TTL 300
@       SOA  ns1 hostmaster 7 3600 600 86400 60
@       NS   ns1
@       NS   NS2.Zone.Test.
@       MX   10 Mail
@       MX   20 mail.elsewhere.test.
@       TXT  "v=spf1 " "-all"
@       CAA  0 issue "ca.test"
ns1     A    192.0.2.53
ns2     A    192.0.2.54
mail    A    192.0.2.25
mail    AAAA 2001:db8::25
www     60 CNAME web
web     A    192.0.2.80
away    CNAME www.elsewhere.test.
_sip._tcp SRV 1 2 5060 sip
sip     A    192.0.2.50
"""
_CONFIG = """
server:
  ip-address: 127.0.0.1
  port: {port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{folder}"
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  logfile: "{folder}/log"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: {zone}
  zonefile: zone
"""


@dataclass(frozen=True)
class NsdServer:
    """Listens at 127.0.0.1."""

    port: int


@contextlib.contextmanager
def running_nsd() -> Iterator[NsdServer]:
    """Start a server with a folder of its own and stop it at the end. It also ends when this process is killed."""
    with folder_for("nsd") as folder:
        port = free_port()
        many = "".join(f"many A 192.0.2.{number}\n" for number in range(1, MANY + 1))
        (folder / "zone").write_text(_RECORDS + many)
        (folder / "nsd.conf").write_text(_CONFIG.format(port=port, folder=folder, zone=ZONE))
        command = dying_with_us(program("nsd"), "-d", "-c", folder / "nsd.conf")
        with running(command, port, folder, environment()):
            yield NsdServer(port)
