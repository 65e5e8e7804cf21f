"""Makes sure that the tests have real servers: those on PATH, else Debian's packages unpacked into .venv/servers.

Nothing is installed and no rights are needed: apt-get fetches the packages that are missing on this machine, with the
libraries they need, and dpkg unpacks them. `tools/find_servers.py dnsmasq` fetches others than the usual ones.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SERVERS = Path(__file__).resolve().parents[1] / ".venv" / "servers"
# A program and the Debian package that has it.
PACKAGES = {
    "redis-server": "redis-server",
    "mariadbd": "mariadb-server-core",
    "dovecot": "dovecot-imapd",
    "pgbouncer": "pgbouncer",
    "nsd": "nsd",
    "slapd": "slapd",
    "dnsmasq": "dnsmasq-base",
    "prometheus": "prometheus",
    "promtool": "prometheus",
}
USUAL = ("redis-server", "mariadbd", "dovecot", "pgbouncer", "nsd", "slapd", "prometheus", "promtool")
PLACES = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
# They belong to the machine's own loader: beside another one they break every program.
NEVER_UNPACKED = ("libc6_", "libc-bin_")
FETCH_SECONDS = 120


def main(names: list[str]) -> int:
    """0 when all these programs are there now."""
    wanted = names or list(USUAL)
    unknown = [name for name in wanted if name not in PACKAGES]
    if unknown:
        print(f"servers: must be of {', '.join(PACKAGES)}, got {', '.join(unknown)}", file=sys.stderr)
        return 1
    missing = [name for name in wanted if find(name) is None]
    trouble = fetch(list(dict.fromkeys(PACKAGES[name] for name in missing))) if missing else ""
    still_missing = [name for name in missing if find(name) is None]
    if still_missing:
        print(
            f"servers: the tests need {', '.join(still_missing)}, found neither on PATH nor as Debian's package. "
            f"Install {', '.join(still_missing)} with this system's own means. {trouble}",
            file=sys.stderr,
        )
        return 1
    print("servers: " + ", ".join(str(find(name)) for name in wanted))
    return 0


def find(name: str) -> Path | None:
    """The program, wherever it is; PATH of a plain user leaves out the folders of servers."""
    for root in (SERVERS, Path("/")):
        for place in PLACES:
            if os.access(root / place / name, os.X_OK):
                return root / place / name
    found = shutil.which(name)
    return Path(found) if found else None


def fetch(packages: list[str]) -> str:
    """Unpack the packages and what they need; returns what went wrong, in words, or nothing."""
    tools = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    if tools:
        return f"Fetching them takes Debian's {' and '.join(tools)}, which is not here."
    print(f"servers: fetching {', '.join(packages)} from Debian ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="lightbulb-servers-") as folder:
        cache = Path(folder)
        trouble = _download(packages, cache, update=False)
        if trouble:  # no lists of packages here, or old ones
            trouble = _download(packages, cache, update=True)
        return trouble or _unpack(sorted((cache / "archives").glob("*.deb")))


def _download(packages: list[str], cache: Path, *, update: bool) -> str:
    (cache / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    options = [
        f"Dir::Cache={cache}",
        "Debug::NoLocking=1",
        "APT::Sandbox::User=" + ("root" if os.geteuid() == 0 else ""),
    ]
    if update:
        (cache / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        options.append(f"Dir::State::Lists={cache / 'lists'}")
    apt = ["apt-get", "-qq", *(part for option in options for part in ("-o", option))]
    if update:
        trouble = _run([*apt, "update"])
        if trouble:
            return trouble
    return _run([*apt, "install", "--yes", "--no-install-recommends", "--download-only", *packages])


def _unpack(archives: list[Path]) -> str:
    """Into a folder beside, which then takes the place of the old one: half a server is none."""
    SERVERS.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="servers-", dir=SERVERS.parent) as folder:
        new = Path(folder) / "servers"
        if SERVERS.exists():
            shutil.copytree(SERVERS, new, symlinks=True)
        for archive in archives:
            if archive.name.startswith(NEVER_UNPACKED):
                continue
            trouble = _run(["dpkg-deb", "--extract", str(archive), str(new)])
            if trouble:
                return trouble
        if not new.exists():
            return "apt-get fetched nothing."
        # A server that must not run as root has to reach its own files.
        subprocess.run(["chmod", "-R", "u+rwX,go+rX", str(new)], check=True)
        shutil.rmtree(SERVERS, ignore_errors=True)
        new.rename(SERVERS)
    return ""


def _run(command: list[str]) -> str:
    """What it complained about when it failed, else nothing."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} did not end within {FETCH_SECONDS} s."
    if done.returncode == 0:
        return ""
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    return f"{command[0]} said: " + " / ".join(lines[-3:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
