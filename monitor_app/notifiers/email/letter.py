"""A notification as a mail: text and HTML, and the headers that make an incident one thread."""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape

from monitor_app.domain.alerting.rendered import Fact, Item, Rendered
from monitor_app.notifiers.email.config import Config
from monitor_app.notifiers.email.picture import picture, words
from monitor_app.plugins.notifier_kinds import Sending

NAME = "Lightbulb"
PICTURE = "history"
# The program's own scale of colours, as mail knows no style sheets of ours.
_OVER = "#218358"
_EDGES = {"info": "#8b8d98", "warning": "#ffba18", "critical": "#e54d2e"}


def letter(config: Config, rendered: Rendered, sending: Sending) -> EmailMessage:
    """The whole mail. The same notification always makes the same Message-ID (RFC 5322, section 3.6.4)."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"[{NAME}] {rendered.title}"
    mail["From"] = formataddr((NAME, config.sender))
    mail["To"] = config.recipients
    mail["Date"] = format_datetime(sending.now)
    _add_thread(mail, config, sending)
    # RFC 3834: nobody answers it by machine.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if rendered.severity == "critical" and not rendered.is_over:
        mail["Importance"] = "high"
    mail.set_content(f"{rendered.title}\n\n{rendered.text}\n", cte="quoted-printable")
    has_picture = config.with_picture and bool(rendered.history)
    mail.add_alternative(_html(rendered, has_picture=has_picture), subtype="html", cte="quoted-printable")
    if has_picture:
        html = mail.get_body(("html",))
        assert isinstance(html, EmailMessage), "added a moment ago"
        html.add_related(
            picture(rendered.history), "image", "png", cid=f"<{PICTURE}>", disposition="inline", filename="history.png"
        )
    return mail


def _add_thread(mail: EmailMessage, config: Config, sending: Sending) -> None:
    """All mails of an incident refer to one that was never sent, so they belong together in any order."""
    host = config.sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{_name(sending.dedupe_key)}@{host}>"
    mail["List-ID"] = f"{NAME} alerts <lightbulb-alerts.{host}>"
    if sending.incident_key:
        root = f"<{_name(sending.incident_key)}@{host}>"
        mail["In-Reply-To"] = root
        mail["References"] = root


def _name(key: str) -> str:
    """A key as the left half of a Message-ID, which has letters, digits and few others."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in key)[:60]
    return f"{plain}.{hashlib.blake2s(key.encode(), digest_size=6).hexdigest()}"


def _html(rendered: Rendered, *, has_picture: bool) -> str:
    edge = _OVER if rendered.is_over else _EDGES[rendered.severity]
    parts = [f'<h1 style="font-size:20px;line-height:1.3;margin:0 0 12px">{escape(rendered.title)}</h1>']
    if rendered.summary:
        lines = escape(rendered.summary).replace("\n", "<br>")
        parts.append(f'<p style="margin:0 0 12px">{lines}</p>')
    if rendered.facts:
        parts.append(_table(rendered.facts))
    if has_picture:
        alt = escape(words(rendered.history))
        parts.append(f'<p style="margin:12px 0"><img src="cid:{PICTURE}" alt="{alt}" style="max-width:100%"></p>')
    if rendered.items:
        more = f"<li>{escape(rendered.more_words)}</li>" if rendered.more else ""
        rows = "".join(_item(item) for item in rendered.items)
        parts.append(f'<ul style="margin:12px 0;padding-left:20px">{rows}{more}</ul>')
    if rendered.url:
        parts.append(
            f'<p style="margin:16px 0 0"><a href="{escape(rendered.url)}" style="color:#3e63dd">Open in {NAME}</a></p>'
        )
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>'
        '<body style="margin:0;padding:16px;font:15px/1.5 system-ui,sans-serif">'
        f'<div style="max-width:640px;border-left:4px solid {edge};padding:4px 0 4px 16px">{"".join(parts)}</div>'
        "</body></html>"
    )


def _table(facts: tuple[Fact, ...]) -> str:
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;vertical-align:top;color:#80838d">{escape(fact.name)}</td>'
        f'<td style="padding:2px 0">{escape(fact.text)}</td></tr>'
        for fact in facts
    )
    return f'<table role="presentation" style="border-collapse:collapse">{rows}</table>'


def _item(item: Item) -> str:
    name = f'<a href="{escape(item.url)}">{escape(item.name)}</a>' if item.url else escape(item.name)
    return f"<li>{name}{f': {escape(item.text)}' if item.text else ''}</li>"
