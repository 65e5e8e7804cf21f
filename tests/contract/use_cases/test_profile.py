"""What everybody does with their own account, on SQLite and PostgreSQL."""

from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from monitor_app.domain.account import Preferences
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models import AccountRow, ApiKeyRow, RecoveryCodeRow, SigningKeyRow
from monitor_app.security.permissions import COMMAND_LINE, EDITOR, NOBODY, VIEWER, Identity
from monitor_app.use_cases.sign_in import CodeNeeded, WrongCredentials
from tests.accounts import ADDRESS, FIREFOX, PASSWORD, Accounts, on_sqlite


async def test_preferences_are_kept_and_count_at_once(people: Accounts) -> None:
    who = people.who(await people.set_up())
    assert (await people.profile.get(who)).preferences == Preferences()
    values: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "date_language": "en-GB",
        "theme": "dark",
        "default_page": "/admin/users",
        "history_granularity": 30,
    }
    assert await people.profile.set_preferences(who, values) == Preferences(**values)
    await people.profile.set_preferences(who, {"theme": "light", "time_zone": ""})
    assert people.book.preferences(who.account_pk) == Preferences("", "en-GB", "light", "/admin/users", 30)
    assert people.book.preferences(None) == people.book.preferences(99) == Preferences()


@on_sqlite
async def test_wrong_preferences_are_told_each(people: Accounts) -> None:
    who = people.who(await people.set_up())
    wrong: dict[str, Any] = {
        "time_zone": "../etc/passwd",
        "date_language": "<b>",
        "theme": "pink",
        "default_page": "//evil.example",
        "history_granularity": 7,
        "role": "admin",
        "pk": 1,
    }
    with pytest.raises(InvalidInput) as refused:
        await people.profile.set_preferences(who, wrong)
    assert set(refused.value.fields) == set(wrong)
    for values in (
        None,
        [],
        {"theme": ["dark"]},
        {"time_zone": 5},
        {"default_page": "javascript:alert(1)"},
        {"history_granularity": True},
    ):
        with pytest.raises(InvalidInput):
            await people.profile.set_preferences(who, values)  # type: ignore[arg-type]


async def test_a_second_factor_is_set_up_renewed_and_taken_off(people: Accounts) -> None:
    who = people.who(await people.set_up())
    with pytest.raises(Conflict):
        await people.profile.drop_second_factor(who, PASSWORD)
    offer = await people.profile.begin_second_factor(who)
    assert offer.uri.startswith("otpauth://totp/Lightbulb:ada")
    assert offer.qr.startswith("data:image/svg")
    assert offer.secret not in repr(offer)
    for secret, code in ((offer.secret, "000000"), ("short", "123456"), (offer.secret, ""), (None, None)):
        with pytest.raises(InvalidInput):
            await people.profile.confirm_second_factor(who, secret, code)  # type: ignore[arg-type]
    now = pyotp.TOTP(offer.secret).at(people.clock.now())
    codes = await people.profile.confirm_second_factor(who, offer.secret, now)
    assert len(set(codes)) == 10
    for refused in (
        people.profile.begin_second_factor(who),
        people.profile.confirm_second_factor(who, offer.secret, now),
    ):
        with pytest.raises(Conflict):
            await refused
    with pytest.raises(CodeNeeded):
        await people.sign_in.log_in("ada", PASSWORD)
    await people.sign_in.log_in("ada", PASSWORD, codes[0])
    shown = await people.profile.get(who)
    assert (shown.has_second_factor, shown.recovery_codes) == (True, 9)
    renewed = await people.profile.new_recovery_codes(who, PASSWORD)
    assert not set(renewed) & set(codes)
    with pytest.raises(WrongCredentials):
        await people.sign_in.log_in("ada", PASSWORD, codes[1])
    with pytest.raises(InvalidInput, match="is not your password"):
        await people.profile.drop_second_factor(who, "wrong")
    await people.profile.drop_second_factor(who, PASSWORD)
    assert (await people.profile.get(who)).recovery_codes == 0
    assert (await people.sign_in.log_in("ada", PASSWORD)).identity.name == "ada"


