"""The one place that names colours, spaces and type sizes; everything else uses their names.

The colours are Radix scales (in `@radix-ui/colors`), which hold their contrast in light and dark. `python -m
monitor_app.components.theme` writes them as CSS variables into assets/theme.css.
"""

from pathlib import Path
from typing import Final

from monitor_app.domain import colour as tags

SCALES_PACKAGE: Final = "@radix-ui/colors@3.0.0"
STYLESHEETS: Final = (
    "/theme.css",
    "/page.css",
    "/board.css",
    "/board_views.css",
    "/wall.css",
    "/dialogs.css",
    "/holds.css",
    "/service_form.css",
    "/people.css",
    "/services.css",
    "/admin.css",
    "/relations.css",
    "/map.css",
    "/undo.css",
    "/palette.css",
    "/groups.css",
    "/status_pages.css",
    "/display.css",
    "/service_page.css",
    "/service_below.css",
    "/reports.css",
    "/consul.css",
    "/queues.css",
    "/alerts.css",
    "/channels.css",
    "/alert_rules.css",
    "/on_call.css",
    "/maintenance.css",
    "/sent_log.css",
    "/help.css",
    "/tour.css",
)

# What browsers and the page without a server know of the colours: light, dark. That page is shown when no bundle can be
# had, so it cannot import the scales; these are their values.
PLAIN: Final = {
    "page": ("#fcfcfd", "#111113"),
    "raised": ("#f9f9fb", "#18191b"),
    "text": ("#1c2024", "#edeef0"),
    "muted": ("#60646c", "#b0b4ba"),
    "line": ("#e0e1e6", "#2e3135"),
    "control-line": ("#b9bbc6", "#5a6169"),
    "accent-text": ("#3a5bc7", "#9eb1ff"),
    "focus": ("#8da4ef", "#435db1"),
    "bulb": ("#ffc53d", "#ffc53d"),
    "ok-text": ("#208368", "#1fd8a4"),
    "degraded-text": ("#8a5200", "#ffca16"),
    "failed-text": ("#c3300f", "#ff977d"),
    "starting-text": ("#00749e", "#75c7f0"),
    "stopped-text": ("#60646c", "#b0b4ba"),
    "unknown-text": ("#953ea3", "#e796f3"),
    "warn-tint": ("#fff7c2", "#302008"),
    "warn-line": ("#e9c162", "#5c3d05"),
}

TEXT_SHARE: Final = "70%"
GREY: Final = "slate"
ACCENT: Final = "indigo"
# By status, in the order of their numbers: a scale each, and what stands readably on its solid step.
STATUS: Final = {
    "ok": ("jade", "white"),
    "degraded": ("amber", "#21201c"),
    "failed": ("tomato", "white"),
    "starting": ("sky", "#1c2024"),
    "stopped": ("slate", "white"),
    "unknown": ("plum", "white"),
}

# Those that tags and environments may have (domain/colour.py), each a scale of the same name.
TAGS: Final = tags.COLOURS

COLOURS: Final = {
    "page": f"var(--{GREY}-1)",
    "surface": f"var(--{GREY}-1)",
    "raised": f"var(--{GREY}-2)",
    "hover": f"var(--{GREY}-a3)",
    "chosen": f"var(--{ACCENT}-a3)",
    "line": f"var(--{GREY}-a4)",
    "line-strong": f"var(--{GREY}-a6)",
    "control-line": f"var(--{GREY}-a7)",
    "text": f"var(--{GREY}-12)",
    "muted": f"var(--{GREY}-11)",
    "faint": f"var(--{GREY}-a8)",
    "stub": f"var(--{GREY}-a5)",
    "accent": f"var(--{ACCENT}-9)",
    # Step 10 is lighter in the dark: too light for white text.
    "accent-strong": f"color-mix(in srgb, var(--{ACCENT}-9) 88%, black)",
    "accent-text": f"var(--{ACCENT}-11)",
    "accent-tint": f"var(--{ACCENT}-3)",
    "accent-line": f"var(--{ACCENT}-a7)",
    "tint": f"var(--{ACCENT}-a4)",
    "on-accent": "white",
    "focus": f"var(--{ACCENT}-8)",
    "veil": "rgb(0 0 0 / 40%)",
    "foot": "rgb(0 0 0 / 60%)",
}
SPACES: Final = {f"space-{step}": f"{step * 4}px" for step in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)}
TYPE: Final = {
    "type-1": "0.75rem",
    "type-2": "0.8125rem",
    "type-3": "0.875rem",
    "type-4": "1rem",
    "type-5": "1.25rem",
    "type-6": "1.75rem",
    "sans": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
    "mono": 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "Roboto Mono", "DejaVu Sans Mono", monospace',
}
SHAPES: Final = {
    "radius": "6px",
    "radius-small": "4px",
    "radius-large": "10px",
    "row": "36px",
    "top-bar": "52px",
    "rail": "64px",
    "shadow": f"0 8px 28px -6px var(--{GREY}-a6), 0 2px 6px var(--{GREY}-a4)",
}


