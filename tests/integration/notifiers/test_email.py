"""Mail through a real mail server: encryption, log-in, refusals, threads, the picture."""

import email
import ssl
import struct
import zlib
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from monitor_app.errors import DeliveryFailed, InvalidInput
from monitor_app.net import Network
from monitor_app.net.policy import OutboundPolicy
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from tests.integration.notifiers.conftest import Deliver, told, words
from tests.paces import at_any_pace
from tests.samples_hostile import PAYLOADS
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.smtp import PASSWORD, USER, smtp_server
from tests.servers.tcp import closed_port, greeting_server, scripted_server

CONFIG = {"host": "mail.test", "recipients": "ops@example.org, ann@example.org", "sender": "lb@example.org"}
LOGIN = {"user": USER, "password": PASSWORD}
HELLO = (b"220 mail.test ESMTP\r\n", b"250 mail.test\r\n")
TAKEN = (*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n")


class Mailbox:
    """Keeps what comes; refuses recipients called nobody."""

    def __init__(self, answer: str = "250 queued as 4711") -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Any] = []
        self._answer = answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append(envelope)
        return self._answer


@pytest.fixture(autouse=True)
def mail_test(names: NameServer) -> None:
    names.records |= {"mail.test": ["127.0.0.1"]}


@pytest.fixture
def context(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    """For a server called mail.test."""
    return authority.issue("mail.test").server_context(tmp_path)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


async def test_plain_mail_says_what_since_when_why_and_what_it_affects(deliver: Deliver) -> None:
    mailbox = Mailbox()
    async with smtp_server(None, handler=mailbox) as port:
        answer = await deliver("email", CONFIG | {"port": port, "tls": "none"})
    (mail,) = mailbox.mails
    assert answer == "250 queued as 4711"
    assert mailbox.envelopes[0].mail_from == "lb@example.org"
    assert mailbox.envelopes[0].rcpt_tos == ["ops@example.org", "ann@example.org"]
    assert mail["subject"] == "[Lightbulb] Critical: db-main is down"
    for body in (text_of(mail), html_of(mail)):
        for part in ("connection refused", "2026-03-01 11:56 UTC", "23 services: web 1, web 2 and 21 more"):
            assert part in body
        assert "https://lightbulb.example/incidents/12" in body
    assert mail["auto-submitted"] == "auto-generated"


async def test_mails_of_an_incident_are_a_thread_and_the_same_mail_has_the_same_id(deliver: Deliver) -> None:
    mailbox = Mailbox()
    async with smtp_server(None, handler=mailbox) as port:
        config = CONFIG | {"port": port, "tls": "none"}
        await deliver("email", config, dedupe_key="n-1")
        await deliver("email", config, dedupe_key="n-1")
        await deliver("email", config, words(told("resolved")), dedupe_key="n-2")
        await deliver("email", config, dedupe_key="n-3", incident_key="")
    first, again, resolved, other = mailbox.mails
    assert first["message-id"] == again["message-id"] != resolved["message-id"]
    assert first["references"] == resolved["references"] == resolved["in-reply-to"]
    assert resolved["subject"] == "[Lightbulb] Resolved: db-main is down"
    assert other["references"] is None
    assert str(first["list-id"]).endswith("<lightbulb-alerts.example.org>")


async def test_starttls_with_log_in(deliver: Deliver, context: ssl.SSLContext) -> None:
    mailbox = Mailbox()
    async with smtp_server(context, handler=mailbox, auth_required=True) as port:
        await deliver("email", CONFIG | LOGIN | {"port": port})
    assert len(mailbox.mails) == 1
    assert mailbox.envelopes


async def test_tls_from_the_first_byte(deliver: Deliver, context: ssl.SSLContext) -> None:
    mailbox = Mailbox()
    async with smtp_server(context, wraps_all=True, handler=mailbox) as port:
        await deliver("email", CONFIG | {"port": port, "tls": "tls"})
    assert len(mailbox.mails) == 1


async def refused(deliver: Deliver, config: dict[str, Any], **more: Any) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as info:
        await deliver("email", CONFIG | config, **more)
    return info.value


async def test_wrong_password_is_final_and_never_told(deliver: Deliver, context: ssl.SSLContext) -> None:
    async with smtp_server(context, handler=Mailbox()) as port:
        err = await refused(deliver, {"port": port, "user": USER, "password": "tall-red-frog"})
    assert str(err).startswith("the mail server refuses the log-in: 535")
    assert (err.is_final, err.is_ambiguous) == (True, False)
    assert "tall-red-frog" not in str(err)


async def test_a_certificate_of_somebody_else_is_refused(deliver: Deliver, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    context = Authority("Another").issue("mail.test").server_context(tmp_path / "other")
    for tls, wraps in (("starttls", False), ("tls", True)):
        async with smtp_server(context, wraps_all=wraps, handler=Mailbox()) as port:
            err = await refused(deliver, {"port": port, "tls": tls})
        assert "TLS certificate is from an unknown issuer" in str(err)
        assert (err.is_final, err.is_ambiguous) == (False, False)


async def test_no_starttls_is_told(deliver: Deliver) -> None:
    async with smtp_server(None, handler=Mailbox()) as port:
        err = await refused(deliver, {"port": port})
    assert str(err) == "the mail server does not offer STARTTLS"
    assert err.is_final


async def test_nobody_listens_may_be_tried_again(deliver: Deliver) -> None:
    err = await refused(deliver, {"port": closed_port(), "tls": "none"})
    assert "connection refused by 127.0.0.1" in str(err)
    assert (err.is_final, err.is_ambiguous) == (False, False)


async def test_one_unknown_recipient_does_not_keep_the_others_from_it(deliver: Deliver) -> None:
    mailbox = Mailbox()
    async with smtp_server(None, handler=mailbox) as port:
        config = {"port": port, "tls": "none"}
        partly = await refused(deliver, config | {"recipients": "nobody@example.org ops@example.org"})
        err = await refused(deliver, config | {"recipients": "nobody@example.org"})
    assert str(partly) == "250 queued as 4711; refused nobody@example.org: 550 no such user"
    assert partly.settled == {"nobody@example.org": "550 no such user", "ops@example.org": ""}
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["ops@example.org"]]
    assert str(err) == "the mail server refuses all recipients: nobody@example.org: 550 no such user"
    assert (partly.is_final, err.is_final) == (True, True)


async def test_who_is_settled_is_not_named_again(deliver: Deliver) -> None:
    mailbox = Mailbox()
    async with smtp_server(None, handler=mailbox) as port:
        await deliver("email", CONFIG | {"port": port, "tls": "none"}, settled={"ops@example.org": ""})
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["ann@example.org"]]