@on_sqlite
async def test_an_administrator_takes_a_lost_second_factor_off(people: Accounts) -> None:
    admin, bob = people.who(await people.set_up()), await people.join("bob", VIEWER)
    who = people.who(bob)
    offer = await people.profile.begin_second_factor(who)
    await people.profile.confirm_second_factor(who, offer.secret, pyotp.TOTP(offer.secret).at(people.clock.now()))
    assert who.account_pk is not None
    await people.accounts.reset_second_factor(admin, who.account_pk)
    assert people.who(bob).via == "nothing"
    assert (await people.sign_in.log_in("bob", PASSWORD)).identity.name == "bob"


@on_sqlite
async def test_no_secret_is_stored_in_clear_or_audited(people: Accounts) -> None:
    who = people.who(await people.set_up())
    offer = await people.profile.begin_second_factor(who)
    codes = await people.profile.confirm_second_factor(
        who, offer.secret, pyotp.TOTP(offer.secret).at(people.clock.now())
    )
    key = await people.profile.make_key(who, "script", ["board:read"])
    token = await people.sign_in.issue_token(people.book.of_authorization(f"Bearer {key}", ADDRESS) or NOBODY)
    (signing,) = people.book.signing_keys()
    secrets = [PASSWORD, offer.secret, *codes, key.split("_", 2)[2], signing.secret, token.token]
    async with people.database.read() as conn:
        rows = [
            str(row)
            for model in (AccountRow, RecoveryCodeRow, ApiKeyRow, SigningKeyRow)
            for row in (await conn.execute(select(model.__table__))).all()  # type: ignore[attr-defined]
        ]
    told = str(await people.log("action", "target", "before", "after", "via"))
    assert not [secret for secret in secrets for text in (*rows, told) if secret in text]


async def test_sessions_are_listed_and_ended(people: Accounts) -> None:
    first = await people.set_up()
    people.clock.move(minutes=5)
    second = await people.sign_in.log_in("ada", PASSWORD, keep=True, agent="curl/8.5.0", address="198.51.100.9")
    people.clock.move(minutes=1)
    who = people.who(first)
    own, other = await people.profile.sessions(who)
    assert (own.device, own.is_own, own.is_kept, own.address) == ("Firefox on Linux", True, False, ADDRESS)
    assert (other.device, other.is_own, other.is_kept) == ("curl", False, True)
    await people.profile.end_session(who, other.pk)
    assert people.who(second).via == "nothing"
    with pytest.raises(NotFound):
        await people.profile.end_session(who, other.pk)
    await people.sign_in.log_in("ada", PASSWORD)
    assert await people.profile.end_all_sessions(who) == 1
    assert people.who(first) == who
    assert await people.profile.end_all_sessions(who, keep_own=False) == 1
    assert people.who(first).via == "nothing"


@on_sqlite
async def test_sessions_and_keys_of_others_are_out_of_reach(people: Accounts) -> None:
    ada, bob = people.who(await people.set_up()), people.who(await people.join("bob", EDITOR))
    await people.profile.make_key(bob, "script", ["service:write"])
    (session,), (key,) = await people.profile.sessions(bob), await people.profile.keys(bob)
    assert await people.profile.keys(ada) == []
    with pytest.raises(NotFound):
        await people.profile.end_session(ada, session.pk)
    with pytest.raises(NotFound):
        await people.profile.revoke_key(ada, key.pk)