def stylesheet() -> str:
    """The variables as CSS: the Radix scales in both themes, then the names that pages use."""
    used = dict.fromkeys([GREY, ACCENT, *(scale for scale, _ in STATUS.values()), *TAGS])
    files = [f"{scale}{part}.css" for scale in used for part in ("", "-dark", "-alpha", "-dark-alpha")]
    imports = [f'@import url("@radix-ui/colors/{file}");' for file in files]
    names = COLOURS | _status_colours() | _tag_colours() | SPACES | TYPE | SHAPES
    lines = [f"  --{name}: {value};" for name, value in names.items()]
    head = "/* Written by `python -m monitor_app.components.theme`: change that file, not this one. */"
    # A wall is dark in every theme: its own names stand for the dark scales.
    return "\n".join([head, *imports, "", ":root,", ".wall {", *lines, "}", ""])


def _status_colours() -> dict[str, str]:
    """Step 9 is solid, 11 is text (with some of 12, for a contrast of 4.5 on tints too), 3 is a tint."""
    colours: dict[str, str] = {}
    for status, (scale, on_solid) in STATUS.items():
        colours |= {
            f"{status}-solid": f"var(--{scale}-9)",
            f"{status}-text": f"color-mix(in srgb, var(--{scale}-11) {TEXT_SHARE}, var(--{scale}-12))",
            f"{status}-tint": f"var(--{scale}-3)",
            f"{status}-line": f"var(--{scale}-a6)",
            f"{status}-on": on_solid,
        }
    return colours


def _tag_colours() -> dict[str, str]:
    """As the tints of statuses: the text holds a contrast of 4.5 on the tint."""
    colours: dict[str, str] = {}
    for scale in TAGS:
        colours |= {
            f"tag-{scale}-text": f"color-mix(in srgb, var(--{scale}-11) {TEXT_SHARE}, var(--{scale}-12))",
            f"tag-{scale}-tint": f"var(--{scale}-3)",
            f"tag-{scale}-line": f"var(--{scale}-a6)",
            f"tag-{scale}-solid": f"var(--{scale}-9)",
        }
    return colours


def plain_stylesheet() -> str:
    """The few names of the page without a server, as CSS: by the system, or as somebody chose on the screens."""
    light, dark = ([f"  --{name}: {pair[place]};" for name, pair in PLAIN.items()] for place in (0, 1))
    head = "/* Written by `python -m monitor_app.components.theme`: change that file, not this one. */"
    indented = [f"  {line}" for line in dark]
    system = ["@media (prefers-color-scheme: dark) {", "  :root:not(.light) {", *indented, "  }", "}"]
    return "\n".join([head, ":root {", *light, "}", ":root.dark {", *dark, "}", *system, ""])


def write(folder: Path) -> Path:
    """Write the stylesheets into an assets folder."""
    path = folder / "theme.css"
    path.write_text(stylesheet(), encoding="utf-8")
    (folder / "offline_theme.css").write_text(plain_stylesheet(), encoding="utf-8")
    return path


if __name__ == "__main__":
    write(Path(__file__).resolve().parents[2] / "assets")