@pytest.mark.parametrize(("code", "is_final"), [("451 later", False), ("554 spam", True)], ids=["later", "never"])
async def test_refused_mail(deliver: Deliver, code: str, is_final: bool) -> None:
    async with smtp_server(None, handler=Mailbox(code)) as port:
        err = await refused(deliver, {"port": port, "tls": "none"})
    assert str(err) == f"the mail server refuses the mail: {code}"
    assert (err.is_final, err.is_ambiguous) == (is_final, False)


@pytest.mark.parametrize("end", ["silence", "cut"])
@at_any_pace
async def test_no_answer_to_a_mail_that_was_sent_is_ambiguous(deliver: Deliver, end: str, pace: int) -> None:
    silence = (b"",) * 10_000 if end == "silence" else ()
    async with scripted_server(*TAKEN, b"354 go on\r\n", *silence) as port:
        err = await refused(deliver, {"port": port, "tls": "none"}, deadline_seconds=0.5 * pace)
    assert (err.is_final, err.is_ambiguous) == (False, True)


@at_any_pace
async def test_silence_before_the_mail_is_not_ambiguous(deliver: Deliver, pace: int) -> None:
    async with greeting_server(b"") as port:
        err = await refused(deliver, {"port": port, "tls": "none"}, deadline_seconds=0.3 * pace)
    assert str(err) == f"no answer within {0.3 * pace:g} s during the greeting"
    assert not err.is_ambiguous


