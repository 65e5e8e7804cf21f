"""Users, invitations, keys, wall screens, settings and the audit log by the API, over real accounts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pyotp import TOTP

from monitor_app.api.app import create_api
from monitor_app.api.audit import Lines
from monitor_app.api.keys import Keys, WallTokenPage
from monitor_app.api.settings import SettingsObject
from monitor_app.api.users import Invitations, Users
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.engine.board import Board
from monitor_app.security.permissions import ADMIN, EDITOR, PERMISSIONS, PROFILE_MANAGE, VIEWER, Identity
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from monitor_app.storage.database import Database
from monitor_app.use_cases.audit_log import AuditLog
from tests.accounts import ADDRESS, PASSWORD, Accounts, accounts_of

ORIGIN = "http://localhost:3000"
PRIVATE = "private, no-cache"


@dataclass
class Office:
    """Everybody's requests; `ada` is an administrator with a session."""

    people: Accounts
    client: httpx.AsyncClient
    ada: Identity
    cookies: dict[str, str]

    async def join(self, name: str, role: str = VIEWER) -> int:
        """Somebody new; the number of the account."""
        signed = await self.people.join(name, role)
        self.cookies[name] = signed.token
        assert signed.identity.account_pk is not None
        return signed.identity.account_pk

    async def ask(self, method: str, path: str, who: str = "ada", **more: Any) -> httpx.Response:
        """With the session of somebody."""
        headers = {"Cookie": f"lb_session={self.cookies[who]}", "Origin": ORIGIN} | more.pop("headers", {})
        return await self.client.request(method, f"/api{path}", headers=headers, **more)

    async def get(self, path: str, **params: Any) -> Any:
        """What is answered to ada."""
        answer = await self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    database, nothing = Database(sqlite_url), None
    settings = load_settings(port=3000, rate_per_key=1_000_000, rate_per_session=1_000_000, rate_per_address=1_000_000)
    transport = httpx.ASGITransport(app=create_api(settings), client=(ADDRESS, 1), raise_app_exceptions=False)
    async with accounts_of(database) as people, httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        parts: dict[str, Any] = {
            "access": people.book,
            "sign_in": people.sign_in,
            "accounts": people.accounts,
            "profile": people.profile,
            "visitors": people.visitors,
            "wall_tokens": people.wall_tokens,
            "security_settings": people.security_settings,
            "audit_log": AuditLog(database),
        }
        runtime.install(runtime.Runtime(Board(), follower=nothing, hub=nothing, **parts))  # type: ignore[arg-type]
        signed = await people.set_up("ada")
        yield Office(people, client, people.who(signed), {"ada": signed.token})
        runtime.uninstall()
    await database.close()


async def names(office: Office, **params: Any) -> list[str]:
    """Of the accounts that are listed."""
    found = await office.get("/users", **params)
    Users.model_validate(found)
    return [one["username"] for one in found["items"]]


async def test_users_are_listed_filtered_and_paged(office: Office) -> None:
    bob, _ = await office.join("bob", EDITOR), await office.join("cyd")
    assert await names(office) == ["ada", "bob", "cyd"]
    assert await names(office, sort="-username", limit=2) == ["cyd", "bob"]
    assert await names(office, role=EDITOR) == ["bob"]
    assert await names(office, search="Y") == ["cyd"]
    await office.ask("PATCH", f"/users/{bob}", json={"disabled": True})
    assert await names(office, disabled=True) == ["bob"]
    found = await office.get("/users", fields="username,keys", limit=1)
    assert found["items"] == [{"username": "ada", "keys": 0}]
    assert (await office.ask("GET", "/users/4711")).status_code == 404


async def test_user_gets_another_role_and_is_disabled_at_once(office: Office) -> None:
    bob = await office.join("bob")
    first = await office.ask("GET", f"/users/{bob}")
    tag = first.headers["etag"]
    assert (await office.ask("GET", f"/users/{bob}", headers={"If-None-Match": tag})).status_code == 304
    changed = await office.ask(
        "PATCH", f"/users/{bob}", json={"role": EDITOR, "disabled": True}, headers={"If-Match": tag}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["role"], changed.json()["disabled"], changed.json()["sessions"]) == (EDITOR, True, 0)
    stale = await office.ask("PATCH", f"/users/{bob}", json={"role": ADMIN}, headers={"If-Match": tag})
    assert stale.status_code == 412
    again = await office.ask("PATCH", f"/users/{bob}", json={"role": EDITOR})
    assert again.status_code == 200
    enabled = await office.ask("PATCH", f"/users/{bob}", json={"disabled": False})
    assert (enabled.json()["role"], enabled.json()["disabled"]) == (EDITOR, False)
    log = [line for line in await office.people.log() if line[2] == "bob" and line[1] == "ada"]
    assert [line[0] for line in log] == ["account.update", "account.enable"]


