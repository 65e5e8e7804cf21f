"""Views of lists under a name, on SQLite and PostgreSQL."""

from typing import Any

import pytest

from monitor_app.domain.saved_view import SavedView
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.security.permissions import COMMAND_LINE, EDITOR, VIEWER, Identity
from monitor_app.use_cases import saved_views
from monitor_app.use_cases.saved_views import SavedViews
from tests.accounts import Accounts, on_sqlite

DOWN = "status=failed&sort=-changed"


@pytest.fixture
def views(people: Accounts) -> SavedViews:
    return SavedViews(people.database, people.clock)


async def joined(people: Accounts, name: str, role: str) -> Identity:
    return people.who(await people.join(name, role))


def shown(found: list[SavedView]) -> list[tuple[str, str, bool, bool]]:
    return [(view.owner, view.name, view.is_shared, view.is_default) for view in found]


async def test_one_sees_ones_own_and_what_others_share(people: Accounts, views: SavedViews) -> None:
    ada, ben = await joined(people, "ada", EDITOR), await joined(people, "ben", VIEWER)
    await views.create(ada, "services", {"name": "Mine", "query": f"?{DOWN}&page=3&view=9&open=shop"})
    await views.create(ada, "services", {"name": "ours", "is_shared": True})
    await views.create(ada, "map", {"name": "Map", "is_shared": True})
    await views.create(ben, "services", {"name": "Zoo", "is_default": True})
    assert shown(await views.list_for(ben, "services")) == [("ben", "Zoo", False, True), ("ada", "ours", True, False)]
    mine = await views.list_for(ada, "services")
    assert [(view.name, view.query) for view in mine] == [("Mine", DOWN), ("ours", "")]
    assert len(await views.list_for(ada)) == 3


async def test_there_is_one_default_a_page(people: Accounts, views: SavedViews) -> None:
    ada = await joined(people, "ada", EDITOR)
    first = await views.create(ada, "services", {"name": "First", "is_default": True})
    other = await views.create(ada, "map", {"name": "First", "is_default": True})
    second = await views.create(ada, "services", {"name": "Second", "is_default": True})
    assert [view.pk for view in await views.list_for(ada) if view.is_default] == [other.pk, second.pk]
    await views.change(ada, first.pk, {"is_default": True})
    assert [view.pk for view in await views.list_for(ada, "services") if view.is_default] == [first.pk]


async def test_only_the_owner_and_administrators_change_one(people: Accounts, views: SavedViews) -> None:
    admin = await joined(people, "root", "admin")
    ada, ben = await joined(people, "ada", EDITOR), await joined(people, "ben", EDITOR)
    ours = await views.create(ada, "services", {"name": "Ours", "is_shared": True})
    mine = await views.create(ada, "services", {"name": "Mine"})
    for change in (views.change(ben, ours.pk, {"name": "His"}), views.remove(ben, ours.pk)):
        with pytest.raises(PermissionDenied):
            await change
    for change in (views.change(ben, mine.pk, {"name": "His"}), views.remove(ben, mine.pk)):
        with pytest.raises(NotFound):  # nobody learns what others keep for themselves
            await change
    with pytest.raises(PermissionDenied):
        await views.change(admin, ours.pk, {"is_default": True})
    assert (await views.change(admin, ours.pk, {"name": "All", "query": DOWN})).query == DOWN
    assert (await views.remove(admin, mine.pk)).name == "Mine"
    assert shown(await views.list_for(ben)) == [("ada", "All", True, False)]
    assert await people.log("action", "target") == [
        *[("account.create", name) for name in ("root", "ada", "ben")],
        ("view.create", "services Ours"),
        ("view.create", "services Mine"),
        ("view.update", "services All"),
        ("view.delete", "services Mine"),
    ]


@on_sqlite
async def test_sharing_takes_more_than_looking(people: Accounts, views: SavedViews) -> None:
    ben = await joined(people, "ben", VIEWER)
    with pytest.raises(PermissionDenied):
        await views.create(ben, "services", {"name": "Ours", "is_shared": True})
    mine = await views.create(ben, "services", {"name": "Mine"})
    with pytest.raises(PermissionDenied):
        await views.change(ben, mine.pk, {"is_shared": True})
    with pytest.raises(PermissionDenied):
        await views.create(COMMAND_LINE, "services", {"name": "Nobody's"})


@on_sqlite
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": None}, "name"),
        ({"query": "<script>"}, "query"),
        ({"query": "x" * 2001}, "query"),
        ({"query": "&".join(f"a{number}=1" for number in range(61))}, "query"),
        ({"is_shared": 1}, "is_shared"),
        ({"owner": "ben"}, "owner"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_wrong_values_are_told(people: Accounts, views: SavedViews, values: dict[str, Any], field: str) -> None:
    ada = await joined(people, "ada", EDITOR)
    with pytest.raises(InvalidInput) as refused:
        await views.create(ada, "services", {"name": "Good"} | values)
    assert set(refused.value.fields) == {field}


@on_sqlite
async def test_names_are_ones_own_and_there_is_an_end(
    people: Accounts, views: SavedViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = await joined(people, "ada", EDITOR), await joined(people, "ben", EDITOR)
    first = await views.create(ada, "services", {"name": "Down"})
    await views.create(ben, "services", {"name": "Down"})
    await views.change(ada, first.pk, {"name": "Down"})
    with pytest.raises(Conflict):
        await views.create(ada, "services", {"name": "Down"})
    with pytest.raises(InvalidInput):
        await views.create(ada, "users", {"name": "Down"})
    with pytest.raises(InvalidInput):
        await views.list_for(ada, "users")
    monkeypatch.setattr(saved_views, "VIEWS_LIMIT", 1)
    with pytest.raises(Conflict, match="you have 1 views"):
        await views.create(ada, "services", {"name": "More"})
