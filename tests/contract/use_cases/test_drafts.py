"""What people have typed and not saved, on SQLite and PostgreSQL."""

import pytest
from sqlalchemy import text

from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import SEALED
from monitor_app.security.permissions import COMMAND_LINE, EDITOR, SYSTEM, VIEWER
from monitor_app.security.vault import Vault, new_key
from monitor_app.use_cases import secrets
from monitor_app.use_cases.drafts import DAYS_LIMIT, DRAFTS_LIMIT, SIZE_LIMIT, Draft, DraftUseCases
from tests.accounts import Accounts

SECRET = "hunter2-hunter2"


def draft(subject: str = "service.new", **common: str) -> Draft:
    config = {"host": "db.example.org", "engine": "redis", "password": SECRET}
    return Draft(subject, "Half", "database", common or {"label": "Half"}, config)


@pytest.fixture
def registry(people: Accounts) -> KindRegistry:
    return KindRegistry(sealer=people.vault)


@pytest.fixture
def drafts(people: Accounts, registry: KindRegistry) -> DraftUseCases:
    return DraftUseCases(people.database, registry, people.clock)


async def stored(people: Accounts) -> list[str]:
    async with people.database.read() as conn:
        return [str(content) for content in (await conn.execute(text("SELECT content FROM draft"))).scalars()]


async def test_draft_comes_back_as_it_was_with_its_secret_sealed(
    people: Accounts, drafts: DraftUseCases, registry: KindRegistry
) -> None:
    ada, ben = people.who(await people.join("ada", EDITOR)), people.who(await people.join("ben", EDITOR))
    await drafts.keep(ada, draft(label="First"))
    await drafts.keep(ada, draft(label="Second"))
    found = await drafts.find(ada, "service.new")
    assert found is not None
    assert (found.common, found.title, found.updated_at) == ({"label": "Second"}, "Half", people.clock.now())
    assert SEALED in found.config["password"]
    assert registry["database"].opened(found.config)["password"] == SECRET
    assert SECRET not in str(await stored(people))
    assert await drafts.find(ben, "service.new") is None
    assert not await drafts.remove(ben, "service.new")
    assert await drafts.remove(ada, "service.new")
    assert await drafts.list_own(ada) == []


async def test_password_in_an_address_is_sealed_too(people: Accounts, drafts: DraftUseCases) -> None:
    ada = people.who(await people.join("ada", EDITOR))
    typed = f"https://ann:{SECRET}@example.org/"
    await drafts.keep(ada, Draft("service.new", "", "http", {"label": typed}, {"url": typed}))
    assert SECRET not in str(await stored(people))
    found = await drafts.find(ada, "service.new")
    assert found is not None
    assert (found.common["label"], found.config["url"]) == (typed, typed)


async def test_old_ones_and_too_many_go(people: Accounts, drafts: DraftUseCases) -> None:
    ada = people.who(await people.join("ada", EDITOR))
    for number in range(DRAFTS_LIMIT + 2):
        await drafts.keep(ada, draft(f"service.{number}"))
        people.clock.move(seconds=1)
    subjects = [one.subject for one in await drafts.list_own(ada)]
    assert len(subjects) == DRAFTS_LIMIT
    assert subjects[0] == f"service.{DRAFTS_LIMIT + 1}"
    people.clock.move(days=DAYS_LIMIT)
    assert await drafts.find(ada, subjects[0]) is None
    await drafts.keep(ada, draft())
    assert len(await stored(people)) == 1


async def test_too_large_a_draft_and_who_may_not_write_are_refused(people: Accounts, drafts: DraftUseCases) -> None:
    ada, ben = people.who(await people.join("ada", EDITOR)), people.who(await people.join("ben", VIEWER))
    with pytest.raises(InvalidInput, match="at most 256 KiB"):
        await drafts.keep(ada, draft(label="x" * SIZE_LIMIT))
    with pytest.raises(PermissionDenied):
        await drafts.keep(ben, draft())
    await drafts.keep(SYSTEM, draft())
    assert await stored(people) == []


async def test_drafts_go_with_their_account(people: Accounts, drafts: DraftUseCases) -> None:
    ada = people.who(await people.join("ada", EDITOR))
    await drafts.keep(ada, draft())
    async with people.database.write() as conn:
        for table in ("session", "account"):
            column = "pk" if table == "account" else "account_pk"
            await conn.execute(text(f"DELETE FROM {table} WHERE {column} = :pk").bindparams(pk=ada.account_pk))
    assert await stored(people) == []


async def test_changed_key_seals_drafts_anew(people: Accounts, drafts: DraftUseCases) -> None:
    ada = people.who(await people.join("ada", EDITOR))
    await drafts.keep(ada, draft())
    new = new_key()
    both = Vault([new, *people.vault._keys])
    assert await secrets.rotate(people.database, COMMAND_LINE, both, None, people.clock.now()) == 1
    alone = KindRegistry(sealer=Vault([new]))
    found = await DraftUseCases(people.database, alone, people.clock).find(ada, "service.new")
    assert found is not None
    assert alone["database"].opened(found.config)["password"] == SECRET
    assert (await secrets.status(people.database, Vault([new_key()]))).lost == ("a draft of ada",)
