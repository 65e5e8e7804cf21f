"""Slack, Teams, Discord, Telegram, ntfy and PagerDuty against receivers that answer as their published APIs say."""

import json
from typing import Any

import pytest

from monitor_app.errors import DeliveryFailed, InvalidInput
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from tests.integration.notifiers.conftest import Deliver, told, words
from tests.servers.http import HttpServer, reply, sequence

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
ROUTING_KEY = "0123456789abcdef0123456789ABCDEF"
TELEGRAM_OK = json.dumps({"ok": True, "result": {"message_id": 42}}).encode()
PAGERDUTY_OK = json.dumps({"status": "success", "message": "Event processed", "dedup_key": "x"}).encode()


def sent(server: HttpServer) -> dict[str, Any]:
    """The JSON of the last request."""
    document: dict[str, Any] = json.loads(server.requests[-1].body)
    return document


async def test_slack(deliver: Deliver, server: HttpServer) -> None:
    server.on("/services/T0/B0/xyz", reply(200, b"ok"))
    answer = await deliver("slack", {"url": server.url("/services/T0/B0/xyz")})
    document = sent(server)
    assert answer == "200: ok"
    assert document["text"] == "🔴 Critical: db-main is down"
    header, rich = document["blocks"]
    assert header["text"] == {"type": "plain_text", "text": "🔴 Critical: db-main is down", "emoji": False}
    assert {"type": "link", "url": "https://lightbulb.example/incidents/12", "text": "Open in Lightbulb"} in rich[
        "elements"
    ][-1]["elements"]
    assert len(next(each for each in rich["elements"] if each["type"] == "rich_text_list")["elements"]) == 2


async def test_slack_refuses_a_webhook_that_is_gone(deliver: Deliver, server: HttpServer) -> None:
    server.on("/services/T0/B0/tall-red-frog", reply(404, b"no_service /services/T0/B0/tall-red-frog"))
    with pytest.raises(DeliveryFailed, match="404: no_service") as info:
        await deliver("slack", {"url": server.url("/services/T0/B0/tall-red-frog")})
    assert info.value.is_final
    assert "tall-red-frog" not in str(info.value)


async def test_teams(deliver: Deliver, server: HttpServer) -> None:
    server.on("/workflows/1", reply(202, b""))
    answer = await deliver("teams", {"url": server.url("/workflows/1?sig=abc")}, words(told("resolved")))
    document = sent(server)
    assert answer == "202"
    assert document["type"] == "message"
    card = document["attachments"][0]["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["body"][0]["inlines"][0]["text"] == "✅ Resolved: db-main is down"
    assert card["body"][0]["inlines"][0]["color"] == "good"
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open in Lightbulb", "url": "https://lightbulb.example/incidents/12"}
    ]


async def test_discord(deliver: Deliver, server: HttpServer) -> None:
    limited = reply(429, b'{"message": "You are being rate limited.", "retry_after": 0.65, "global": false}')
    server.on("/api/webhooks/1/abc", sequence(limited, reply(200, b'{"id": "9001", "content": ""}')))
    config = {"url": server.url("/api/webhooks/1/abc?thread_id=5")}
    with pytest.raises(DeliveryFailed) as info:
        await deliver("discord", config)
    assert info.value.retry_after_seconds == 0.65
    assert await deliver("discord", config) == "200: message 9001"
    assert server.requests[-1].path == "/api/webhooks/1/abc?thread_id=5&wait=true"
    document = sent(server)
    assert document["allowed_mentions"] == {"parse": []}
    assert document["embeds"][0]["color"] == 0xE54D2E
    assert document["embeds"][0]["title"] == r"Critical\: db\-main is down"


async def test_telegram(deliver: Deliver, server: HttpServer) -> None:
    limited = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 5}}
    path = f"/bot{TOKEN}/sendMessage"
    server.on(path, sequence(reply(429, json.dumps(limited).encode()), reply(200, TELEGRAM_OK)))
    config = {"url": server.url(""), "token": TOKEN, "chat": "-100123", "topic": 7}
    with pytest.raises(DeliveryFailed) as info:
        await deliver("telegram", config)
    assert (info.value.is_final, info.value.retry_after_seconds) == (False, 5.0)
    assert await deliver("telegram", config) == "200: message 42"
    document = sent(server)
    assert (document["chat_id"], document["message_thread_id"], document["parse_mode"]) == ("-100123", 7, "HTML")
    assert document["text"].startswith("<b>🔴 Critical: db-main is down</b>\n")
    assert not document["disable_notification"]


