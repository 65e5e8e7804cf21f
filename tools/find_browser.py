"""Makes sure that the end-to-end tests have a browser: Chromium on PATH, else Debian's package, else Playwright's."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """0 when there is a browser now."""
    path = on_path() or from_debian() or from_playwright()
    if path is None:
        print(
            "No browser was found for the end-to-end tests, and none could be installed. Install Chromium so that "
            "`chromium` is on PATH (Debian, Ubuntu: apt-get install chromium), or let Playwright fetch one: "
            ".venv/bin/playwright install --with-deps chromium",
            file=sys.stderr,
        )
        return 1
    print(f"browser: {path}")
    return 0


def on_path() -> str | None:
    """A browser that is there."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def from_debian() -> str | None:
    """Debian's package, where that may be installed."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print("installing Chromium from Debian ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    return on_path()


def from_playwright() -> str | None:
    """Playwright's own Chromium, in the user's cache."""
    print("fetching Chromium with Playwright ...", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


if __name__ == "__main__":
    sys.exit(main())
