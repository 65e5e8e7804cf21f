"""A report as PDF: the figures on top, groups, services, downtimes. Every text is drawn as it is, cut to its column."""

import logging
import math
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from fpdf import FPDF

from monitor_app.domain.sla import verdict_of
from monitor_app.domain.uptime import Uptime
from monitor_app.use_cases.reports.content import Report, ReportLine
from monitor_app.use_cases.reports.lettering import placed
from monitor_app.use_cases.reports.written import lasted_seconds

# DejaVu has Latin, Greek, Cyrillic and Arabic letters; what it lacks is drawn as a box.
FONT: Final = Path(__file__).with_name("DejaVuSansCondensed.ttf")
# A table of thousands of lines is read by programs: they take the CSV file.
LINES_LIMIT: Final = 1500
DOWNTIMES_LIMIT: Final = 500
# Longer texts are not measured letter by letter.
_TEXT_LIMIT: Final = 120
_NAME: Final = "text"
_MARGIN: Final = 12
_ROW: Final = 5.2
_PAGES: Final = 30  # the room of "12 of 40", in mm
_TITLES: Final = (18, 15, 12)
_INK: Final = (28, 32, 38)
_SOFT: Final = (105, 112, 122)
_RULE: Final = (222, 225, 230)
_RED: Final = (186, 38, 38)
_UNKNOWN: Final = "–"
_BREAK: Final = "…"
_MISSING: Final = "□"

# A column: its heading, its width in mm, "L" or "R".
Column = tuple[str, float, str]
_GROUPS: Final[tuple[Column, ...]] = (
    ("Group", 90, "L"),
    ("Services", 25, "R"),
    ("Availability", 30, "R"),
    ("Target", 25, "R"),
    ("Coverage", 25, "R"),
)
_SERVICES: Final[tuple[Column, ...]] = (
    ("Service", 58, "L"),
    ("Group", 36, "L"),
    ("Availability", 24, "R"),
    ("Target", 17, "R"),
    ("Down", 22, "R"),
    ("Times", 13, "R"),
    ("Longest", 20, "R"),
    ("Maintenance", 23, "R"),
    ("Paused", 20, "R"),
    ("Coverage", 20, "R"),
    ("p95", 20, "R"),
)
_DOWNTIMES: Final[tuple[Column, ...]] = (
    ("Service", 62, "L"),
    ("From (UTC)", 34, "L"),
    ("To (UTC)", 34, "L"),
    ("Lasted", 24, "R"),
    ("", 4, "L"),  # or a length would touch the words behind it
    ("Cause", 115, "L"),
)