async def test_telegram_never_tells_the_token(deliver: Deliver, server: HttpServer) -> None:
    server.on(f"/bot{TOKEN}/sendMessage", reply(401, f"no bot {TOKEN}".encode()))
    with pytest.raises(DeliveryFailed, match="401: no bot") as info:
        await deliver("telegram", {"url": server.url(""), "token": TOKEN, "chat": "@ops_chat"})
    assert TOKEN not in str(info.value)
    assert info.value.is_final


async def test_ntfy(deliver: Deliver, server: HttpServer) -> None:
    server.on("/", reply(200, b'{"id":"hwQ2YpKdmg","time":1635528741,"event":"message","topic":"ops"}'))
    config = {"url": server.url(), "topic": "ops", "token": "tk_secret", "tags": "db, eu"}
    assert await deliver("ntfy", config) == "200: message hwQ2YpKdmg"
    document = sent(server)
    assert (document["topic"], document["priority"], document["markdown"]) == ("ops", 5, False)
    assert document["tags"] == ["rotating_light", "db", "eu"]
    assert document["click"] == "https://lightbulb.example/incidents/12"
    assert server.requests[-1].headers["authorization"] == "Bearer tk_secret"
    await deliver("ntfy", config, words(told("resolved")))
    assert (sent(server)["priority"], sent(server)["tags"][0]) == (3, "white_check_mark")


async def test_pagerduty_follows_an_incident(deliver: Deliver, server: HttpServer) -> None:
    server.on("/v2/enqueue", reply(202, PAGERDUTY_OK))
    config = {"url": server.url(""), "routing_key": ROUTING_KEY}
    assert await deliver("pagerduty", config) == "202: Event processed"
    await deliver("pagerduty", config, words(told("update", acknowledged_by="ann")), dedupe_key="n-2")
    await deliver("pagerduty", config, words(told("resolved")), dedupe_key="n-3")
    trigger, acknowledge, resolve = (json.loads(request.body) for request in server.requests)
    assert [each["event_action"] for each in (trigger, acknowledge, resolve)] == ["trigger", "acknowledge", "resolve"]
    assert {each["dedup_key"] for each in (trigger, acknowledge, resolve)} == {"lightbulb-incident-12"}
    assert trigger["payload"]["summary"] == "Critical: db-main is down"
    assert (trigger["payload"]["source"], trigger["payload"]["severity"]) == ("db-main", "critical")
    assert trigger["payload"]["custom_details"]["Probable cause"] == "connection refused"
    assert "payload" not in resolve
    assert NotifierRegistry()["pagerduty"].tells_each_incident


async def test_a_test_leaves_no_incident_open_at_pagerduty(deliver: Deliver, server: HttpServer) -> None:
    server.on("/v2/enqueue", reply(202, PAGERDUTY_OK))
    config = {"url": server.url(""), "routing_key": ROUTING_KEY}
    await deliver("pagerduty", config, words(told("test")), dedupe_key="test-1", incident_key="")
    first, second = (json.loads(request.body) for request in server.requests)
    assert (first["event_action"], second["event_action"]) == ("trigger", "resolve")
    assert first["dedup_key"] == second["dedup_key"] == "test-1"


@pytest.mark.parametrize(
    ("kind", "values", "field", "text"),
    [
        ("slack", {"url": "hooks.slack.com/services/x"}, "url", "must begin with http:// or https://"),
        ("teams", {}, "url", "is required"),
        ("discord", {"url": "https://discord.com/#x"}, "url", "must not contain #"),
        ("telegram", {"token": "x", "chat": "1"}, "token", "must be a token as BotFather gives it"),
        (
            "telegram",
            {"token": TOKEN, "chat": "ops"},
            "chat",
            "must be a number, such as -1001234567890, or @name, got 'ops'",
        ),
        ("ntfy", {"topic": "a/b"}, "topic", "must be 1 to 64 letters, digits, hyphens and underscores, got 'a/b'"),
        ("ntfy", {"topic": "a", "tags": "1,2,3,4,5,6"}, "tags", "must be at most 5 tags, got 6"),
        ("ntfy", {"topic": "a", "token": "a b"}, "token", "without spaces"),
        ("ntfy", {"topic": "a", "tags": "a b"}, "tags", "must be words"),
        ("ntfy", {"topic": "a", "priority": "9"}, "priority", "must be one of 'by severity', '1'"),
        ("pagerduty", {"routing_key": "abc"}, "routing_key", "must be 32 letters and digits"),
    ],
    ids=["slack", "teams", "discord", "token", "chat", "topic", "tags", "spaces", "words", "priority", "key"],
)
def test_wrong_config_is_refused_with_what_is_allowed(kind: str, values: dict[str, Any], field: str, text: str) -> None:
    with pytest.raises(InvalidInput) as info:
        NotifierRegistry()[kind].parse(values)
    assert text in info.value.fields[field]
