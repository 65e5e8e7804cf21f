"""Services are added, changed, paused and deleted in one transaction each, or not at all."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models import Service
from monitor_app.security.permissions import ANONYMOUS, EDITOR, VIEWER, Identity
from monitor_app.storage.database import Database
from monitor_app.use_cases.service_input import ServiceInput
from monitor_app.use_cases.services import ServiceUseCases

SLOW = {"thresholds": [{"metric": "response_ms", "comparison": ">", "value": 500.0, "results": 3}]}


def parcel(name: str = "box", **more: Any) -> dict[str, Any]:
    return {"kind": "parcel", "status_config": {"name": name}} | more


async def rows(database: Database) -> int:
    async with database.read() as conn:
        count: int = (await conn.execute(select(func.count()).select_from(Service))).scalar_one()
        return count


async def refused(services: ServiceUseCases, admin: Identity, values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        await services.create(admin, values)
    return caught.value.fields


@pytest.mark.parametrize(
    ("config", "field", "part"),
    [
        ({"url": "example.org"}, "url", "must begin with http:// or https://"),
        ({"url": "https://ann:secret@example.org/"}, "url", "must not contain a user name or password"),
        ({"url": "https://exa mple.org/"}, "url", "must not contain spaces"),
        ({"url": "file:///etc/passwd"}, "url", "must begin with http:// or https://"),
        ({"url": "gopher://example.org/"}, "url", "must begin with http:// or https://"),
        ({"url": "https://example.org:0/"}, "url", "must have a port from 1 to 65535"),
        ({"url": "https://example.org:70000/"}, "url", "must have a port from 1 to 65535"),
        ({"url": "https://"}, "url", "must name a host"),
        ({"url": 7}, "url", ""),
        ({"url": ""}, "url", "is required"),
        ({}, "url", "is required"),
        ({"headers": {"A": "b\nC: d"}}, "headers", "line break"),
        ({"headers": {"A\r\nB": "c"}}, "headers", "must have names of letters"),
        ({"accepted_statuses": "twohundred"}, "accepted_statuses", ""),
        ({"method": "BREW"}, "method", "must be one of"),
        ({"deadline_seconds": "0"}, "deadline_seconds", "must be at least 0.1"),
        ({"max_redirects": "many"}, "max_redirects", "must be a whole number"),
        ({"verify_tls": "perhaps"}, "verify_tls", "must be true or false"),
    ],
)
async def test_bad_input_of_the_http_kind_is_told_at_its_field_without_its_secrets(
    services, admin, database, config: dict[str, Any], field: str, part: str
) -> None:
    given = config if field == "url" else {"url": "https://example.org"} | config
    messages = await refused(services, admin, {"kind": "http", "status_config": given, "interval_seconds": "text"})
    assert set(messages) == {field, "interval_seconds"}
    assert part in messages[field]
    assert "secret" not in messages[field]
    assert await rows(database) == 0


async def test_created_service_has_what_was_entered(services, admin, bus) -> None:
    created = await services.create(
        admin,
        parcel(
            "box",
            label="  The Box  ",
            group="Shelf",
            tags=["a", "b", "a", " "],
            interval_seconds="15",
            status_config={"name": "box", "weight": "4", "stamps": "Red: 1\n\nBlue: a:b"},
        ),
    )
    assert created == await services.get(admin, "the-box")
    assert (created.label, created.group, created.tags, created.interval_seconds) == (
        "The Box",
        "Shelf",
        ("a", "b"),
        15,
    )
    assert created.status_config == {"name": "box", "weight": 4, "stamps": {"Red": "1", "Blue": "a:b"}}
    assert (created.service_type, created.enabled, created.is_demo) == ("device", True, False)
    assert bus.revisions == [created.revision]


async def test_what_is_left_blank_takes_its_default(services, admin) -> None:
    created = await services.create(
        admin,
        parcel(
            label="",
            tags="",
            interval_seconds="",
            service_type="",
            status_config={"name": "box", "weight": "", "stamps": ""},
        ),
    )
    assert (created.service_id, created.label, created.interval_seconds) == ("parcel-box", "parcel:box", 60)
    assert created.status_config == {"name": "box"}


async def test_every_wrong_field_is_told_at_once(services, admin, database, bus) -> None:
    messages = await refused(
        services,
        admin,
        {
            "label": "x" * 300,
            "service_id": "Not A Slug",
            "kind": "parcel",
            "tags": ["t" * 41],
            "interval_seconds": 0,
            "enabled": "perhaps",
            "status_config": {"name": "", "weight": 12, "colour": "red"},
            "stranger": 1,
        },
    )
    assert messages == {
        "label": "must have at most 120 characters, got 300",
        "service_id": "must be 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends, "
        "got 'Not A Slug'",
        "tags": "must have at most 40 characters, got 41",
        "interval_seconds": "must be 5 to 86400 seconds, got 0",
        "enabled": "must be true or false, got 'perhaps'",
        "weight": "must be at most 9, got 12",
        "colour": "is not a field of this kind",
        "name": "is required",
        "stranger": "is not a field of a service",
    }
    assert await rows(database) == 0
    assert bus.published == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (0, "0"),
        (4, "4"),
        (86_401, "86401"),
        ("soon", "'soon'"),
        (7.5, "7.5"),
        ("-60", "-60"),
        (True, "True"),
        ([60], "[60]"),
        ("nan", "'nan'"),
        (10**400, f"'{'1' + '0' * 10}"),
    ],
)
async def test_interval_is_5_seconds_to_a_day(services, admin, given: object, shown: str) -> None:
    message = (await refused(services, admin, parcel(interval_seconds=given)))["interval_seconds"]
    assert message.startswith("must be 5 to 86400 seconds, got ")
    assert message.endswith(shown) or len(message) < 120


@pytest.mark.parametrize("given", [5, "5", 86_400, 60.0, " 60 "])
async def test_interval_may_be_written_in_these_ways(services, admin, given: object) -> None:
    assert (await services.create(admin, parcel(interval_seconds=given))).interval_seconds == int(float(str(given)))


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "a\tb", "\x1b[31m", "a\u2028b", "\u202egnp.exe", "\ud800"])
@pytest.mark.parametrize("field", ["label", "group"])
async def test_control_characters_are_refused(services, admin, field: str, text: str) -> None:
    messages = await refused(services, admin, parcel(**{field: f"x{text}y"}))
    assert messages == {field: "must not hold line breaks or other control characters"}


@pytest.mark.parametrize("value", [1, None, ["a"], {"a": 1}, True])
@pytest.mark.parametrize(
    "field", ["label", "service_id", "group", "service_type", "kind", "tags", "status_config", "metric_config"]
)
async def test_a_payload_of_wrong_types_is_a_message_and_never_a_bug(
    services, admin, field: str, value: object
) -> None:
    with suppress(InvalidInput):
        await services.create(admin, parcel() | {field: value})


@pytest.mark.parametrize(
    ("service_id", "part"),
    [
        ("stream", "must not be a word that addresses use"),
        ("-a", "must be 1 to 63"),
        ("a" * 64, "must be 1 to 63"),
        ("A", "must be 1 to 63"),
        ("a b", "must be 1 to 63"),
        ("a_b", "must be 1 to 63"),
        ("é", "must be 1 to 63"),
    ],
)
async def test_service_id_is_a_slug_that_no_address_uses(services, admin, service_id: str, part: str) -> None:
    assert (await refused(services, admin, parcel(service_id=service_id)))["service_id"].startswith(part)


async def test_unknown_kind_names_those_there_are(services, admin) -> None:
    messages = await refused(services, admin, {"kind": "smoke", "status_config": {}, "label": "x" * 121})
    assert "parcel" in messages["kind"]
    assert "'smoke'" in messages["kind"]
    assert "label" in messages


async def test_line_of_a_mapping_needs_a_colon(services, admin) -> None:
    messages = await refused(services, admin, parcel(status_config={"name": "box", "stamps": "Red 1"}))
    assert messages == {"stamps": "must have one `name: value` a line; line 1 has no name and colon"}


async def test_more_than_20_tags_or_a_comma_in_one_are_refused(services, admin) -> None:
    assert (await refused(services, admin, parcel(tags=[str(n) for n in range(21)])))[
        "tags"
    ] == "must be at most 20 tags, got 21"
    assert "comma" in (await refused(services, admin, parcel(tags=["a,b"])))["tags"]
    assert (await services.create(admin, parcel(tags="a, b,,c"))).tags == ("a", "b", "c")


async def test_taken_service_id_is_a_conflict_told_beside_other_mistakes(services, admin, database) -> None:
    await services.create(admin, parcel(service_id="box"))
    with pytest.raises(Conflict) as caught:
        await services.create(admin, parcel(service_id="box"))
    assert caught.value.fields == {"service_id": "must be unique: box is taken by another service"}
    both = await refused(services, admin, parcel(service_id="box", label="x" * 300))
    assert set(both) == {"service_id", "label"}
    assert await rows(database) == 1


async def test_derived_ids_of_equal_labels_differ(services, admin) -> None:
    created = await services.create_many(admin, [parcel(label="Box") for _ in range(30)])
    ids = [service.service_id for service in created]
    assert ids[:3] == ["box", "box-2", "box-3"]
    assert len(set(ids)) == 30


async def test_derived_id_never_takes_one_that_another_entry_asks_for(services, admin) -> None:
    created = await services.create_many(admin, [parcel(label="Box"), parcel(service_id="box")])
    assert [service.service_id for service in created] == ["box-2", "box"]


async def test_many_are_added_all_or_none_and_told_once(services, admin, database, bus) -> None:
    with pytest.raises(InvalidInput) as caught:
        await services.create_many(
            admin,
            [
                parcel(),
                parcel(label="x" * 121),
                parcel(service_id="a"),
                parcel(service_id="a"),
                parcel(interval_seconds=1),
            ],
        )
    assert set(caught.value.fields) == {"2.label", "4.service_id", "5.interval_seconds"}
    assert await rows(database) == 0
    await services.create_many(admin, [parcel(), parcel()])
    assert len(bus.revisions) == 1


async def test_more_than_1000_at_once_are_refused(services, admin) -> None:
    with pytest.raises(InvalidInput, match="must be at most 1000 at once, got 1001"):
        await services.create_many(admin, [parcel()] * 1001)


async def test_update_changes_what_is_named_and_keeps_the_rest(services, admin, clock) -> None:
    before = await services.create(admin, parcel(label="Box", group="Shelf", enabled=False, metric_config=SLOW))
    clock.advance(5)
    after = await services.update(admin, "box", {"label": "Crate"}, expected_revision=before.revision)
    assert (after.label, after.group, after.enabled, after.service_id) == ("Crate", "Shelf", False, "box")
    assert after.metric_config == SLOW
    assert after.pk == before.pk
    assert after.revision > before.revision


async def test_update_may_give_another_service_id(services, admin) -> None:
    before = await services.create(admin, parcel(service_id="box"))
    await services.create(admin, parcel(service_id="crate"))
    with pytest.raises(Conflict):
        await services.update(admin, "box", {"service_id": "crate"}, expected_revision=before.revision)
    renamed = await services.update(admin, "box", {"service_id": "chest"}, expected_revision=before.revision)
    assert renamed.pk == before.pk
    with pytest.raises(NotFound):
        await services.get(admin, "box")


async def test_change_over_a_change_of_somebody_else_is_a_conflict(services, admin) -> None:
    shown = await services.create(admin, parcel(label="Box"))
    await services.update(admin, "box", {"label": "First"}, expected_revision=shown.revision)
    with pytest.raises(Conflict, match="First was changed by somebody else meanwhile"):
        await services.update(admin, "box", {"label": "Second"}, expected_revision=shown.revision)
    assert (await services.get(admin, "box")).label == "First"


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("metric_config", {"a": float("nan")}, "must hold only texts, numbers"),
        ("metric_config", {"a": object()}, "must hold only texts, numbers"),
        ("metric_config", {"a": "x" * 20_000}, "must be at most 16 KiB as JSON, got 19 KiB"),
        ("metric_config", {1: "a"}, "must be an object with named fields"),
        ("service_type", "Web Site", "must have lower-case letters, digits and underscores only"),
        ("tags", {"a": 1}, "must be a list of words"),
        ("group", "g" * 81, "must have at most 80 characters, got 81"),
    ],
)
async def test_other_fields_say_what_they_allow(services, admin, field: str, value: object, part: str) -> None:
    assert part in (await refused(services, admin, parcel(**{field: value})))[field]


async def test_of_two_changes_at_once_exactly_one_wins(services, admin) -> None:
    shown = await services.create(admin, parcel(label="Box"))
    changes = [services.update(admin, "box", {"label": f"L{n}"}, expected_revision=shown.revision) for n in range(5)]
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4


async def test_of_two_that_want_one_id_at_once_exactly_one_gets_it(services, admin, database) -> None:
    outcomes = await asyncio.gather(
        *(services.create(admin, parcel(service_id="box")) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert await rows(database) == 1


async def test_wrong_update_names_its_fields_and_changes_nothing(services, admin, bus) -> None:
    before = await services.create(admin, parcel(service_id="box"))
    with pytest.raises(InvalidInput) as caught:
        await services.update(
            admin, "box", parcel(interval_seconds="x", status_config={}), expected_revision=before.revision
        )
    assert set(caught.value.fields) == {"interval_seconds", "name"}
    assert await services.get(admin, "box") == before
    assert len(bus.published) == 1


async def test_deleted_service_is_gone_and_gives_its_id_free(services, admin, database, bus) -> None:
    await services.create_many(admin, [parcel(service_id="a"), parcel(service_id="b")])
    deleted = await services.delete(admin, ["a"])
    assert [service.service_id for service in deleted] == ["a"]
    assert [service.service_id for service in await services.list_all(admin)] == ["b"]
    assert bus.revisions == sorted(set(bus.revisions))
    await services.create(admin, parcel(service_id="a"))
    assert await rows(database) == 3


async def test_deleting_an_unknown_one_deletes_none(services, admin) -> None:
    await services.create(admin, parcel(service_id="a"))
    with pytest.raises(NotFound, match="there is no service x"):
        await services.delete(admin, ["a", "x"])
    assert len(await services.list_all(admin)) == 1


async def test_deleted_services_are_restored_with_their_keys(services, admin, bus) -> None:
    created = await services.create_many(admin, [parcel(service_id="a"), parcel(service_id="b")])
    deleted = await services.delete(admin, ["a", "b"])
    restored = await services.restore(admin, [service.pk for service in deleted])
    assert [(service.pk, service.service_id) for service in restored] == [
        (service.pk, service.service_id) for service in created
    ]
    assert bus.revisions == sorted(set(bus.revisions))
    await services.delete(admin, ["a"])
    await services.create(admin, parcel(service_id="a"))
    with pytest.raises(Conflict):
        await services.restore(admin, [created[0].pk])


async def test_pause_and_resume_change_only_those_that_differ(services, admin, bus) -> None:
    first, second = await services.create_many(admin, [parcel(service_id="a"), parcel(service_id="b", enabled=False)])
    await services.pause(admin, ["a", "b"])
    assert not (await services.get(admin, "a")).enabled
    assert await services.get(admin, "b") == second
    await services.resume(admin, ["a", "b"])
    assert all(service.enabled for service in await services.list_all(admin))
    assert bus.revisions == sorted(set(bus.revisions))
    told = len(bus.published)
    await services.resume(admin, ["a"])
    assert len(bus.published) == told
    assert first.enabled


async def test_use_cases_ask_for_the_permission(services, admin, database) -> None:
    created = await services.create(admin, parcel(service_id="a"))
    for identity in (Identity.of_role("eve", ANONYMOUS), Identity.of_role("vic", VIEWER)):
        for attempt in (
            services.create(identity, parcel()),
            services.create_many(identity, [parcel()]),
            services.update(identity, "a", {"label": "x"}, expected_revision=created.revision),
            services.delete(identity, ["a"]),
            services.restore(identity, [created.pk]),
            services.pause(identity, ["a"]),
            services.resume(identity, ["a"]),
        ):
            with pytest.raises(PermissionDenied):
                await attempt
    with pytest.raises(PermissionDenied):
        await services.get(Identity.of_role("eve", ANONYMOUS), "a")
    assert await services.get(Identity.of_role("vic", VIEWER), "a") == created


async def test_editors_delete_and_restore_what_they_made_themselves_only(services, admin) -> None:
    ed, others = Identity.of_role("ed", EDITOR), await services.create(admin, parcel(service_id="a"))
    own = await services.create(ed, parcel(service_id="b"))
    with pytest.raises(PermissionDenied, match="may not delete what others made"):
        await services.delete(ed, ["a", "b"])
    assert {service.service_id for service in await services.list_all(admin)} == {"a", "b"}
    assert await services.delete(ed, ["b"]) == [own]
    assert (await services.restore(ed, [own.pk]))[0].owner == "ed"
    assert len(await services.delete(admin, ["a", "b"])) == 2
    with pytest.raises(PermissionDenied):
        await services.restore(ed, [own.pk, others.pk])
    assert await services.list_all(admin) == []


async def test_checked_input_is_taken_as_well(services, admin) -> None:
    created = await services.create(admin, ServiceInput(label="Box", kind="parcel", status_config={"name": "box"}))
    assert created.service_id == "box"
