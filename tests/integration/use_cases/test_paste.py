"""A pasted list: good lines are kept, bad ones say what is wrong, all are tested at once and saved on one click."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.models import Service
from monitor_app.security.permissions import NOBODY, VIEWER, Identity
from monitor_app.use_cases.paste import LineState, PasteLine, PasteSession

LARGEST_FRAME = 128 * 1024


@pytest.fixture
def session(admin, registry, probing, services) -> PasteSession:
    return PasteSession(lambda: admin, registry, probing, services)


async def read(session: PasteSession, text: str) -> list[PasteLine]:
    await session.add(text)
    await session.finish()
    return session.lines


def states(session: PasteSession) -> dict[int, str]:
    return {line.number: line.state.value for line in session.lines}


async def test_good_lines_are_kept_and_bad_ones_say_why(session) -> None:
    lines = await read(
        session,
        "# ours\n- https://example.org/health\nexample.org:8443\n\nfile:///etc/passwd\ngopher://example.org\n"
        "https://ann:secret@example.org\nhttps://example.org:0/\nhttps://example.org:70000/\nhttps://exa mple.org\n"
        "https://\nparcel:box\nparcel:" + "x" * 21 + "\n" + "y" * 3000,
    )
    assert {line.number: (line.state.value, line.target) for line in lines if line.state is LineState.WAITING} == {
        2: ("waiting", "https://example.org/health"),
        3: ("waiting", "https://example.org:8443"),
        12: ("waiting", "parcel:box"),
    }
    messages = {line.number: line.message for line in lines if line.state is LineState.REFUSED}
    assert set(messages) == {5, 6, 7, 8, 9, 10, 11, 13, 14}
    assert "user name or password" in messages[7]
    assert "secret" not in messages[7]
    assert "port from 1 to 65535" in messages[8]
    assert "port from 1 to 65535" in messages[9]
    assert "spaces" in messages[10]
    assert messages[14] == "must have at most 2,048 characters, got 3,000"


async def test_duplicates_in_the_text_name_the_line_they_repeat(session) -> None:
    await read(
        session,
        "https://example.org\nHTTPS://EXAMPLE.org/\nexample.org\nexample.org/\nhttps://example.org/a?b=1\nhttps://example.org/a?b=2",
    )
    assert states(session) == {1: "waiting", 2: "duplicate", 3: "waiting", 4: "duplicate", 5: "waiting", 6: "waiting"}
    assert [line.message for line in session.lines if line.message] == ["the same as line 1", "the same as line 3"]


async def test_what_is_watched_already_is_told_by_its_label(session, services, admin) -> None:
    await services.create(admin, {"label": "Shop", "status_config": {"url": "https://example.org/", "headers": "A: 1"}})
    await read(session, "example.org\nhttps://example.org\nhttp://example.org")
    assert states(session) == {1: "watched", 2: "watched", 3: "waiting"}
    assert session.lines[0].message == "already watched as Shop"


async def test_services_whose_kind_or_config_is_gone_do_not_matter(
    services, admin, registry, probing, database
) -> None:
    many = [{"kind": "parcel", "status_config": {"name": str(number)}} for number in range(300)]
    await services.create_many(admin, many)
    async with database.write() as conn:
        await conn.execute(update(Service).where(Service.label == "parcel:1").values(kind="gone"))
        await conn.execute(update(Service).where(Service.label == "parcel:2").values(status_config={"old": 1}))
    session = PasteSession(lambda: admin, registry, probing, services)
    await read(session, "parcel:1\nparcel:2\nparcel:299")
    assert states(session) == {1: "waiting", 2: "waiting", 3: "watched"}


async def test_line_that_is_saved_while_it_is_tested_stays_saved(session, services, admin, counter) -> None:
    await read(session, "parcel:lost|box")
    saving: list[asyncio.Task[object]] = []
    counter.at[1] = lambda: saving.append(asyncio.create_task(session.save(with_untested=True)))
    await session.test(None)
    await saving[0]
    await session.test()
    assert len(await services.list_all(admin)) == 1
    assert states(session) == {1: "saved"}


async def test_every_line_is_tested_and_shows_what_it_found(session) -> None:
    await read(session, "parcel:box\nparcel:lost\nparcel:cursed\n???")
    await session.test()
    assert states(session) == {1: "ok", 2: "failing", 3: "failing", 4: "refused"}
    assert session.lines[0].result.phases == {"total": 1.0}
    assert session.lines[1].message == "lost is lost"
    assert session.lines[2].message == "the check itself broke: RuntimeError; the log tells more"


async def test_first_guess_that_answers_wins_else_the_best(session) -> None:
    await read(
        session, "parcel:lost|box\nparcel:lost|stray\nparcel:lost a|found b\nparcel:lost c|lost d\nparcel:ok1|ok2"
    )
    await session.test()
    assert [line.target for line in session.lines] == [
        "parcel:box", "parcel:stray", "parcel:found b", "parcel:lost c", "parcel:ok1"
    ]  # fmt: skip


async def test_lines_that_turn_out_the_same_are_told_after_the_test(session) -> None:
    await read(session, "parcel:lost|box\nparcel:box\nparcel:lost2|box")
    await session.test()
    assert states(session) == {1: "ok", 2: "duplicate", 3: "duplicate"}
    assert {line.message for line in session.lines[1:]} == {"the same as line 1"}


async def test_at_most_20_are_tested_at_once(session, counter) -> None:
    await read(session, "\n".join(f"parcel:{number}" for number in range(300)))
    await session.test()
    assert counter.total == 300
    assert 10 <= counter.most <= 20


async def test_progress_tells_each_line_that_changed(session) -> None:
    told: dict[int, LineState] = {}

    async def progress(lines: Sequence[PasteLine]) -> None:
        told.update({line.number: line.state for line in lines})

    await read(session, "parcel:a\nparcel:lost\n")
    await session.test(progress)
    assert told == {1: LineState.OK, 2: LineState.FAILING}


async def test_cancelled_test_leaves_the_rest_waiting_and_goes_on_later(session) -> None:
    arrived = asyncio.Event()

    async def progress(lines: Sequence[PasteLine]) -> None:
        if any(line.state is LineState.OK for line in lines):
            arrived.set()

    await read(session, "parcel:a\nparcel:stuck")
    task = asyncio.create_task(session.test(progress))
    await asyncio.wait_for(arrived.wait(), 60)
    assert states(session) == {1: "ok", 2: "testing"}
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert states(session) == {1: "ok", 2: "waiting"}


async def test_stopped_test_begins_no_further_line_and_can_go_on(session, counter) -> None:
    await read(session, "\n".join(f"parcel:{number}" for number in range(100)))
    counter.at[50] = session.stop
    await session.test()
    assert session.counts == {LineState.OK: counter.total, LineState.WAITING: 100 - counter.total}
    assert 50 <= counter.total < 70
    await session.test()
    assert session.counts == {LineState.OK: 100}


async def test_saved_on_one_click_failing_ones_too(session, services, admin, bus) -> None:
    await read(session, "parcel:box\nparcel:lost\nparcel:\n")
    await session.test()
    saved = await session.save(group="Shelf", tags="a,b", interval_seconds="30")
    assert [(service.label, service.group, service.tags, service.interval_seconds) for service in saved] == [
        ("parcel:box", "Shelf", ("a", "b"), 30),
        ("parcel:lost", "Shelf", ("a", "b"), 30),
    ]
    assert states(session) == {1: "saved", 2: "saved", 3: "refused"}
    assert len(bus.revisions) == 1
    assert await services.list_all(admin) == saved


async def test_only_selected_lines_are_saved(session) -> None:
    await read(session, "parcel:a\nparcel:b\nparcel:c")
    await session.test()
    assert [service.label for service in await session.save([2, 99])] == ["parcel:b"]
    assert states(session) == {1: "ok", 2: "saved", 3: "ok"}


async def test_untested_lines_are_saved_only_when_asked_for(session) -> None:
    await read(session, "parcel:a|b")
    assert await session.save() == []
    assert [service.label for service in await session.save(with_untested=True)] == ["parcel:a"]


async def test_second_click_saves_nothing_twice(session, services, admin) -> None:
    await read(session, "parcel:a\nparcel:b")
    await session.test()
    await asyncio.gather(session.save(), session.save())
    assert len(await services.list_all(admin)) == 2


async def test_wrong_interval_is_told_and_nothing_is_saved(session, services, admin) -> None:
    await read(session, "parcel:a")
    await session.test()
    with pytest.raises(InvalidInput, match="must be 5 to 86400 seconds, got 'often'"):
        await session.save(interval_seconds="often")
    assert await services.list_all(admin) == []
    assert states(session) == {1: "ok"}


async def test_5000_lines_in_pieces_of_a_frame_with_blanks_and_duplicates(session, services, admin) -> None:
    lines = [f"https://host-{number}.example.org/some/longer/path/for/health" for number in range(4_000)]
    lines += lines[:1_000]
    text = "\r\n\r\n".join(lines)
    pieces = [text[start : start + LARGEST_FRAME] for start in range(0, len(text), LARGEST_FRAME)]
    assert len(pieces) > 1
    for piece in pieces:
        await session.add(piece)
    await session.finish()
    assert session.counts == {LineState.WAITING: 4_000, LineState.DUPLICATE: 1_000}
    assert session.lines[-1].number == 9_999
    saved = await session.save(with_untested=True)
    assert len({service.service_id for service in saved}) == 4_000


async def test_more_than_5000_addresses_are_refused_and_the_first_are_kept(session) -> None:
    text = "\n".join(f"parcel:{number}" for number in range(5_001))
    with pytest.raises(InvalidInput, match="at most 5,000 addresses at once: line 5001 and all after it were left out"):
        await read(session, text)
    assert session.counts == {LineState.WAITING: 5_000}


@pytest.mark.parametrize("piece", [None, 7, ["https://example.org"], b"x"])
async def test_payload_that_is_no_text_is_refused(session, piece: object) -> None:
    with pytest.raises(InvalidInput, match="must be text"):
        await session.add(piece)


async def test_endless_text_is_refused(session) -> None:
    for _ in range(4 * 1024**2 // LARGEST_FRAME):
        await session.add(" " * LARGEST_FRAME)
    with pytest.raises(InvalidInput, match="at most 4 MiB"):
        await session.add(" ")


@given(st.text(max_size=300))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_gives_lines_with_a_state_and_refusals_with_a_message(admin, registry, probing, text: str) -> None:
    class NoServices:
        async def list_all(self, identity: Identity) -> list[object]:
            return []

    session = PasteSession(lambda: admin, registry, probing, NoServices())
    for line in asyncio.run(read(session, text)):
        assert line.state in (LineState.WAITING, LineState.REFUSED, LineState.DUPLICATE)
        assert line.message or line.state is LineState.WAITING


def test_pasting_needs_the_permission(registry, probing, services) -> None:
    with pytest.raises(PermissionDenied):
        PasteSession(lambda: Identity.of_role("vic", VIEWER), registry, probing, services)


@pytest.mark.parametrize(
    "address",
    ["mysql://root:hunter2/more@db/x", "mysql://root:hunter2@db:70000/x", "https://a:hunter2/more@example.org/"],
)
async def test_a_line_that_is_refused_shows_no_password(session: PasteSession, address: str) -> None:
    [line] = await read(session, address)
    assert line.state is LineState.REFUSED
    assert "hunter2" not in repr(line)


async def test_a_line_that_confused_every_kind_is_understood_or_refused(session: PasteSession) -> None:
    lines = await read(session, "tcp:db.example.org:22\nhttps://[::1]x:80/\nexample.org")
    assert [line.state for line in lines] == [LineState.WAITING, LineState.REFUSED, LineState.WAITING]


async def test_nothing_more_is_tested_or_saved_for_who_was_logged_out(admin, registry, probing, services) -> None:
    person = [admin]
    session = PasteSession(lambda: person[0], registry, probing, services)
    await read(session, "http://127.0.0.1:1/\nhttp://127.0.0.1:2/")
    await session.test()

    person[0] = NOBODY

    with pytest.raises(PermissionDenied):
        await session.save()
    with pytest.raises(PermissionDenied):
        await session.test()
    assert await services.list_all(admin) == []
