"""A mail server that takes some recipients of a mail and refuses others, for now or for good."""

import email
from collections.abc import AsyncIterator
from datetime import timedelta
from email.policy import default
from typing import Any

import pytest
from sqlalchemy import update

from monitor_app.alerting.courier import Courier
from monitor_app.bus.local import Bus
from monitor_app.models import AlertRow, ChannelRow
from monitor_app.net import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage.database import Database
from monitor_app.use_cases.alert_following import AlertFollowing
from monitor_app.use_cases.notifications import Notifications
from tests.accounts import on_sqlite
from tests.dispatching import World
from tests.samples import NOON
from tests.servers.smtp import smtp_server
from tests.servers.tcp import closed_port
from tests.telling import table

ANN, BEN, CLEO = "ann@example.org", "ben@example.org", "cleo@example.org"
BUSY, UNKNOWN = "451 4.7.1 greylisted", "550 5.1.1 no such user"


class Mailbox:
    """A handler of aiosmtpd that takes mail for those whom it does not refuse."""

    def __init__(self) -> None:
        self.refuses: dict[str, str] = {}
        self.answer = "250 queued"
        self.got: list[tuple[str, ...]] = []
        self.keys: set[str] = set()
        self.asked: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.asked.append(address)
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.got.append(tuple(envelope.rcpt_tos))
            self.keys.add(str(email.message_from_bytes(envelope.content, policy=default)["message-id"]))
        return self.answer


class Post(World):
    """Its dispatcher hands mail to a real mail server."""

    def __init__(self, database: Database, network: Network, port: int) -> None:
        self._network = network
        super().__init__(database)
        self.config = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "lb@example.org"}

    def another(self, **options: Any) -> Any:
        dispatcher = super().another(**options)

        async def no_history(service_id: str) -> list[str]:
            return []

        courier = Courier(NotifierRegistry(), self._network, self.clock, public_url="", history=no_history)

        async def deliver(parcel: Any) -> str:
            answer = await (courier if parcel.channel.kind == "email" else self.receivers)(parcel)
            return str(answer)

        dispatcher._deliver = deliver
        return dispatcher

    async def mail(self, *recipients: str, name: str = "Mail", **values: Any) -> int:
        config = self.config | {"recipients": ", ".join(recipients)}
        return await self.channel(name, kind="email", config=config, **values)

    async def later_and_send(self, seconds: float) -> None:
        await self.later(seconds)
        await self.dispatcher.tidy()
        await self.dispatcher.look()
        await self.dispatcher.idle()

    async def mails(self) -> list[tuple[str, str, str, str]]:
        return [
            (row["kind"], row["state"], row["why"], row["answer"])
            for row in await self.rows()
            if row["channel_name"] == "Mail"
        ]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def post(database: Database, mailbox: Mailbox) -> AsyncIterator[Post]:
    network = Network()
    async with smtp_server(None, handler=mailbox) as port:
        yield Post(database, network, port)
    await network.close()


async def test_who_is_refused_for_now_gets_it_later_and_nobody_gets_it_twice(post: Post, mailbox: Mailbox) -> None:
    await post.mail(ANN, BEN)
    mailbox.refuses = {BEN: BUSY}
    await post.tell("fired", await post.incident())
    await post.later_and_send(0)
    assert await post.mails() == [("fired", "waiting", "some have it", f"250 queued; refused for now {BEN}: {BUSY}")]
    # Another process goes on where this one was killed.
    post.dispatcher = post.another()
    await post.later_and_send(2)
    mailbox.refuses = {}
    await post.later_and_send(4)
    assert await post.mails() == [("fired", "sent", "", "250 queued")]
    assert mailbox.got == [(ANN,), (BEN,)]
    assert len(mailbox.keys) == 1
    assert mailbox.asked == [ANN, BEN, BEN, BEN]