async def test_too_many_sessions_make_room_for_new_ones(people: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.storage.sessions.SESSIONS_LIMIT", 3)
    oldest = await people.set_up()
    for _ in range(3):
        people.clock.move(seconds=1)
        newest = await people.sign_in.log_in("ada", PASSWORD)
    assert len(await people.profile.sessions(people.who(newest))) == 3
    assert people.who(oldest).via == "nothing"


async def test_a_key_works_within_its_permissions_addresses_and_time(people: Accounts) -> None:
    bob = people.who(await people.join("bob", EDITOR))
    text = await people.profile.make_key(
        bob, "night job", ["service:write", "board:read"], 30, ["10.0.0.0/8", "192.0.2.7"]
    )
    header = f"Bearer {text}"
    found = people.book.of_authorization(header, "10.1.2.3")
    assert found is not None
    (shown,) = await people.profile.keys(bob)
    assert found == Identity(
        "bob", EDITOR, frozenset({"board:read", "service:write"}), bob.account_pk, "key", shown.key_id, "10.1.2.3"
    )
    assert people.book.of_authorization(header, "::ffff:192.0.2.7") is not None
    for address in ("192.0.2.8", "", "unix:", "::1"):
        assert people.book.of_authorization(header, address) is None
    await people.book.flush()
    (shown,) = await people.profile.keys(bob)
    assert (shown.used_at, shown.used_from, shown.state) == (people.clock.now(), "::ffff:192.0.2.7", "works")
    people.clock.move(days=30)
    assert people.book.of_authorization(header, "10.1.2.3") is None
    (shown,) = await people.profile.keys(bob)
    assert shown.state == "expired"
    await people.profile.revoke_key(bob, shown.pk)
    assert (await people.profile.keys(bob))[0].state == "revoked"
    with pytest.raises(NotFound):
        await people.profile.revoke_key(bob, shown.pk)


@on_sqlite
async def test_a_key_loses_what_its_owner_loses(people: Accounts) -> None:
    admin, bob = people.who(await people.set_up()), people.who(await people.join("bob", EDITOR))
    header = f"Bearer {await people.profile.make_key(bob, 'script', ['service:write', 'board:read'])}"
    assert bob.account_pk is not None
    await people.accounts.set_role(admin, bob.account_pk, VIEWER)
    found = people.book.of_authorization(header, ADDRESS)
    assert found is not None
    assert (found.role, found.permissions) == (VIEWER, {"board:read"})


@on_sqlite
async def test_wrong_keys_are_refused(people: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    who = people.who(await people.join("bob", EDITOR))
    for name, permissions, days, addresses in (
        ("", ["board:read"], None, []),
        ("x", [], None, []),
        ("x", ["user:manage"], None, []),
        ("x", ["profile:manage"], None, []),
        ("x", "board:read", None, []),
        ("x", ["board:read"], 0, []),
        ("x", ["board:read"], None, ["nowhere"]),
        ("x", ["board:read"], None, ["10.0.0.0/8"] * 21),
        ({}, ["board:read"], None, []),
    ):
        with pytest.raises(InvalidInput):
            await people.profile.make_key(who, name, permissions, days, addresses)  # type: ignore[arg-type]
    monkeypatch.setattr("monitor_app.use_cases.profile.KEYS_LIMIT", 1)
    text = await people.profile.make_key(who, "x", ["board:read"])
    with pytest.raises(Conflict):
        await people.profile.make_key(who, "y", ["board:read"])
    for header in (
        f"Bearer {text[:-1]}",
        f"Bearer {text}x",
        f"Basic {text}",
        text,
        "",
        "Bearer",
        f"Bearer lb_000000000000_{'A' * 43}",
        "Bearer a.b.c",
    ):
        assert people.book.of_authorization(header, ADDRESS) is None
    wall = await people.wall_tokens.make(people.who(await people.set_up()), "hall")
    assert people.book.of_authorization(f"Bearer {wall}", ADDRESS) is None


@on_sqlite
async def test_a_short_lived_token_stands_for_its_key(people: Accounts) -> None:
    who = people.who(await people.join("bob", EDITOR))
    header = f"Bearer {await people.profile.make_key(who, 'script', ['board:read'])}"
    by_key = people.book.of_authorization(header, ADDRESS)
    assert by_key is not None
    issued = await people.sign_in.issue_token(by_key)
    assert issued.seconds == 600
    by_token = people.book.of_authorization(f"bearer {issued.token}", ADDRESS)
    assert by_token is not None
    assert (by_token.via, by_token.credential, by_token.permissions) == ("token", by_key.credential, {"board:read"})
    for identity in (by_token, who, NOBODY):
        with pytest.raises(PermissionDenied):
            await people.sign_in.issue_token(identity)
    await people.sign_in.issue_token(by_key)
    assert len(people.book.signing_keys()) == 1
    people.clock.move(seconds=600)
    assert people.book.of_authorization(f"Bearer {issued.token}", ADDRESS) is None


async def test_signing_keys_are_rotated_and_what_the_old_one_signed_counts_on(people: Accounts) -> None:
    who = people.who(await people.join("bob", EDITOR, keep=True))
    header = f"Bearer {await people.profile.make_key(who, 'script', ['board:read'])}"
    by_key = people.book.of_authorization(header, ADDRESS)
    assert by_key is not None
    await people.sign_in.issue_token(by_key)
    (first,) = people.book.signing_keys()
    people.clock.move(days=30, seconds=-60)
    signed_by_first = await people.sign_in.issue_token(by_key)
    people.clock.move(seconds=60)
    await people.sign_in.issue_token(by_key)
    assert [key.kid == first.kid for key in people.book.signing_keys()] == [False, True]
    assert people.book.of_authorization(f"Bearer {signed_by_first.token}", ADDRESS) is not None
    people.clock.move(days=30)
    await people.sign_in.issue_token(by_key)
    assert first.kid not in [key.kid for key in people.book.signing_keys()]
    assert len(people.book.signing_keys()) == 2


@on_sqlite
async def test_a_revoked_key_ends_its_tokens(people: Accounts) -> None:
    who = people.who(await people.join("bob", EDITOR))
    header = f"Bearer {await people.profile.make_key(who, 'script', ['board:read'])}"
    issued = await people.sign_in.issue_token(people.book.of_authorization(header, ADDRESS) or NOBODY)
    (key,) = await people.profile.keys(who)
    await people.profile.revoke_key(who, key.pk)
    assert people.book.of_authorization(header, ADDRESS) is None
    assert people.book.of_authorization(f"Bearer {issued.token}", ADDRESS) is None


@on_sqlite
@pytest.mark.parametrize("who", [NOBODY, COMMAND_LINE], ids=["nobody", "command line"])
async def test_who_has_no_account_has_no_profile(people: Accounts, who: Identity) -> None:
    for refused in (
        people.profile.get(who),
        people.profile.set_preferences(who, {}),
        people.profile.begin_second_factor(who),
        people.profile.confirm_second_factor(who, "x", "y"),
        people.profile.drop_second_factor(who, "x"),
        people.profile.new_recovery_codes(who, "x"),
        people.profile.sessions(who),
        people.profile.end_session(who, 1),
        people.profile.end_all_sessions(who),
        people.profile.keys(who),
        people.profile.make_key(who, "x", ["board:read"]),
        people.profile.revoke_key(who, 1),
    ):
        with pytest.raises(PermissionDenied):
            await refused


@on_sqlite
async def test_each_change_is_one_line_of_the_audit_log(people: Accounts) -> None:
    who = people.who(await people.set_up())
    before = len(await people.log())
    await people.profile.set_preferences(who, {"theme": "dark"})
    offer = await people.profile.begin_second_factor(who)
    code = pyotp.TOTP(offer.secret).at(people.clock.now())
    await people.profile.confirm_second_factor(who, offer.secret, code)
    await people.profile.new_recovery_codes(who, PASSWORD)
    await people.profile.drop_second_factor(who, PASSWORD)
    await people.profile.make_key(who, "script", ["board:read"])
    (key,) = await people.profile.keys(who)
    await people.profile.revoke_key(who, key.pk)
    other = await people.sign_in.log_in("ada", PASSWORD, agent=FIREFOX)
    await people.profile.end_session(who, int(other.identity.credential))
    await people.profile.end_all_sessions(who)
    assert [line[0] for line in (await people.log())[before:]] == [
        "profile.update",
        "second_factor.create",
        "recovery_codes.create",
        "second_factor.delete",
        "key.create",
        "key.revoke",
        "session.create",
        "session.delete",
        "session.delete_all",
    ]
