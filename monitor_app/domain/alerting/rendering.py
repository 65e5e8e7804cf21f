"""What a notification says, put into words: the standard texts, or those that a person wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from monitor_app.domain.alerting.message import Message, ToldAlert
from monitor_app.domain.alerting.rendered import Event, Fact, Item, Rendered
from monitor_app.domain.alerting.severity import rank
from monitor_app.domain.alerting.template import TITLE_LIMIT, filled
from monitor_app.domain.public_page import duration
from monitor_app.redact import harmless

CAUSE_LIMIT: Final = 500
NAME_LIMIT: Final = 120
ITEMS_LIMIT: Final = 10
HISTORY_LIMIT: Final = 60
# A text of a person with all that was put into it.
SUMMARY_LIMIT: Final = 8000

_BEGINNINGS: Final[Mapping[str, str]] = {
    "resolved": "Resolved",
    "update": "Update",
    "repeat": "Still open",
    "escalated": "Escalated",
}


def render(
    message: Message,
    *,
    templates: Mapping[str, str] | None = None,
    public_url: str = "",
    history: Sequence[str] = (),
) -> Rendered:
    """The message in words. `templates` are those of the channel; `history` is that of the root service.

    Without a public URL there are no links.
    """
    standard = _standard(message, public_url.rstrip("/"), tuple(history)[-HISTORY_LIMIT:])
    if not templates:
        return standard
    values = _values(message, standard)
    found = standard
    if written := templates.get("title"):
        found = replace(found, title=_line(filled(written, values), TITLE_LIMIT) or standard.title)
    if written := templates.get("body"):
        lines = (harmless(line, SUMMARY_LIMIT) for line in filled(written, values).split("\n"))
        found = replace(found, summary="\n".join(lines)[:SUMMARY_LIMIT], facts=(), items=(), more=0)
    return found


def _standard(message: Message, public_url: str, history: tuple[str, ...]) -> Rendered:
    subject = _line(message.title, TITLE_LIMIT)
    beginning = _BEGINNINGS.get(message.kind, message.severity.capitalize())
    items = _items(message, public_url)
    count = message.firing + message.resolved
    return Rendered(
        event=_event(message),
        severity=message.severity,
        title=_line(f"{beginning}: {subject}", TITLE_LIMIT),
        summary=_summary(message),
        facts=tuple(_facts(message)),
        items=items,
        more=max(0, count - len(items)) if items else 0,
        url=f"{public_url}{message.path}" if public_url else "",
        subject=subject,
        history=history,
        data=message.document(),
    )


def _event(message: Message) -> Event:
    if message.is_resolved:
        return "resolve"
    return "acknowledge" if message.acknowledged_by else "trigger"


def _summary(message: Message) -> str:
    """The first sentence; nothing where the title says it all."""
    took = _taken(message)
    match message.kind:
        case "resolved":
            over = f"It is over after {took}" if took else "It is over"
            # Not up again, so far as is known: nobody looks any more.
            why = f", but not because it recovered: {_line(message.note, CAUSE_LIMIT)}" if message.note else "."
            return over + why
        case "repeat":
            return f"It has been open for {took}." if took else "It is still open."
        case "escalated":
            return f"Nobody has acknowledged this for {took}." if took else "Nobody has acknowledged this."
        case "test":
            return "This is a test: nothing is wrong. Messages of this channel look like this."
        case _ if message.firing > 1:
            return f"{message.firing} alerts are firing."
        case _:
            return ""


def _facts(message: Message) -> list[Fact]:
    facts = [Fact("Severity", message.severity), Fact("Since", _moment(message.since))]
    if message.is_resolved and message.resolved_at is not None:
        facts.append(Fact("Until", _moment(message.resolved_at)))
    if message.cause:
        facts.append(Fact("Probable cause", _line(message.cause, CAUSE_LIMIT)))
    if message.root_label and message.root_label not in message.title:
        facts.append(Fact("Began with", _line(message.root_label, NAME_LIMIT)))
    if message.affected_count:
        facts.append(Fact("Affects", _affected(message)))
    if message.firing + message.resolved > 1:
        facts.append(Fact("Alerts", f"{message.firing} firing, {message.resolved} resolved"))
    if message.other_incidents:
        facts.append(Fact("Further incidents", str(message.other_incidents)))
    if message.acknowledged_by:
        facts.append(Fact("Acknowledged by", _line(message.acknowledged_by, NAME_LIMIT)))
    if message.note and not message.is_resolved:
        facts.append(Fact("Note", _line(message.note, CAUSE_LIMIT)))
    return facts


def _affected(message: Message) -> str:
    names = _names(message)
    count = message.affected_count
    words = "1 service" if count == 1 else f"{count} services"
    more = f" and {count - len(names)} more" if names and count > len(names) else ""
    return f"{words}: {', '.join(names)}{more}" if names else words


def _names(message: Message) -> list[str]:
    return [_line(name, NAME_LIMIT) for name in message.affected[:ITEMS_LIMIT]]


def _items(message: Message, public_url: str) -> tuple[Item, ...]:
    """The most important ones, where there are several: what fires first, then the worst, then the oldest."""
    if message.firing + message.resolved <= 1:
        return ()
    ordered = sorted(message.alerts, key=lambda one: (one.state == "resolved", -rank(one.severity), one.since))
    return tuple(_item(alert, public_url) for alert in ordered[:ITEMS_LIMIT])


def _item(alert: ToldAlert, public_url: str) -> Item:
    cause = _line(alert.cause, NAME_LIMIT)
    text = f"resolved ({cause})" if alert.state == "resolved" and cause else cause or alert.state
    url = f"{public_url}/services/{quote(alert.service_id, safe='')}" if public_url and alert.service_id else ""
    return Item(_line(alert.label or alert.service_id or alert.rule, NAME_LIMIT), text, url)


def _values(message: Message, standard: Rendered) -> dict[str, str]:
    """What each name of a template stands for (template.NAMES)."""
    return {
        "title": standard.title,
        "text": standard.text,
        "summary": standard.summary,
        "event": standard.event,
        "severity": standard.severity,
        "service": _line(message.root_label, NAME_LIMIT),
        "service_id": _line(message.root_service_id, NAME_LIMIT),
        "cause": _line(message.cause, CAUSE_LIMIT),
        "since": _moment(message.since),
        "duration": _taken(message),
        "firing": str(message.firing),
        "resolved": str(message.resolved),
        "alerts": "\n".join(f"{item.name}: {item.text}" for item in standard.items),
        "affected": ", ".join(_names(message)),
        "affected_count": str(message.affected_count),
        "acknowledged_by": _line(message.acknowledged_by, NAME_LIMIT),
        "note": _line(message.note, CAUSE_LIMIT),
        "link": standard.url,
    }


def _taken(message: Message) -> str:
    """How long it has been so, or was; "" for less than a second."""
    until = message.resolved_at or message.at
    seconds = (until - message.since).total_seconds()
    return duration(seconds) if seconds >= 1 else ""


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _line(text: str, limit: int) -> str:
    """One line that does no harm, of letters that can be written down (no halves of surrogate pairs)."""
    text = text[: 4 * limit].encode("utf-8", "replace").decode()
    return harmless(" ".join(text.split()), limit)
