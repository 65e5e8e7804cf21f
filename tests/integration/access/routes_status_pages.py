"""Status pages, the notices on them, and their badges."""

from typing import Any, Final

from monitor_app.security.permissions import STATUS_PAGE_WRITE, SYSTEM
from monitor_app.state.guard import PUBLIC
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage

PAGES, NOTICES = "/api/admin/status-pages", "/api/admin/notices"
PNG: Final = "iVBORw0KGgoAAAAA"


async def entry(stage: Stage) -> dict[str, str]:
    """A service that there is."""
    return {"service_id": stage.service_id(1), "public_name": "Shop", "section": "All"}


async def a_page(stage: Stage) -> str:
    """The slug of a new one."""
    values = {"slug": stage.new_name("page"), "title": "A page", "entries": [await entry(stage)]}
    made = await stage.running.status_pages.create(SYSTEM, values)
    slug: str = made.slug
    return slug


async def new_page(stage: Stage, caller: Caller) -> Call:
    return Call({"slug": stage.new_name("new"), "title": "New", "entries": [await entry(stage)]})


def of_page(tail: str = "", body: Any = None) -> Prepare:
    """A call about a page."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        return Call(body, path=f"{PAGES}/{await a_page(stage)}{tail}")

    return prepare


async def replacement(stage: Stage, caller: Caller) -> Call:
    slug = await a_page(stage)
    return Call({"slug": slug, "title": "Other", "entries": []}, path=f"{PAGES}/{slug}")


async def preview(stage: Stage, caller: Caller) -> Call:
    return Call({"title": "Draft", "entries": [await entry(stage)]})


async def new_notice(stage: Stage, caller: Caller) -> Call:
    return Call({"title": "Slow", "text": "We look into it.", "pages": [await a_page(stage)]})


def of_notice(tail: str = "", body: Any = None) -> Prepare:
    """A call about a notice; `{update}` in the tail is its newest update."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        notices = stage.running.notices
        made = await notices.create(SYSTEM, {"title": "Slow", "text": "We look into it.", "pages": []})
        if "{update}" in tail:
            made = await notices.add_update(SYSTEM, made.pk, {"text": "We know why."})
        return Call(body, path=f"{NOTICES}/{made.pk}{tail.format(update=made.updates[0].pk)}")

    return prepare


async def gone_page(stage: Stage, caller: Caller) -> Call:
    """One that was deleted a moment ago."""
    slug = await a_page(stage)
    await stage.running.status_pages.delete(SYSTEM, slug)
    return Call(path=f"{PAGES}/{slug}/restore")


async def gone_notice(stage: Stage, caller: Caller) -> Call:
    """The same."""
    notices = stage.running.notices
    made = await notices.create(SYSTEM, {"title": "Slow", "text": "We look into it.", "pages": []})
    await notices.delete(SYSTEM, made.pk)
    return Call(path=f"{NOTICES}/{made.pk}/restore")


async def changed_notice(stage: Stage, caller: Caller) -> Call:
    """One that was changed a moment ago."""
    notices = stage.running.notices
    made = await notices.create(SYSTEM, {"title": "Slow", "text": "We look into it.", "pages": []})
    changed = await notices.update(SYSTEM, made.pk, {"impact": "major"})
    return Call({"updated_at": changed.updated_at.isoformat()}, path=f"{NOTICES}/{made.pk}/undo")


async def read(stage: Stage, caller: Caller) -> Call:
    return Call(path="/status/page")


async def badge(stage: Stage, caller: Caller) -> Call:
    return Call(path="/badge/page.shop/status")


ONE, ONE_NOTICE, UPDATES = f"{PAGES}/{{slug}}", f"{NOTICES}/{{notice_id}}", f"{NOTICES}/{{notice_id}}/updates"
BETTER: Final = {"text": "Better."}
ROUTES: Final = (
    # They take any method, and these are tried with POST; tests of their own read them.
    Row("POST", "/status/{rest:path}", PUBLIC, read, status=405),
    Row("POST", "/badge/{rest:path}", PUBLIC, badge, status=405),
    Row("GET", "/robots.txt", PUBLIC, plain),
    Row("GET", "/sitemap.xml", PUBLIC, plain),
    Row("GET", PAGES, STATUS_PAGE_WRITE, plain),
    Row("POST", PAGES, STATUS_PAGE_WRITE, new_page, always, 201, is_forgiving=True),
    Row("POST", f"{PAGES}/preview", STATUS_PAGE_WRITE, preview, is_forgiving=True),
    Row("GET", ONE, STATUS_PAGE_WRITE, of_page()),
    Row("PUT", ONE, STATUS_PAGE_WRITE, replacement, always, is_forgiving=True),
    Row("PATCH", ONE, STATUS_PAGE_WRITE, of_page("", {"title": "Other"}), always, is_forgiving=True),
    Row("DELETE", ONE, STATUS_PAGE_WRITE, of_page(), always, 204),
    Row("POST", f"{ONE}/restore", STATUS_PAGE_WRITE, gone_page, always, 201),
    Row("PUT", f"{ONE}/logo", STATUS_PAGE_WRITE, of_page("/logo", {"base64": PNG}), always),
    Row("DELETE", f"{ONE}/logo", STATUS_PAGE_WRITE, of_page("/logo"), always),
    Row("GET", NOTICES, STATUS_PAGE_WRITE, plain),
    Row("POST", NOTICES, STATUS_PAGE_WRITE, new_notice, always, 201, is_forgiving=True),
    Row("GET", ONE_NOTICE, STATUS_PAGE_WRITE, of_notice()),
    Row("PATCH", ONE_NOTICE, STATUS_PAGE_WRITE, of_notice("", {"impact": "major"}), always, is_forgiving=True),
    Row("DELETE", ONE_NOTICE, STATUS_PAGE_WRITE, of_notice(), always, 204),
    Row("POST", f"{ONE_NOTICE}/restore", STATUS_PAGE_WRITE, gone_notice, always, 201),
    Row("POST", f"{ONE_NOTICE}/undo", STATUS_PAGE_WRITE, changed_notice, always),
    Row("POST", UPDATES, STATUS_PAGE_WRITE, of_notice("/updates", BETTER), always, 201, is_forgiving=True),
    Row(
        "PATCH",
        f"{UPDATES}/{{update_id}}",
        STATUS_PAGE_WRITE,
        of_notice("/updates/{update}", BETTER),
        always,
        is_forgiving=True,
    ),
    Row("DELETE", f"{UPDATES}/{{update_id}}", STATUS_PAGE_WRITE, of_notice("/updates/{update}"), always),
)