async def test_outbound_rules_hold(deliver: Deliver, network: Network) -> None:
    network.guard.use(OutboundPolicy(is_private_allowed=False))
    async with smtp_server(None, handler=Mailbox()) as port:
        err = await refused(deliver, {"port": port, "tls": "none"})
    assert "connecting to 127.0.0.1 is not allowed" in str(err)
    assert err.is_final


async def test_picture_of_the_last_checks(deliver: Deliver) -> None:
    mailbox = Mailbox()
    history = ("OK",) * 50 + ("", "DEGRADED") + ("FAILED",) * 8
    async with smtp_server(None, handler=mailbox) as port:
        await deliver("email", CONFIG | {"port": port, "tls": "none"}, words(told(), history=history))
    (mail,) = mailbox.mails
    assert 'src="cid:history" alt="The last 60 checks: 50 OK, 1 DEGRADED, 8 FAILED"' in html_of(mail)
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert image["content-id"] == "<history>"
    width, height, pixels = opened(image.get_content())
    assert (width, height) == (598, 32)
    assert pixels[0][:8] == b"\1" * 8
    assert pixels[0][-8:] == b"\3" * 8
    assert pixels[-1][-8:] == b"\7" * 8


def opened(png: bytes) -> tuple[int, int, list[bytes]]:
    """Size and rows of a PNG as it is written here."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack_from("!I", png, at)
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from("!I", png, at + 8 + length) == (zlib.crc32(name + data),)
        chunks[name] = data
        at += 12 + length
    width, height = struct.unpack_from("!II", chunks[b"IHDR"])
    rows = zlib.decompress(chunks[b"IDAT"])
    return width, height, [rows[row * (width + 1) + 1 : (row + 1) * (width + 1)] for row in range(height)]


async def test_hostile_text_stays_text(deliver: Deliver) -> None:
    mailbox = Mailbox()
    async with smtp_server(None, handler=mailbox) as port:
        for payload in PAYLOADS:
            message = told(text=payload, title=payload, root_label=payload)
            await deliver("email", CONFIG | {"port": port, "tls": "none"}, words(message))
    assert len(mailbox.mails) == len(PAYLOADS)
    for mail in mailbox.mails:
        assert "<script" not in html_of(mail).lower()
        assert "data-hostile>" not in html_of(mail).replace("data-hostile&gt;", "")
        assert not mail.defects
        assert set(mail.keys()) <= {
            "Subject", "From", "To", "Date", "Message-ID", "List-ID", "In-Reply-To", "References", "Auto-Submitted",
            "X-Auto-Response-Suppress", "Importance", "MIME-Version", "Content-Type",
            "X-Peer", "X-MailFrom", "X-RcptTo",
        }  # fmt: off


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"recipients": "ops"}, "recipients", "must be mail addresses such as ops@example.org, got 'ops'"),
        ({"recipients": " , "}, "recipients", "must name at least one mail address"),
        ({"recipients": "a@x.org\r\nBcc: b@x.org"}, "recipients", "must be mail addresses"),
        ({"sender": "lb@exa mple.org"}, "sender", "must be mail addresses"),
        ({"recipients": ", ".join(f"a{n}@x.org" for n in range(51))}, "recipients", "at most 50 addresses, got 51"),
        ({"user": "ann"}, "password", "is required with a user"),
        ({"host": "mail test"}, "host", "without spaces"),
    ],
    ids=["no-at", "nobody", "line-break", "space", "many", "no-password", "host"],
)
def test_wrong_config_is_refused_with_what_is_allowed(values: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as info:
        NotifierRegistry()["email"].parse(CONFIG | values)
    assert words in info.value.fields[field]
