"""The book of who is who, on SQLite and PostgreSQL."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor_app.domain.account import Preferences
from monitor_app.errors import DatabaseUnavailable, SettingsError
from monitor_app.security.permissions import BOARD_READ, EDITOR, NOBODY, RELATION_WRITE, VIEWER
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage import services
from monitor_app.storage.database import Database
from monitor_app.use_cases.access import AccessBook
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.sign_in import SignIn
from tests.accounts import ADDRESS, FIREFOX, PASSWORD, Accounts, HandClock, accounts_of, on_sqlite


def cookie(token: str) -> str:
    return f"lb_session={token}"


async def test_another_process_sees_a_change_when_it_looks(people: Accounts, database_url: str) -> None:
    elsewhere = Database(database_url)
    try:
        async with accounts_of(elsewhere, people.clock, people.vault) as other:
            signed = await people.set_up()
            assert other.who(signed).via == "nothing"
            await other.book.look()
            assert other.who(signed) == people.who(signed)
            await other.book.look()
            await people.sign_in.log_out(people.who(signed))
            assert other.who(signed).name == "ada"
            await other.book.look()
            assert other.who(signed).via == "nothing"
            await other.bus.close()
            assert [event.revision for event in other.seen] == sorted({event.revision for event in other.seen})
    finally:
        await elsewhere.close()


async def test_the_book_follows_by_itself(people: Accounts, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ends elsewhere ends here within two looks, one second apart in the program."""
    monkeypatch.setattr("monitor_app.use_cases.access.POLL_SECONDS", 0.05)
    signed, elsewhere = await people.set_up(), Database(database_url)
    book = AccessBook(elsewhere, people.clock, people.bus, people.vault.unseal)
    try:
        await book.start()
        assert book.of_cookie(cookie(signed.token), ADDRESS).name == "ada"
        await people.sign_in.log_out(people.who(signed))
        async with asyncio.timeout(60):
            while book.of_cookie(cookie(signed.token), ADDRESS).name == "ada":
                await asyncio.sleep(0.02)
    finally:
        await book.close()
        await elsewhere.close()


@on_sqlite
async def test_a_session_ends_when_it_is_not_used_and_when_its_time_is_over(people: Accounts) -> None:
    signed = await people.set_up()
    for _ in range(2):
        people.clock.move(hours=11, minutes=59)
        assert people.who(signed).name == "ada"
    people.clock.move(minutes=2)
    assert people.who(signed).via == "nothing"  # a day, however much it is used
    again = await people.sign_in.log_in("ada", PASSWORD)
    people.clock.move(hours=12)
    assert people.who(again).via == "nothing"


@on_sqlite
async def test_kept_sessions_have_longer_times(people: Accounts) -> None:
    await people.set_up()
    signed = await people.sign_in.log_in("ada", PASSWORD, keep=True)
    for _ in range(3):
        people.clock.move(days=29)
        assert people.who(signed).name == "ada"
    people.clock.move(days=3)
    assert people.who(signed).via == "nothing"


@on_sqlite
async def test_a_look_that_is_no_use_does_not_prolong(people: Accounts) -> None:
    signed = await people.set_up()
    people.clock.move(hours=6)
    assert people.book.of_cookie(cookie(signed.token), ADDRESS, is_use=False).name == "ada"
    assert people.book.identity_of_session(int(signed.identity.credential)).name == "ada"
    people.clock.move(hours=6)
    assert people.who(signed).via == "nothing"
    assert people.book.identity_of_session(int(signed.identity.credential)).via == "nothing"
    assert people.book.identity_of_session(99).via == "nothing"


@on_sqlite
async def test_shorter_limits_count_for_sessions_that_are_there(people: Accounts) -> None:
    who = people.who(signed := await people.set_up())
    people.clock.move(hours=2)
    await people.security_settings.change(who, {"idle_minutes": 60})
    assert people.who(signed).via == "nothing"


@on_sqlite
async def test_the_end_by_time_is_told(people: Accounts) -> None:
    await people.set_up()
    await people.book.look()
    await asyncio.sleep(0)
    count = len(people.seen)
    people.clock.move(hours=13)
    await people.book.look()
    await people.book.look()
    await people.bus.close()
    assert len(people.seen) == count + 1


async def test_uses_are_written_down_and_learnt_from_each_other(people: Accounts, database_url: str) -> None:
    signed = await people.set_up()
    elsewhere = Database(database_url)
    try:
        async with accounts_of(elsewhere, people.clock, people.vault) as other:
            for _ in range(3):  # used here only; the other process would call it idle
                people.clock.move(hours=5)
                assert people.who(signed).name == "ada"
                await people.book.look()
                await other.book.look()
            assert other.who(signed).name == "ada"
            (shown,) = await other.profile.sessions(other.who(signed))
            assert shown.used_at == people.clock.now()
    finally:
        await elsewhere.close()