def as_pdf(report: Report, go_on: Callable[[], None]) -> bytes:
    """The file; it takes seconds, for a thread. `go_on` is asked now and then, and raises when nobody wants it."""
    # They tell of each letter that a font lacks, in words of people's names.
    for name in ("fpdf", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    sheet = _Sheet(report, go_on)
    sheet.head(report)
    if len(report.groups) > 1:
        rows = [_group_row(name, number, uptime, report) for name, number, uptime in report.groups[:LINES_LIMIT]]
        sheet.listing("Groups", _GROUPS, rows, len(report.groups))
    services = [_service_row(line, report.wanted.target) for line in report.lines[:LINES_LIMIT]]
    sheet.listing("Services", _SERVICES, services, len(report.lines))
    downtimes = [
        (
            (
                report.names[one.service_pk][1],
                _time(one.started_at),
                _time(one.ended_at),
                _length(lasted_seconds(one)),
                "",
                one.cause,
            ),
            False,
        )
        for one in report.downtimes[:DOWNTIMES_LIMIT]
    ]
    if downtimes:
        sheet.listing("Downtimes, the newest first", _DOWNTIMES, downtimes, len(report.downtimes))
    return bytes(sheet.output())


class _Sheet(FPDF):
    """A4 across; at the foot of each page what it is of, and which of how many."""

    def __init__(self, report: Report, go_on: Callable[[], None]) -> None:
        super().__init__(orientation="L", format="A4")
        self._go_on = go_on
        title = report.wanted.title
        # The time first: a title may be long, and one that runs from right to left would turn what follows it.
        self._foot = f"{_span(report)}  ·  {title}"
        self.set_margin(_MARGIN)
        self.set_auto_page_break(False)
        self.add_font(_NAME, fname=FONT)
        self._drawn = _drawn_letters(self)
        self.set_title(_plain(title))
        self.set_creator("Lightbulb")
        self.set_lang("en")
        self.add_page()

    def footer(self) -> None:
        """See FPDF."""
        self.set_y(-_MARGIN + 2)
        self._ink(_SOFT, 7.5)
        self.cell(self.epw - _PAGES, 4, self._fit(self._foot, self.epw - _PAGES - 2))
        self.cell(_PAGES, 4, f"{self.page_no()} of {{nb}}", align="R")

    def head(self, report: Report) -> None:
        """Title, span and the figures of all together."""
        wanted, total = report.wanted, report.total
        for size in _TITLES:
            self._ink(_INK, size)
            if self.get_string_width(wanted.title) <= self.epw:
                break
        self.cell(0, 9, self._fit(wanted.title, self.epw), new_x="LMARGIN", new_y="NEXT")
        self._ink(_SOFT, 9.5)
        number = len(report.lines)
        services = f"{number:,} service{'' if number == 1 else 's'}"
        self.cell(0, 6, f"{_span(report)}  ·  {services}", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)
        sla = verdict_of(total, wanted.target)
        for words, is_red in (
            (f"Availability {share_words(None if total is None else total.uptime)}", False),
            (f"Target {target_words(wanted.target)}: {sla}", sla == "missed"),
            (f"Known {share_words(None if total is None else total.coverage)} of the time", False),
        ):
            self._ink(_RED if is_red else _INK, 12)
            self.cell(self.get_string_width(words) + 12, 7, words)
        self.ln(9)
        self._ink(_SOFT, 8)
        told = "Availability is of the time about which something is known. Maintenance, pauses and what nobody saw "
        self.cell(0, 4.5, f"{told}count neither way.", new_x="LMARGIN", new_y="NEXT")
        made = self._fit(f"Made {_time(report.made_at)} UTC by {report.who} with Lightbulb", self.epw)
        self.cell(0, 4.5, made, new_x="LMARGIN", new_y="NEXT")

    def listing(
        self, title: str, columns: Sequence[Column], rows: Sequence[tuple[Sequence[str], bool]], total: int
    ) -> None:
        """Rows, each with whether it is bad news. Its heading stands on each page again."""
        self.ln(5)
        if self.get_y() > self.h - 40:
            self.add_page()
        self._ink(_INK, 12)
        self.cell(0, 7, title, new_x="LMARGIN", new_y="NEXT")
        self._heading(columns)
        for cells, is_bad in rows:
            if self.get_y() + _ROW > self.h - _MARGIN - 3:
                self._go_on()
                self.add_page()
                self._heading(columns)
            self._ink(_RED if is_bad else _INK, 8)
            self._row(cells, columns)
        if total > len(rows):
            self._ink(_SOFT, 8)
            self.cell(0, _ROW, f"and {total - len(rows)} more: the CSV file has them", new_x="LMARGIN", new_y="NEXT")

    def _heading(self, columns: Sequence[Column]) -> None:
        self._ink(_SOFT, 7.5)
        self._row([name for name, _, _ in columns], columns)

    def _row(self, cells: Sequence[str], columns: Sequence[Column]) -> None:
        for text, (_, width, align) in zip(cells, columns, strict=True):
            self.cell(width, _ROW, self._fit(text, width - 2), align=align)
        self.ln(_ROW)
        self.set_draw_color(*_RULE)
        self.line(self.l_margin, self.get_y(), self.l_margin + sum(width for _, width, _ in columns), self.get_y())

    def _fit(self, text: str, width: float) -> str:
        """As much of a text as there is room for; a box for each letter that the font lacks."""
        plain = "".join(letter if ord(letter) in self._drawn else _MISSING for letter in _plain(text))
        if self.get_string_width(plain) <= width:
            return placed(plain, self._drawn)
        least, most = 0, len(plain)
        while least < most:
            middle = (least + most + 1) // 2
            if self.get_string_width(plain[:middle] + _BREAK) <= width:
                least = middle
            else:
                most = middle - 1
        return placed(plain[:least] + _BREAK, self._drawn)

    def _ink(self, colour: tuple[int, int, int], size: float) -> None:
        self.set_font(_NAME, size=size)
        self.set_text_color(*colour)


def _drawn_letters(sheet: FPDF) -> Collection[int]:
    """The numbers of all letters of the font; FPDF would draw nothing for another one."""
    (font,) = sheet.fonts.values()
    return frozenset(getattr(font, "cmap", ()))


def _group_row(name: str, number: int, uptime: Uptime | None, report: Report) -> tuple[Sequence[str], bool]:
    sla = verdict_of(uptime, report.wanted.target)
    share, coverage = (None, None) if uptime is None else (uptime.uptime, uptime.coverage)
    return (name or "in no group", str(number), share_words(share), sla, share_words(coverage)), sla == "missed"


def _service_row(line: ReportLine, target: float) -> tuple[Sequence[str], bool]:
    figures, sla = line.figures, line.figures.verdict(target)
    cells = (
        line.label,
        line.group,
        share_words(figures.uptime.uptime),
        sla,
        _length(figures.uptime.down_seconds or None),
        str(figures.downtimes or _UNKNOWN),
        _length(figures.longest_seconds or None),
        _length(figures.maintenance_seconds or None),
        _length(figures.paused_seconds or None),
        share_words(figures.uptime.coverage),
        response_words(None if line.percentiles is None else line.percentiles[1]),
    )
    return cells, sla == "missed"


def _plain(text: str) -> str:
    """One line that a page can hold: no control characters, and nothing that turns the direction of what follows."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:_TEXT_LIMIT])
    return shown + (_BREAK if len(text) > _TEXT_LIMIT else "")


def share_words(share: float | None) -> str:
    """In percent, never rounded up: or a target that was missed by a little would look met."""
    if share is None:
        return _UNKNOWN
    if share >= 1 or share <= 0:
        return "100 %" if share > 0 else "0 %"
    floored = math.floor(share * 100_000 + 1e-6) / 1000  # floats fall a little short of what they mean
    return f"{min(floored, 99.999):.3f} %" if floored > 0 else "<0.001 %"


def target_words(share: float) -> str:
    """`99.9 %`: as somebody typed it."""
    return f"{share * 100:.7g} %"


def response_words(ms: float | None) -> str:
    """`4.2 ms`, `42 ms`, `1.25 s`."""
    if ms is None:
        return _UNKNOWN
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def _length(seconds: float | None) -> str:
    """Such as `3 h 12 min`."""
    if seconds is None:
        return _UNKNOWN
    whole = round(seconds)
    days, hours, minutes = whole // 86_400, whole % 86_400 // 3600, whole % 3600 // 60
    parts: list[Any] = [(days, "d"), (hours, "h"), (minutes, "min"), (whole % 60, "s")]
    first = next((place for place, part in enumerate(parts) if part[0]), 3)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number) or f"{seconds:.1f} s"


def _span(report: Report) -> str:
    return f"{_time(report.wanted.since)} to {_time(report.wanted.until)} UTC"


def _time(moment: datetime | None) -> str:
    return "lasts" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