async def test_last_administrator_and_oneself_are_kept(office: Office) -> None:
    answer = await office.ask("PATCH", f"/users/{office.ada.account_pk}", json={"role": VIEWER})
    assert (answer.status_code, list(answer.json()["errors"])) == (409, ["role"])
    answer = await office.ask("PATCH", f"/users/{office.ada.account_pk}", json={"disabled": True})
    assert (answer.status_code, list(answer.json()["errors"])) == (409, ["account"])
    assert (await office.ask("PATCH", f"/users/{office.ada.account_pk}", json={"role": "root"})).status_code == 422


async def test_who_has_logged_in_does_not_make_a_change_stale(office: Office) -> None:
    bob = await office.join("bob")
    tag = (await office.ask("GET", f"/users/{bob}")).headers["etag"]
    office.people.clock.move(minutes=1)
    await office.people.sign_in.log_in("bob", PASSWORD, "", False, "Firefox", ADDRESS)
    assert (await office.ask("GET", f"/users/{bob}")).headers["etag"] != tag
    changed = await office.ask("PATCH", f"/users/{bob}", json={"role": EDITOR}, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text


async def test_sessions_are_ended_and_second_factors_taken_off(office: Office) -> None:
    bob = await office.join("bob")
    assert (await office.ask("DELETE", f"/users/{bob}/sessions")).json() == {"ended": 1}
    assert (await office.ask("GET", "/auth/me", "bob")).json()["username"] == ""
    answer = await office.ask("DELETE", f"/users/{bob}/second-factor")
    assert (answer.status_code, list(answer.json()["errors"])) == (409, ["account"])


async def test_invitation_is_made_once_shown_and_withdrawn(office: Office) -> None:
    made = await office.ask("POST", "/invitations", json={"role": EDITOR, "note": "Ben", "days": 3})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    assert made.json()["link"] == f"{ORIGIN}/invitation#{made.json()['token']}"
    listed = await office.get("/invitations", state="open")
    Invitations.model_validate(listed)
    assert [(one["note"], one["role"], one["created_by"]) for one in listed["items"]] == [("Ben", EDITOR, "ada")]
    assert made.json()["token"] not in str(listed)
    one = await office.ask("GET", made.headers["location"].removeprefix("/api"))
    assert one.json() == listed["items"][0]
    path = made.headers["location"].removeprefix("/api")
    assert (await office.ask("DELETE", path)).status_code == 204
    assert (await office.ask("DELETE", path)).status_code == 404
    assert (await office.ask("GET", path)).status_code == 404
    body = {"token": made.json()["token"], "username": "ben", "password": PASSWORD}
    assert (await office.ask("POST", "/auth/invitation", json=body)).status_code == 404
    assert (await office.ask("POST", "/invitations", json={"role": "root"})).status_code == 422


async def test_key_is_made_once_shown_and_revoked(office: Office) -> None:
    given = {"name": "backup", "permissions": ["board:read"], "expires_days": 3, "addresses": ["192.0.2.0/24"]}
    made = await office.ask("POST", "/keys", json=given)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    bearer = {"Authorization": f"Bearer {made.json()['key']}", "Cookie": ""}
    assert (await office.ask("GET", "/auth/me", headers=bearer)).json()["permissions"] == ["board:read"]
    listed = await office.get("/keys")
    Keys.model_validate(listed)
    (one,) = listed["items"]
    assert (one["key_id"], one["name"], one["state"]) == (made.json()["key_id"], "backup", "works")
    assert made.json()["key"] not in str(listed)
    path = made.headers["location"].removeprefix("/api")
    assert (await office.ask("GET", path)).json()["addresses"] == ["192.0.2.0/24"]
    assert (await office.ask("DELETE", path)).status_code == 204
    assert (await office.ask("GET", "/auth/me", headers=bearer)).status_code == 401
    assert (await office.get("/keys", state="works"))["items"] == []


async def test_key_of_somebody_else_is_not_there(office: Office) -> None:
    await office.join("bob", ADMIN)
    path = (await office.ask("POST", "/keys", json={"name": "x", "permissions": ["board:read"]})).headers["location"]
    for method in ("GET", "DELETE"):
        assert (await office.ask(method, path.removeprefix("/api"), "bob")).status_code == 404


async def test_key_makes_no_keys_and_gets_no_more_than_its_owner(office: Office) -> None:
    everything = [name for name in PERMISSIONS if name != PROFILE_MANAGE]
    made = await office.ask("POST", "/keys", json={"name": "all", "permissions": everything})
    bearer = {"Authorization": f"Bearer {made.json()['key']}", "Cookie": ""}
    for method, body in (("GET", None), ("POST", {"name": "x", "permissions": ["board:read"]})):
        assert (await office.ask(method, "/keys", json=body, headers=bearer)).status_code == 403
    await office.join("vic")
    refused = await office.ask("POST", "/keys", "vic", json={"name": "x", "permissions": ["user:manage"]})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["permissions"])


