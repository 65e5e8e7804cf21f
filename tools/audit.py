"""Looks for known vulnerabilities in what is installed; fails when there is one, and says what it could not ask."""

import json
import subprocess
import sys
from typing import Any

TIMEOUT_SECONDS = 180


def main() -> int:
    """0: none found, or nobody to ask. 1: found."""
    report = ask()
    if report is None:
        print("audit: NOT DONE, the vulnerability service could not be reached (no network?)")
        return 0
    packages = report["dependencies"]
    vulnerable = [package for package in packages if package.get("vulns")]
    unknown = [package["name"] for package in packages if package.get("skip_reason")]
    for package in vulnerable:
        for vulnerability in package["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            print(f"audit: {package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}")
    if len(unknown) == len(packages):
        print(f"audit: NOT DONE, the vulnerability service answers but knows none of the {len(packages)} packages")
    elif unknown:
        print(f"audit: {len(unknown)} of {len(packages)} packages are unknown to the service: {', '.join(unknown)}")
    if len(unknown) < len(packages) and not vulnerable:
        print(f"audit: no known vulnerability in {len(packages) - len(unknown)} packages")
    return 1 if vulnerable else 0


def ask() -> dict[str, Any] | None:
    """What pip-audit found; None when it could not ask."""
    command = [sys.executable, "-m", "pip_audit", "--local", "--progress-spinner", "off", "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report


if __name__ == "__main__":
    sys.exit(main())