@on_sqlite
async def test_what_was_used_is_not_lost_when_the_database_is_away(
    people: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = await people.set_up()
    people.clock.move(hours=1)
    people.who(signed)

    def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(people.database, "write", away)
        with pytest.raises(DatabaseUnavailable):
            await people.book.flush()
    await people.book.flush()
    fresh = AccessBook(people.database, people.clock, people.bus, people.vault.unseal)
    await fresh.read_now()
    people.clock.move(hours=11, minutes=30)
    assert fresh.of_cookie(cookie(signed.token), ADDRESS).name == "ada"


@on_sqlite
async def test_a_change_is_done_although_the_book_cannot_read_it(
    people: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.set_up()

    async def away() -> None:
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(people.book, "read_now", away)
        signed = await people.sign_in.log_in("ada", PASSWORD)
    assert people.who(signed).via == "nothing"
    await people.book.look()
    assert people.who(signed).name == "ada"


@on_sqlite
async def test_the_following_goes_on_after_failures(people: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.use_cases.access.POLL_SECONDS", 0.01)
    book = AccessBook(people.database, people.clock, people.bus, people.vault.unseal)
    failures: list[Exception] = [DatabaseUnavailable("away"), DatabaseUnavailable("away")]
    looked = asyncio.Event()
    look = book.look

    async def failing() -> None:
        if failures:
            raise failures.pop()
        await look()
        looked.set()

    try:
        await book.start()
        monkeypatch.setattr(book, "look", failing)
        await asyncio.wait_for(looked.wait(), 60)
        looked.clear()
        failures.append(ZeroDivisionError())
        await asyncio.wait_for(looked.wait(), 60)
    finally:
        await book.close()


@on_sqlite
async def test_only_the_one_cookie_counts(people: Accounts) -> None:
    signed = await people.set_up()
    for header in (
        "",
        "lb_session=",
        "lb_session=nonsense",
        "__Host-lb_session={token}",
        "xlb_session={token}",
        "x=lb_session={token}",
        "LB_SESSION={token}",
        "lb_session={token}; lb_session=planted",
        'lb_session="{token}"',
        "lb_session={token}x",
        "\0;lb_session",
    ):
        assert people.book.of_cookie(header.format(token=signed.token), ADDRESS) == people.book.nobody(ADDRESS)
    assert people.book.of_cookie(f"a=b;lb_session={signed.token} ; c=d", ADDRESS).name == "ada"
    assert people.book.of_cookie(f"lb_session={signed.token}; lb_session={signed.token}", ADDRESS).name == "ada"


async def test_over_https_only_the_cookie_with_the_prefix_counts(sqlite_url: str) -> None:
    database, clock = Database(sqlite_url), HandClock()
    async with accounts_of(database, clock) as people:
        signed = await people.set_up()
        book = AccessBook(database, clock, people.bus, people.vault.unseal, "__Host-lb_session")
        await book.read_now()
        assert book.of_cookie(f"lb_session={signed.token}", ADDRESS).via == "nothing"
        assert book.of_cookie(f"__Host-lb_session={signed.token}", ADDRESS).name == "ada"
    await database.close()


@on_sqlite
async def test_nobody_is_nobody_and_has_the_defaults(people: Accounts) -> None:
    assert people.book.of_cookie("", "") == NOBODY
    assert people.book.of_key("", "") == NOBODY
    assert people.book.preferences(None) == Preferences()
    assert list(people.book.places()) == []
    await people.set_up()
    assert list(people.book.places()) == [("ada", ADDRESS)]


@on_sqlite
async def test_a_role_of_another_version_allows_nothing(people: Accounts) -> None:
    signed = await people.join("bob", "overseer")
    assert people.who(signed).permissions == frozenset()


@on_sqlite
async def test_signing_keys_of_a_lost_secret_key_are_left_out_and_replaced(people: Accounts) -> None:
    who = people.who(await people.join("bob", EDITOR))
    header = f"Bearer {await people.profile.make_key(who, 'x', ['board:read'])}"
    identity = people.book.of_authorization(header, ADDRESS)
    assert identity is not None
    token = (await people.sign_in.issue_token(identity)).token
    other = Vault([new_key()])
    blind = AccessBook(people.database, people.clock, people.bus, other.unseal)
    await blind.read_now()
    assert blind.signing_keys() == []
    assert blind.of_authorization(f"Bearer {token}", ADDRESS) is None
    assert blind.of_authorization(header, ADDRESS) is not None
    lost = SignIn(AccessChanges(people.database, people.clock, blind), people.passwords, other)
    token = (await lost.issue_token(identity)).token
    assert blind.of_authorization(f"Bearer {token}", ADDRESS) is not None


@on_sqlite
async def test_what_is_taken_away_counts_also_while_the_key_file_cannot_be_read(people: Accounts) -> None:
    def unseal(_token: str) -> str:
        raise SettingsError({"SECRET_KEY_FILE": "cannot be read: secret.key: permission denied"})

    ada = await people.set_up()
    who = people.who(ada)
    header = f"Bearer {await people.profile.make_key(who, 'x', ['board:read'])}"
    identity = people.book.of_authorization(header, ADDRESS)
    assert identity is not None
    await people.sign_in.issue_token(identity)
    blind = AccessBook(people.database, people.clock, people.bus, unseal)
    await blind.read_now()
    assert blind.of_cookie(f"lb_session={ada.token}", ADDRESS).name == "ada"
    assert blind.signing_keys() == []
    await people.sign_in.log_out(who)
    await blind.read_now()
    assert blind.of_cookie(f"lb_session={ada.token}", ADDRESS).via == "nothing"


async def test_twenty_thousand_look_ups_of_everybody_never_give_the_wrong_name(sqlite_url: str) -> None:
    """200 at a time, by cookie, key and token, while people log in and out and roles change."""
    database = Database(sqlite_url)
    async with accounts_of(database) as people:
        admin = people.who(await people.set_up())
        asked: list[tuple[str, str, str]] = []
        for n in range(15):
            signed = await people.join(f"person{n}", (VIEWER, EDITOR)[n % 2])
            who = people.who(signed)
            key = await people.profile.make_key(who, "x", ["board:read"])
            by_key = people.book.of_authorization(f"Bearer {key}", ADDRESS)
            assert by_key is not None
            token = (await people.sign_in.issue_token(by_key)).token
            asked += [(who.name, "cookie", cookie(signed.token)), (who.name, "header", f"Bearer {key}")]
            asked.append((who.name, "header", f"Bearer {token}"))
        asked += [("anonymous", "cookie", cookie("wrong")), ("anonymous", "cookie", "")]
        rng, wrong, right = random.Random(4), [], 0

        async def ask(count: int) -> None:
            nonlocal right
            for _ in range(count):
                name, kind, text = rng.choice(asked)
                address = f"10.0.{rng.randrange(250)}.{rng.randrange(250)}"
                found = (
                    people.book.of_cookie(text, address)
                    if kind == "cookie"
                    else people.book.of_authorization(text, address)
                )
                if found is None or found.name != name or found.address != address:
                    wrong.append((name, found))
                right += 1
                if rng.random() < 0.1:
                    await asyncio.sleep(0)

        async def change() -> None:
            for n in range(10):
                signed = await people.sign_in.log_in("ada", PASSWORD, agent=FIREFOX, address=f"192.0.2.{n}")
                await people.security_settings.change(admin, {"absolute_hours": 20 + n})
                await people.sign_in.log_out(people.who(signed))

        await asyncio.gather(*(ask(100) for _ in range(200)), change())
        assert (right, wrong) == (20_000, [])
    await database.close()


@on_sqlite
async def test_a_service_that_changes_is_no_change_of_access(people: Accounts) -> None:
    await people.set_up()
    await people.bus.close()
    count = len(people.seen)
    async with people.database.write() as conn:
        await services.raise_counter(conn, "service")
    await people.book.look()
    assert len(people.seen) == count
    people.clock.move(seconds=timedelta(seconds=31).total_seconds())
    await people.book.look()


@on_sqlite
async def test_who_listens_for_long_is_found_again_by_the_same_proof(people: Accounts) -> None:
    """For streams, which keep neither cookies nor keys."""
    ada = await people.set_up()
    admin = people.who(ada)
    text = await people.profile.make_key(admin, "robot", [BOARD_READ, RELATION_WRITE], 30, [])
    await people.book.read_now()
    key = people.book.of_authorization(f"Bearer {text}", ADDRESS)
    assert key is not None
    token = replace(key, via="token", permissions=frozenset({BOARD_READ}))
    for identity in (admin, key, token, people.book.nobody(ADDRESS)):
        assert people.book.of_same_proof(identity) == identity
    await people.profile.revoke_key(admin, (await people.profile.keys(admin))[0].pk)
    await people.sign_in.log_out(admin)
    await people.book.read_now()
    for identity in (admin, key, token):
        assert people.book.of_same_proof(identity) == people.book.nobody(ADDRESS)