async def test_wall_screen_is_let_in_and_sent_away(office: Office) -> None:
    made = await office.ask("POST", "/wall-tokens", json={"name": "Hall"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    assert made.json()["link"] == f"{ORIGIN}/wall#{made.json()['token']}"
    listed = await office.get("/wall-tokens")
    WallTokenPage.model_validate(listed)
    assert [(one["name"], one["created_by"]) for one in listed["items"]] == [("Hall", "ada")]
    assert made.json()["token"] not in str(listed)
    path = made.headers["location"].removeprefix("/api")
    assert (await office.ask("GET", path)).json() == listed["items"][0]
    token, nobody = {"token": made.json()["token"]}, {"Cookie": ""}
    assert (await office.ask("POST", "/auth/wall", json=token, headers=nobody)).status_code == 200
    office.client.cookies.clear()
    assert (await office.ask("DELETE", path)).status_code == 204
    assert (await office.ask("POST", "/auth/wall", json=token, headers=nobody)).status_code == 404


async def test_settings_are_read_and_changed(office: Office) -> None:
    first = await office.ask("GET", "/settings")
    SettingsObject.model_validate(first.json())
    assert (first.json(), first.headers["cache-control"]) == (SecuritySettings().to_dict(), PRIVATE)
    tag = first.headers["etag"]
    changed = await office.ask(
        "PATCH", "/settings", json={"idle_minutes": 60, "outbound_deny": ["10.0.0.0/8"]}, headers={"If-Match": tag}
    )
    assert changed.json() == first.json() | {"idle_minutes": 60, "outbound_deny": ["10.0.0.0/8"]}
    stale = await office.ask("PATCH", "/settings", json={"idle_minutes": 90}, headers={"If-Match": tag})
    assert stale.status_code == 412
    same = await office.ask(
        "PATCH", "/settings", json={"idle_minutes": 60}, headers={"If-Match": changed.headers["etag"]}
    )
    assert same.headers["etag"] == changed.headers["etag"]
    log = [line for line in await office.people.log() if line[0] == "security_settings.update"]
    assert len(log) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [({"idle_minutes": 1}, "idle_minutes"), ({"outbound_allow": ["not a rule!"]}, "outbound_allow"), ({"x": 1}, "x")],
)
async def test_wrong_settings_are_told_by_name(office: Office, body: dict[str, Any], field: str) -> None:
    answer = await office.ask("PATCH", "/settings", json=body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


async def test_audit_log_is_read_page_by_page(office: Office) -> None:
    for name in ("bob", "cyd", "dan"):
        await office.join(name)
    first = await office.get("/audit", limit=2, action="account.create")
    Lines.model_validate(first)
    assert [one["target"] for one in first["items"]] == ["dan", "cyd"]
    second = await office.get("/audit", limit=2, action="account.create", cursor=first["next_cursor"])
    assert [one["target"] for one in second["items"]] == ["bob", "ada"]
    last = await office.get("/audit", limit=2, action="account.create", cursor=second["next_cursor"])
    assert last == {"items": [], "next_cursor": None}
    assert (await office.get("/audit", fields="who,id", who="dan"))["items"][0].keys() == {"who", "id"}
    for wrong in ({"fields": "password"}, {"cursor": "x"}, {"limit": 201}, {"since": "yesterday"}):
        assert (await office.ask("GET", "/audit", params=wrong)).status_code == 422
    for wrong in ({"since": "0001-01-01T00:00:00+14:00"}, {"until": "9999-12-31T23:59:59-14:00"}):
        for path in ("/audit", "/audit.csv", "/audit.json"):
            assert (await office.ask("GET", path, params=wrong)).status_code == 422
    tag = (await office.ask("GET", "/audit", params={"limit": 2})).headers["etag"]
    same = await office.ask("GET", "/audit", params={"limit": 2}, headers={"If-None-Match": tag})
    assert same.status_code == 304


async def test_audit_log_is_verified(office: Office) -> None:
    lines = len(await office.people.log())
    assert await office.get("/audit/verify") == {"valid": True, "lines": lines, "broken_id": None, "reason": ""}
    await office.join("bob")
    async with office.people.database.write() as conn:
        await conn.exec_driver_sql("UPDATE audit_entry SET who = 'eve' WHERE id = 1")
    found = await office.get("/audit/verify")
    assert (found["valid"], found["broken_id"], found["reason"]) == (False, 1, "was changed")


@pytest.mark.parametrize("path", ["/users", "/invitations", "/wall-tokens", "/settings", "/audit", "/audit/verify"])
async def test_these_are_for_administrators(office: Office, path: str) -> None:
    await office.join("bob", EDITOR)
    assert (await office.ask("GET", path, "bob")).status_code == 403


async def test_preferences_are_changed_one_by_one_and_wrong_ones_change_nothing(office: Office) -> None:
    before = await office.get("/preferences")
    assert before["history_granularity"] == 15
    changed = await office.ask("PATCH", "/preferences", json={"history_granularity": 60, "theme": "dark"})
    assert changed.json() == before | {"history_granularity": 60, "theme": "dark"}
    for wrong in ({"history_granularity": 7}, {"theme": "loud"}, {"time_zone": "Mars/Base"}, {"nothing": 1}):
        answer = await office.ask("PATCH", "/preferences", json=wrong)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, list(wrong))
    assert await office.get("/preferences") == changed.json()


async def test_own_sessions_are_listed_and_ended(office: Office) -> None:
    await office.people.sign_in.log_in("ada", PASSWORD, "", False, "Screen", ADDRESS)
    sessions = await office.get("/sessions")
    assert [each["is_own"] for each in sessions].count(True) == 1
    other = next(each for each in sessions if not each["is_own"])
    assert (await office.ask("DELETE", f"/sessions/{other['session_id']}")).status_code == 204
    assert (await office.ask("DELETE", f"/sessions/{other['session_id']}")).status_code == 404
    await office.people.sign_in.log_in("ada", PASSWORD, "", False, "Screen", ADDRESS)
    assert (await office.ask("DELETE", "/sessions")).json() == {"ended": 1}
    assert len(await office.get("/sessions")) == 1


async def test_second_factor_is_set_up_renewed_and_removed(office: Office) -> None:
    offered = await office.ask("POST", "/second-factor/offer", json={})
    assert offered.headers["cache-control"] == "no-store"
    secret = offered.json()["secret"]
    wrong = await office.ask("POST", "/second-factor", json={"secret": secret, "code": "000000"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["code"])
    code = TOTP(secret).at(office.people.clock.at)
    first = await office.ask("POST", "/second-factor", json={"secret": secret, "code": code})
    assert len(first.json()["recovery_codes"]) == 10
    assert (await office.ask("POST", "/second-factor/offer", json={})).status_code == 409
    renewed = await office.ask("POST", "/second-factor/recovery-codes", json={"password": PASSWORD})
    assert not set(renewed.json()["recovery_codes"]) & set(first.json()["recovery_codes"])
    assert (await office.ask("POST", "/second-factor/removal", json={"password": "no"})).status_code == 422
    assert (await office.ask("POST", "/second-factor/removal", json={"password": PASSWORD})).status_code == 204
    assert (await office.ask("POST", "/second-factor/offer", json={})).status_code == 200
