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
    "consul": "consul",
}
# Debian has them no more: they come from its release before, and need nothing but the C library.
OLDER = {"consul": "bullseye"}
USUAL = ("redis-server", "mariadbd", "dovecot", "pgbouncer", "nsd", "slapd", "prometheus", "promtool", "consul")
PLACES = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
# They belong to the machine's own loader: beside another one they break every program.
NEVER_UNPACKED = ("libc6_", "libc-bin_")
FETCH_SECONDS = 120
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def main(names: list[str]) -> int:
    """0 when all these programs are there now."""
    wanted = names or list(USUAL)
    unknown = [name for name in wanted if name not in PACKAGES]
    if unknown:
        print(f"servers: must be of {', '.join(PACKAGES)}, got {', '.join(unknown)}", file=sys.stderr)
        return 1
    missing = [name for name in wanted if find(name) is None]
    packages = list(dict.fromkeys(PACKAGES[name] for name in missing))
    trouble = fetch([package for package in packages if package not in OLDER])
    trouble = " ".join(filter(None, [trouble, *(fetch_older(each) for each in packages if each in OLDER)]))
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
    if not packages:
        return ""
    if trouble := _missing_tools():
        return trouble
    print(f"servers: fetching {', '.join(packages)} from Debian ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="lightbulb-servers-") as folder:
        cache = Path(folder)
        trouble = _download(packages, cache, update=False)
        if trouble:  # no lists of packages here, or old ones
            trouble = _download(packages, cache, update=True)
        return trouble or _unpack(sorted((cache / "archives").glob("*.deb")))


def fetch_older(package: str) -> str:
    """The same for one that only an older release has, from the mirror that this machine uses anyway."""
    if trouble := _missing_tools():
        return trouble
    mirror = _mirror()
    if not mirror:
        return f"Fetching {package} takes a mirror of Debian, and apt-get knows none here."
    release = OLDER[package]
    print(f"servers: fetching {package} from Debian's {release} ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="lightbulb-servers-") as folder:
        root = Path(folder)
        for part in ("lists/partial", "cache/archives/partial"):
            (root / part).mkdir(parents=True)
        (root / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {release} main\n")
        options = {
            "Dir::Etc::SourceList": root / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": root / "lists",
            "Dir::Cache": root / "cache",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        }
        apt = ["apt-get", "-qq", *(part for name, value in options.items() for part in ("-o", f"{name}={value}"))]
        trouble = _run([*apt, "update"]) or _run([*apt, "download", package], cwd=root)
        return trouble or _unpack(sorted(root.glob("*.deb")))


def _mirror() -> str:
    """Where this machine gets Debian from, but for the security updates."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return next((line for line in said.splitlines() if line and "security" not in line), "")


def _missing_tools() -> str:
    tools = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    return f"Fetching them takes Debian's {' and '.join(tools)}, which is not here." if tools else ""


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


def _run(command: list[str], cwd: Path | None = None) -> str:
    """What it complained about when it failed, else nothing."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False, cwd=cwd
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} did not end within {FETCH_SECONDS} s."
    if done.returncode == 0:
        return ""
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    return f"{command[0]} said: " + " / ".join(lines[-3:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