async def test_whoever_is_refused_for_good_is_named_and_somebody_hears_of_it(post: Post, mailbox: Mailbox) -> None:
    await post.mail(ANN, CLEO)
    await post.channel("Chat", is_default=False)
    mailbox.refuses = {CLEO: UNKNOWN}
    shop = await post.incident()
    await post.tell("fired", shop)
    await post.later_and_send(0)
    said = f"250 queued; refused {CLEO}: {UNKNOWN}"
    assert await post.mails() == [("fired", "sent", "not to all: refused for good", said)]
    await post.later_and_send(1)
    (parcel,) = post.receivers.parcels
    assert (parcel.channel.name, parcel.message["title"], parcel.message["cause"], parcel.message["note"]) == (
        "Chat", "Notifications to Mail do not reach all who get them", said, "Not delivered to all: Shop is down"
    )  # fmt: skip
    alert = (await post.rows(AlertRow))[-1]
    assert (alert["state"], alert["cause"]) == (
        "firing", "Mail: a recipient was refused: the log of what was sent has the answer"
    )  # fmt: skip
    (channel, _) = await post.rows(ChannelRow)
    assert (channel["last_error"], channel["last_sent_at"]) == (said, NOON)
    # Said once; and its end is told when all got something.
    await post.tell("resolved", shop)
    await post.later_and_send(400)
    assert len(post.receivers.parcels) == 1
    mailbox.refuses = {}
    await post.tell("fired", await post.incident("till"))
    await post.later_and_send(1)
    await post.later_and_send(1)
    assert [(one.channel.name, one.message["kind"]) for one in post.receivers.parcels] == [
        ("Chat", "delivery"), ("Chat", "resolved")
    ]  # fmt: skip


@on_sqlite
async def test_where_there_is_no_other_channel_those_hear_of_it_who_get_their_mail(
    post: Post, mailbox: Mailbox
) -> None:
    await post.mail(ANN, CLEO)
    mailbox.refuses = {CLEO: UNKNOWN}
    await post.tell("fired", await post.incident())
    await post.later_and_send(0)
    await post.later_and_send(1)
    assert [kind for kind, *_ in await post.mails()] == ["fired", "delivery"]
    assert mailbox.got == [(ANN,), (ANN,)]
    following = AlertFollowing(post.database, Bus())
    await following.read_now()
    assert following.standing.unreached is None


@on_sqlite
async def test_some_for_good_and_some_for_now(post: Post, mailbox: Mailbox) -> None:
    """Whoever is refused for good is told of at once, and not asked for again."""
    await post.mail(ANN, BEN, CLEO)
    await post.channel("Chat", is_default=False)
    mailbox.refuses = {BEN: BUSY, CLEO: UNKNOWN}
    await post.tell("fired", await post.incident())
    await post.later_and_send(0)
    await post.later_and_send(1)
    assert [one.channel.name for one in post.receivers.parcels] == ["Chat"]
    mailbox.refuses = {CLEO: UNKNOWN}
    await post.later_and_send(2)
    said = f"250 queued; refused {CLEO}: {UNKNOWN}"
    assert await post.mails() == [("fired", "sent", "not to all: refused for good", said)]
    assert mailbox.got == [(ANN,), (BEN,)]
    assert mailbox.asked.count(CLEO) == 1
    assert len(post.receivers.parcels) == 1


@on_sqlite
async def test_who_is_refused_for_now_until_it_is_given_up_is_told_of(post: Post, mailbox: Mailbox) -> None:
    await post.mail(ANN, BEN)
    await post.channel("Chat", is_default=False)
    mailbox.refuses = {BEN: BUSY}
    shop = await post.incident()
    await post.tell("fired", shop)
    await post.later_and_send(0)
    post.clock.at = NOON + timedelta(hours=24)
    await post.later_and_send(0)
    said = f"refused for now {BEN}: {BUSY}"
    ((kind, state, why, answer),) = await post.mails()
    assert (kind, state, why) == ("fired", "sent", "not to all: given up after 24 hours")
    assert said in answer
    await post.later_and_send(1)
    assert post.receivers.parcels[0].message["title"] == "Notifications to Mail do not reach all who get them"
    # Who got it hears of its end.
    mailbox.refuses = {}
    await post.tell("resolved", shop)
    await post.later_and_send(1)
    assert mailbox.got[-1] == (ANN, BEN)
    assert (await post.mails())[-1][:2] == ("resolved", "sent")


async def test_those_who_have_it_do_not_wait_for_the_others_and_nobody_hears_of_the_beginning_after_the_end(
    post: Post, mailbox: Mailbox
) -> None:
    await post.mail(ANN, BEN)
    mailbox.refuses = {BEN: BUSY}
    shop = await post.incident()
    await post.tell("fired", shop)
    for _ in range(3):
        await post.later_and_send(10)
    await post.tell("resolved", shop)
    await post.later_and_send(0)
    assert mailbox.got == [(ANN,), (ANN,)]
    mailbox.refuses = {}
    await post.later_and_send(2)
    await post.later_and_send(600)
    assert [(kind, state, why) for kind, state, why, _ in await post.mails()] == [
        ("fired", "sent", "not to all: the others have a later one"),
        ("resolved", "sent", ""),
    ]
    assert mailbox.got[2:] == [(BEN,)]


