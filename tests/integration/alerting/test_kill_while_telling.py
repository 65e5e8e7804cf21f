"""kill -9 between any two steps of a notification, while providers fail: none is missed, and none told twice for long.

What comes twice comes with the same key, and only after it was sent without anybody knowing what became of it.
"""

import asyncio
import email
import json
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from monitor_app.models import (
    AlertRow,
    ChannelRow,
    EscalationRow,
    IncidentEntryRow,
    IncidentRow,
    NotificationIncidentRow,
    NotificationRow,
)
from monitor_app.storage.database import Database
from monitor_app.storage.settings import save_setting
from tests.drills import rounds
from tests.integration.alerting.delivering import STEPS
from tests.paces import at_any_pace
from tests.samples import NOON
from tests.servers.http import Behaviour, Exchange, closing, http_server, reply, resetting, silent
from tests.servers.smtp import smtp_server
from tests.telling import Stage, table

ROOT = Path(__file__).resolve().parents[3]
# In `make test` and in `make drill`.
KILLS = {"sqlite": (5, 50), "postgres": (2, 20)}
# Beyond this, providers that never answer would keep the drill for too long.
SLOWEST = 10
# What is written meanwhile, those first that point to others.
OURS = (NotificationIncidentRow, NotificationRow, EscalationRow, IncidentEntryRow, AlertRow, IncidentRow, ChannelRow)
# After these nobody knows whether the message was taken.
AMBIGUOUS = (silent, closing, resetting)


class Provider:
    """Takes some, refuses some, and loses its temper now and then."""

    def __init__(self, seed: int) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.ambiguous: Counter[str] = Counter()
        self.is_well = False
        self._chance = random.Random(seed)

    async def behave(self, exchange: Exchange) -> None:
        key = exchange.request.headers["webhook-id"]
        behaviour = self._next()
        if behaviour in AMBIGUOUS:
            self.ambiguous[key] += 1
            if self._chance.random() < 0.5:  # it had taken it before
                self._take(key, exchange)
        elif behaviour is _GOOD:
            self._take(key, exchange)
        await behaviour(exchange)

    def _take(self, key: str, exchange: Exchange) -> None:
        self.taken.append((key, json.loads(exchange.request.body)["message"]))

    def _next(self) -> Behaviour:
        if self.is_well or self._chance.random() < 0.6:
            return _GOOD
        return self._chance.choice((*_BAD, *AMBIGUOUS))


_GOOD = reply(200)
_BAD = (reply(500), reply(429, b"slowly", {"Retry-After": "1"}), reply(503))


class Mails:
    """A handler of aiosmtpd that sends some mails away, for now."""

    def __init__(self, seed: int) -> None:
        self.keys: list[str] = []
        self.is_well = False
        self._chance = random.Random(seed)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if not self.is_well and self._chance.random() < 0.3:
            return "451 later"
        mail = email.message_from_bytes(envelope.content)
        # The left half of a Message-ID is the key, a dot, and a hash of it.
        self.keys.append(str(mail["Message-ID"]).strip("<>").partition(".")[0])
        return "250 taken"


@pytest.mark.drill
@pytest.mark.timeout(900)
@at_any_pace
async def test_no_notification_is_lost_by_kill_9(database: Database, database_url: str, pace: int) -> None:
    provider, mails = Provider(7), Mails(7)
    stage = Stage(database)
    await forget(database)
    async with http_server() as http, smtp_server(None, handler=mails) as port:
        http.on("/hook", provider.behave)
        await stage.channel("Hook", config={"url": http.url("/hook")})
        sends = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "a@mail.test", "recipients": "b@mail.test"}
        await stage.channel("Mail", kind="email", config=sends)
        async with database.write() as conn:
            await save_setting(conn, "alerting.group_seconds", 0, "ada", NOON)
        kills = await live_and_die(database, database_url, provider, mails, min(pace, SLOWEST))
    rows = await stage.rows()
    assert Counter((row["state"], row["why"]) for row in rows if row["state"] != "sent") == {}
    incidents = {row["pk"] for row in await stage.incidents()}
    assert incidents
    about = {(row["notification_pk"], row["incident_pk"]) for row in await stage.rows(NotificationIncidentRow)}
    told = {
        (row["channel_name"], row["kind"], pk): row["dedupe_key"] for row in rows for n, pk in about if n == row["pk"]
    }
    for channel, taken in (("Hook", [key for key, _ in provider.taken]), ("Mail", mails.keys)):
        assert set(taken) == {row["dedupe_key"] for row in rows if row["channel_name"] == channel}
        places = {key: place for place, key in reversed(list(enumerate(taken)))}
        for pk in incidents:
            assert places[told[channel, "fired", pk]] < places[told[channel, "resolved", pk]]
    # One key says one thing.
    assert len({(key, message["kind"], message["incident_pk"]) for key, message in provider.taken}) == len(
        {key for key, _ in provider.taken}
    )
    # One more kill after a sending may make one more of it.
    doubles = sum((Counter(key for key, _ in provider.taken) - Counter({key for key, _ in provider.taken})).values())
    assert doubles <= sum(provider.ambiguous.values()) + kills


async def forget(database: Database) -> None:
    """What a try before this one left."""
    async with database.write() as conn:
        for model in OURS:
            await conn.execute(delete(table(model)))


async def live_and_die(database: Database, url: str, provider: Provider, mails: Mails, pace: int) -> int:
    """All rounds, and a last one in which everything is well; returns how many were killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.alerting.delivering",
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    began_at, chance = time.time(), random.Random(7)
    few, all_rounds = KILLS["sqlite" if database.is_sqlite else "postgres"]
    codes = []
    try:
        for number in [*rounds(few, all_rounds), None]:
            step = "none" if number is None else STEPS[number % len(STEPS)]
            provider.is_well = mails.is_well = number is None
            life = {"url": url, "began_at": began_at, "pace": pace, "step": step}
            life |= {"seconds": chance.uniform(0.1, 0.6) * pace}
            life |= {"after": chance.randint(1, 4), "incidents": 0 if number is None else 6}
            process.stdin.write(json.dumps(life).encode() + b"\n")
            codes.append((await process.stdout.readline()).decode().strip())
    finally:
        process.stdin.close()
        process.kill()
        await process.wait()
    assert codes[-1] == "done 0"
    killed = codes[:-1].count("done -9")
    assert killed >= len(codes) // 2
    return killed
