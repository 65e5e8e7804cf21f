"""Routes of relations and circuit breakers."""

from typing import Any, Final

from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, RELATION_WRITE, SYSTEM
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage

ONE = "/api/admin/relations/{relation_id}"
SUGGESTIONS = "/api/admin/relations/suggestions"


async def ends(stage: Stage) -> dict[str, Any]:
    """Two services that nothing relates yet."""
    source, target = [stage.service_id(await stage.add(SYSTEM)) for _ in range(2)]
    return {"source_service_id": source, "target_service_id": target}


async def new_relation(stage: Stage, caller: Caller) -> Call:
    return Call(await ends(stage) | {"relation_type": "data-flow", "enabled": True, "note": "orders"})


async def new_relations(stage: Stage, caller: Caller) -> Call:
    return Call({"relations": [await ends(stage), await ends(stage)], "all_or_none": True})


async def planned(stage: Stage, caller: Caller) -> Call:
    return Call(await ends(stage) | {"relation_id": None})


def of_relation(**values: Any) -> Prepare:
    """A call about a relation that there is, with these values."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        made = await stage.running.relations.create(SYSTEM, await ends(stage))
        await stage.running.follower.read_now()
        return Call(values or None, path=ONE.format(relation_id=made.relation.pk))

    return prepare


async def replacement(stage: Stage, caller: Caller) -> Call:
    call = await of_relation()(stage, caller)
    call.json = await ends(stage) | {"note": "another way"}
    return call


async def to_delete(stage: Stage, caller: Caller) -> Call:
    made = [await stage.running.relations.create(SYSTEM, await ends(stage)) for _ in range(2)]
    return Call({"relation_ids": [view.relation.pk for view in made]})


async def to_switch(stage: Stage, caller: Caller) -> Call:
    call = await to_delete(stage, caller)
    call.json |= {"enabled": False}
    return call


async def suggested(stage: Stage, caller: Caller) -> Call:
    """Whether it was suggested does not matter: it is not to be."""
    return Call({"suggestions": [await ends(stage)]})


async def dismissed(stage: Stage, caller: Caller) -> Call:
    if caller.may(RELATION_WRITE):
        book, headers = stage.people.book, caller.headers
        if "Cookie" in headers:
            identity = book.of_cookie(headers["Cookie"], stage.place())
        else:
            identity = book.of_authorization(headers["Authorization"], stage.place()) or SYSTEM
        await stage.running.relation_suggestions.dismiss(identity, [await ends(stage)])
    return Call()


def of_breaker(action: str, **values: Any) -> Prepare:
    """An order to the breaker of some service."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        return Call(values, path=f"/api/breakers/{stage.service_id(await stage.add(SYSTEM))}/{action}")

    return prepare


ROUTES: Final = (
    Row("GET", "/api/admin/relations", RELATION_WRITE, plain),
    Row("POST", "/api/admin/relations", RELATION_WRITE, new_relation, always, 201, is_forgiving=True),
    Row("POST", "/api/admin/relations/bulk", RELATION_WRITE, new_relations, always, is_forgiving=True),
    Row("POST", "/api/admin/relations/validate", RELATION_WRITE, planned, is_forgiving=True),
    Row("PATCH", "/api/admin/relations/bulk", RELATION_WRITE, to_switch, always, is_forgiving=True),
    Row("POST", "/api/admin/relations/bulk/delete", RELATION_WRITE, to_delete, always, is_forgiving=True),
    Row("GET", "/api/admin/relation-types", BOARD_READ, plain),
    Row("GET", SUGGESTIONS, RELATION_WRITE, plain),
    Row("POST", f"{SUGGESTIONS}/dismiss", RELATION_WRITE, suggested, always, 204, is_forgiving=True),
    Row("DELETE", f"{SUGGESTIONS}/dismissed", RELATION_WRITE, dismissed, always, 204),
    Row("GET", ONE, RELATION_WRITE, of_relation()),
    Row("PUT", ONE, RELATION_WRITE, replacement, always, is_forgiving=True),
    Row("PATCH", ONE, RELATION_WRITE, of_relation(enabled=False, note="later"), always, is_forgiving=True),
    Row("DELETE", ONE, RELATION_WRITE, of_relation(), always, 204),
    Row("GET", "/api/breakers", BOARD_READ, plain),
    Row(
        "POST",
        "/api/breakers/{service_id}/open",
        BREAKER_OPERATE,
        of_breaker("open", reason="new disk", minutes=5),
        always,
        202,
        is_forgiving=True,
    ),
    Row(
        "POST",
        "/api/breakers/{service_id}/close",
        BREAKER_OPERATE,
        of_breaker("close", reason="it is in"),
        always,
        202,
        is_forgiving=True,
    ),
)
