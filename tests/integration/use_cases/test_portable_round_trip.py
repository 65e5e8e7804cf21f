"""Whatever services there are: exported, imported into an empty installation and exported again, they are the same."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage.relations import insert_relations
from tests.drills import rounds
from tests.portable import PASSPHRASE, Program, another_program, told
from tests.samples import NOON

LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(str.strip)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cc", "Cs", "Cn"]), max_size=20
)
PORTS = st.integers(1, 65535)
HEADERS = st.dictionaries(
    st.sampled_from(["X-Api-Key", "Accept", "Cookie", "X-A"]), st.text("aB=+-@$ {}'\"é", max_size=9).map(str.strip)
)
CONFIGS = st.one_of(
    st.tuples(
        st.just("http"),
        st.fixed_dictionaries(
            {"url": st.sampled_from(["https://a.example/", "http://b.example:8080/x?y=1"])},
            optional={
                "headers": HEADERS,
                "body_contains": TEXT,
                "verify_tls": st.booleans(),
                "deadline_seconds": st.floats(0.1, 120),
                "body": TEXT,
                "accepted_statuses": st.sampled_from(["200", "200-299,304"]),
            },
        ),
    ),
    st.tuples(
        st.just("http"),
        st.fixed_dictionaries(
            {
                "url": st.just("https://a.example/"),
                "auth": st.just("basic"),
                "username": st.just("anna"),
                "password": SECRETS,
            }
        ),
    ),
    st.tuples(
        st.just("tcp"), st.fixed_dictionaries({"host": st.just("x.example"), "port": PORTS}, optional={"expect": TEXT})
    ),
    st.tuples(
        st.just("database"),
        st.fixed_dictionaries({"engine": st.just("redis"), "host": st.just("x.example"), "password": SECRETS}),
    ),
    st.tuples(st.just("push"), st.fixed_dictionaries({"period_seconds": st.integers(5, 10**6)})),
    st.tuples(
        st.just("dns"),
        st.fixed_dictionaries({"name": st.just("ex.example"), "expected": st.sampled_from(["", "192.0.2.1"])}),
    ),
)
SERVICES = st.lists(
    st.tuples(
        CONFIGS,
        st.fixed_dictionaries(
            {"label": LINE, "group": LINE, "enabled": st.booleans()},
            optional={
                "tags": st.lists(LINE.map(lambda tag: tag.replace(",", "")), max_size=3),
                "interval_seconds": st.integers(5, 86_400),
            },
        ),
    ),
    min_size=1,
    max_size=6,
)


async def add(program: Program, services: list[Any]) -> None:
    """Those that the form takes, each dependent on the one before."""
    pks = []
    for (kind, config), values in services:
        try:
            made = await program.services.create(SYSTEM, {"kind": kind, "status_config": config, **values})
        except InvalidInput:  # this form does not take everything
            continue
        pks.append(made.pk)
    times = {"relation_type": "dependency", "note": "=1+1", "created_at": NOON, "updated_at": NOON}
    async with program.database.write() as conn:
        pairs = zip(pks[1:], pks, strict=False)
        await insert_relations(conn, [{"source_pk": source, "target_pk": target, **times} for source, target in pairs])


async def round_trip(empty: Path, folder: Path, services: list[Any]) -> None:
    async with another_program(empty, folder / "a") as here, another_program(empty, folder / "b") as there:
        await add(here, services)
        masked = await here.export()
        report = await there.take(await here.export(passphrase=PASSPHRASE), passphrase=PASSPHRASE)
        assert told(report) == []
        assert await there.export() == masked
        for table in ("services", "relations"):
            assert await there.export("csv", table) == await here.export("csv", table)
            again = await there.take(await there.export("csv", table), "csv")
            assert (told(again), again.added, again.changed) == ([], 0, 0)
        for service_id in await here.all():
            assert await there.config(service_id) == await here.config(service_id)


@settings(
    max_examples=len(rounds(few=4, all=100)),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(services=SERVICES)
def test_any_services_come_back_the_same(empty_sqlite: Path, services: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(round_trip(empty_sqlite, Path(folder), services))