@on_sqlite
async def test_who_is_named_instead_of_another_gets_it_too(post: Post, mailbox: Mailbox) -> None:
    """Somebody corrects the address while it waits."""
    mail = await post.mail(ANN, "bne@example.org")
    mailbox.refuses = {"bne@example.org": BUSY}
    await post.tell("fired", await post.incident())
    await post.later_and_send(0)
    channels = table(ChannelRow)
    async with post.database.write() as conn:
        config = post.config | {"recipients": f"{ANN}, {BEN}"}
        await conn.execute(update(channels).where(channels.c.pk == mail).values(config=config))
    await post.later_and_send(2)
    assert mailbox.got == [(ANN,), (BEN,)]
    assert await post.mails() == [("fired", "sent", "", "250 queued")]


@on_sqlite
async def test_nobody_is_left_who_has_not_got_it(post: Post, mailbox: Mailbox) -> None:
    mail = await post.mail(ANN, BEN)
    mailbox.refuses = {BEN: BUSY}
    await post.tell("fired", await post.incident())
    await post.later_and_send(0)
    channels = table(ChannelRow)
    async with post.database.write() as conn:
        config = post.config | {"recipients": ANN}
        await conn.execute(update(channels).where(channels.c.pk == mail).values(config=config))
    await post.later_and_send(2)
    assert mailbox.got == [(ANN,)]
    assert await post.mails() == [("fired", "sent", "", "all recipients have it already")]


@on_sqlite
async def test_when_nobody_is_taken_it_is_a_dead_letter_only_when_all_are_refused_for_good(
    post: Post, mailbox: Mailbox
) -> None:
    await post.mail(BEN, CLEO)
    mailbox.refuses = {BEN: BUSY, CLEO: UNKNOWN}
    await post.tell("fired", await post.incident())
    await post.later_and_send(0)
    mailbox.refuses = {BEN: UNKNOWN, CLEO: UNKNOWN}
    await post.later_and_send(2)
    refused = f"the mail server refuses all recipients: {BEN}: {UNKNOWN}; {CLEO}: {UNKNOWN}"
    assert await post.mails() == [("fired", "dead", "refused for good", refused)]
    assert mailbox.asked.count(CLEO) == 1
    # Sent again it is for all of them.
    mailbox.refuses = {}
    await Notifications(post.database, post.clock).retry(SYSTEM, 1)
    await post.later_and_send(1)
    assert mailbox.got[0] == (BEN, CLEO)


@on_sqlite
async def test_what_some_have_is_no_dead_letter_when_the_server_goes_or_the_channel_is_switched_off(
    post: Post, mailbox: Mailbox
) -> None:
    await post.channel("Chat")
    mails = [await post.mail(ANN, BEN, name=name, is_default=False) for name in ("Mail", "Letters")]
    mailbox.refuses = {BEN: BUSY}
    shop = await post.incident()
    policies = [await post.policy((0, "channel", pk), name=str(pk)) for pk in mails]
    for policy in policies:
        await post.tell("fired", shop, policy_pk=policy)
    await post.later_and_send(0)
    channels = table(ChannelRow)
    async with post.database.write() as conn:
        off, gone = (update(channels).where(channels.c.pk == pk) for pk in mails)
        await conn.execute(off.values(enabled=False))
        lost = {"port": closed_port(), "recipients": f"{ANN}, {BEN}"}
        await conn.execute(gone.values(config=post.config | lost))
    post.clock.at = NOON + timedelta(hours=24)
    await post.later_and_send(0)
    await post.later_and_send(1)
    pages = [(row["channel_name"], row["state"], row["why"]) for row in await post.rows() if row["kind"] == "fired"]
    assert pages == [
        ("Mail", "sent", "not to all: the channel is switched off"),
        ("Letters", "sent", "not to all: given up after 24 hours"),
    ]
    titles = {one.message["title"] for one in post.receivers.parcels if one.message["kind"] == "delivery"}
    assert titles == {f"Notifications to {name} are not delivered" for name in ("Mail", "Letters")}


@on_sqlite
async def test_a_mail_that_is_refused_after_its_recipients_counts_as_taken_by_nobody(
    post: Post, mailbox: Mailbox
) -> None:
    await post.mail(ANN, BEN)
    mailbox.refuses, mailbox.answer = {BEN: BUSY}, "452 no room"
    await post.tell("fired", await post.incident())
    await post.later_and_send(0)
    mailbox.refuses, mailbox.answer = {}, "250 queued"
    await post.later_and_send(2)
    assert mailbox.got == [(ANN, BEN)]
