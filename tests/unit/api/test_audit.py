"""The audit log to take away."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from monitor_app.api.app import create_api
from monitor_app.domain.audit import AuditFilter
from monitor_app.security.permissions import Identity
from monitor_app.state.runtime import Runtime
from tests.asgi import ask
from tests.unit.api.people import running, with_cookie, with_key


class Log:
    """Gives two pieces, and remembers what was asked for."""

    def __init__(self) -> None:
        self.wanted: list[AuditFilter] = []

    async def export_csv(self, identity: Identity, wanted: AuditFilter) -> AsyncIterator[str]:
        self.wanted.append(wanted)
        yield "id,who\n"
        yield "1,anna\n"

    async def export_json(self, identity: Identity, wanted: AuditFilter) -> AsyncIterator[str]:
        self.wanted.append(wanted)
        yield "["
        yield "]"


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with running(audit_log=Log()) as installed:
        yield installed


@pytest.mark.parametrize(
    ("path", "text", "content_type"),
    [
        ("audit.csv", "id,who\n1,anna\n", "text/csv; charset=utf-8"),
        ("audit.json", "[]", "application/json"),
    ],
)
async def test_log_is_a_file(runtime: Runtime, path: str, text: str, content_type: str) -> None:
    answer = await ask(create_api(), "GET", f"/api/{path}", with_cookie("admin"))
    assert (answer.text, answer.headers["content-type"]) == (text, content_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="{path}"'


async def test_lines_are_chosen(runtime: Runtime) -> None:
    query = "who=anna&outcome=denied&search=db&since=2026-01-02T00:00:00Z"
    await ask(create_api(), "GET", f"/api/audit.json?{query}", with_key("admin"))
    since = datetime(2026, 1, 2, tzinfo=UTC)
    assert runtime.audit_log.wanted == [AuditFilter(who="anna", outcome="denied", search="db", since=since)]


@pytest.mark.parametrize("query", ["since=yesterday", "since=2026-01-02T00:00:00", "unknown=1", f"who={'x' * 300}"])
async def test_wrong_filter_is_told(runtime: Runtime, query: str) -> None:
    assert (await ask(create_api(), "GET", f"/api/audit.csv?{query}", with_key("admin"))).status_code == 422


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 403), ("nobody", 401)])
async def test_only_administrators_may_read_it(runtime: Runtime, role: str, status: int) -> None:
    for path in ("audit.csv", "audit.json"):
        assert (await ask(create_api(), "GET", f"/api/{path}", with_cookie(role))).status_code == status
    assert runtime.audit_log.wanted == []
