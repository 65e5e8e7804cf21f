"""Looks for known vulnerabilities in what is installed, from PyPI and from npm; fails when there is one.

Those in accepted_vulnerabilities.toml are passed over. What it could not ask, it says.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 180
ROOT = Path(__file__).resolve().parents[1]
ACCEPTED = ROOT / "tools/accepted_vulnerabilities.toml"
LOCK = ROOT / "reflex.lock"
FROM_NPM = "audit: npm:"


def main() -> int:
    """0: none found, or nobody to ask. 1: found."""
    reasons = accepted(ACCEPTED.read_text(encoding="utf-8"))
    found = [*_python(), *_npm()]
    for name, ident, text in found:
        if ident in reasons:
            print(f"audit: {name}: {ident} is accepted: {reasons[ident]}")
        else:
            print(f"audit: {name}: {ident}, {text}")
    return 1 if any(ident not in reasons for _, ident, _ in found) else 0


def accepted(text: str) -> dict[str, str]:
    """Why each accepted vulnerability is, by its id. Raises ValueError for one without a reason."""
    entries = tomllib.loads(text)["accepted"]
    if missing := [entry for entry in entries if not entry.get("id") or not entry.get("why")]:
        raise ValueError(f"each accepted vulnerability needs an id and why: {missing}")
    return {entry["id"]: entry["why"] for entry in entries}


def _python() -> Iterator[tuple[str, str, str]]:
    command = [sys.executable, "-m", "pip_audit", "--local", "--progress-spinner", "off", "--format", "json"]
    report = _report(command, ROOT)
    if report is None or "dependencies" not in report:
        print("audit: NOT DONE, the vulnerability service could not be reached (no network?)")
        return
    packages = report["dependencies"]
    unknown = [package["name"] for package in packages if package.get("skip_reason")]
    if len(unknown) == len(packages):
        print(f"audit: NOT DONE, the vulnerability service answers but knows none of the {len(packages)} packages")
    elif unknown:
        print(f"audit: {len(unknown)} of {len(packages)} packages are unknown to the service: {', '.join(unknown)}")
    found = list(python_findings(packages))
    if len(unknown) < len(packages) and not found:
        print(f"audit: no known vulnerability in {len(packages) - len(unknown)} packages")
    yield from found


def python_findings(packages: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Package, id and what mends it, of each vulnerability in a report of pip-audit."""
    for package in packages:
        for vulnerability in package.get("vulns", []):
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}", vulnerability["id"], f"fixed in {fixed}"


def _npm() -> Iterator[tuple[str, str, str]]:
    npm = shutil.which("npm", path=str(Path(sys.executable).parent))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCK / name, folder)
        command = [npm, "audit", "--json", "--package-lock-only", "--audit-level=none"] if npm else ["npm"]
        report = _report(command, Path(folder))
    if report is None or "vulnerabilities" not in report:
        print(f"{FROM_NPM} NOT DONE, the registry does not tell about vulnerabilities (no network?)")
        return
    found = list(npm_findings(report["vulnerabilities"]))
    if not found:
        print(f"{FROM_NPM} no known vulnerability in the packages of the screens")
    yield from found


def npm_findings(vulnerable: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Package, id and title of each vulnerability in a report of `npm audit` (version 2), once each."""
    for name, package in vulnerable.items():
        for cause in package["via"]:
            if isinstance(cause, dict):  # else the name of another package in this report
                ident = str(cause.get("url", "")).rpartition("/")[2] or str(cause.get("source"))
                yield f"npm {name}", ident, f"{cause.get('severity')}: {cause.get('title')}"


def _report(command: list[str], folder: Path) -> dict[str, Any] | None:
    """What a command prints as JSON; None when it could not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False, cwd=folder)
        report: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return report


if __name__ == "__main__":
    sys.exit(main())
