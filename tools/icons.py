"""Draws the icons of the installed app from assets/favicon.svg, with the browser of the end-to-end tests.

.venv/bin/python tools/icons.py
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from monitor_app.components.installed import ICON_SIZES, TOUCH_SIZE
from monitor_app.components.theme import PLAIN

ASSETS = Path(__file__).resolve().parents[1] / "assets"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# How much of a side the bulb takes: systems cut maskable icons to a circle of four fifths.
PLAIN_SHARE, MASKABLE_SHARE = 0.86, 0.56


def main() -> None:
    """Write them into assets/icons."""
    folder = ASSETS / "icons"
    folder.mkdir(exist_ok=True)
    bulb = (ASSETS / "favicon.svg").read_text(encoding="utf-8")
    dark = PLAIN["page"][1]
    drawn = [(f"icon-{size}.png", size, PLAIN_SHARE, "transparent") for size in ICON_SIZES]
    drawn += [(f"maskable-{size}.png", size, MASKABLE_SHARE, dark) for size in ICON_SIZES]
    drawn += [("apple-touch-icon.png", TOUCH_SIZE, MASKABLE_SHARE + 0.1, dark)]
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, size, share, ground in drawn:
            page = browser.new_page(viewport={"width": size, "height": size})
            side = round(size * share)
            page.set_content(
                f"<style>html{{background:{ground}}}body{{display:grid;place-items:center;height:100vh;margin:0}}"
                f"svg{{width:{side}px;height:{side}px}}</style>{bulb}"
            )
            page.screenshot(path=folder / name, omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
