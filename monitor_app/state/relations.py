"""The page of relations as one browser sees it: a page of a list, and what is done with its rows."""

from typing import Any, Final

import reflex as rx

from monitor_app.domain.relation import RELATION_TYPES
from monitor_app.domain.relation_templates import TEMPLATES
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import RELATION_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.relation_dialog import RelationDialog
from monitor_app.state.relation_rows import PAGE_SIZE, Link, hints, link_of, page_of, query_of, wire_link
from monitor_app.state.runtime import current
from monitor_app.state.service_choice import Choice, choice, found_services
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.relations import MANY_LIMIT, RelationView

PATH: Final = "/admin/relations"
TYPES: Final = [{"name": name, "title": TEMPLATES[name].title} for name in RELATION_TYPES]
_DONE: Final = {"enable": "enabled", "disable": "disabled", "delete": "deleted"}


class RelationsState(rx.State):
    """The rows that the address asks for. Which of them are selected is the browser's own."""

    is_loaded: bool = False
    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    # Another number with each answer: what a browser showed before that is settled.
    answered: int = 0
    total: int = 0
    matched: int = 0
    page: int = 1
    pages: int = 1
    page_size: int = PAGE_SIZE
    # The service that the list is narrowed down to.
    service: list[Choice] = []  # noqa: RUF012
    answers: dict[str, Any] = {}  # noqa: RUF012
    hints: list[dict[str, Any]] = []  # noqa: RUF012
    services: int = 0

    @rx.event
    @requires(RELATION_WRITE)
    async def load(self) -> None:
        """Read the rows: when the page comes up, its address changes, or something was done; follow the statuses."""
        if (hub := current().map_hub) is not None:
            await hub.join(self.router.session.session_id)
        self._read()

    @rx.event
    @requires(RELATION_WRITE)
    async def ask(self, field: Any, text: Any) -> None:
        """Somebody types in the filter by service."""
        if isinstance(text, str):
            rows, matched = found_services(current().board, text)
            options = [choice(row) for row in rows]
            self.answers = {"field": "service", "query": text, "options": options, "matched": matched}

    @rx.event
    @requires(RELATION_WRITE)
    async def switch(self, relation_id: Any, enabled: Any) -> Any:
        """Enable or disable one; one that would close a circle is shown with it."""
        if isinstance(enabled, bool):
            return await self._change("enable" if enabled else "disable", [relation_id])
        return None

    @rx.event
    @requires(RELATION_WRITE)
    async def act(self, action: Any, relation_id: Any) -> Any:
        """Something was chosen in the menu of a row."""
        if action == "edit":
            await (await self.get_state(RelationDialog))._open(relation_id)
            return None
        return await self._change(action, [relation_id])

    @rx.event
    @requires(RELATION_WRITE)
    async def bulk(self, action: Any, relation_ids: Any) -> Any:
        """Something is to be done with all that are selected: with all of them, or with none."""
        if not isinstance(relation_ids, list) or not 1 <= len(relation_ids) <= MANY_LIMIT:
            return None
        return await self._change(action, relation_ids)

    async def _change(self, action: Any, relation_ids: list[Any]) -> Any:
        if not isinstance(action, str) or action not in _DONE:
            return None
        relations = current().relations
        try:
            with noted_changes() as changes:
                if action == "delete":
                    done = await relations.delete_many(caller(), relation_ids)
                else:
                    done = await relations.change_many(caller(), relation_ids, enabled=action == "enable")
        except Conflict as err:
            await say(self, _refusal(err, len(relation_ids)), tone="failed")
            self._read()
            if len(relation_ids) == 1:
                await (await self.get_state(RelationDialog))._open_enabled(relation_ids[0])
            return None
        except (InvalidInput, NotFound) as err:
            await say(self, str(err), tone="failed")
            return await show_own_change()
        if done:
            await say(self, _told(done, _DONE[action]), undo=changes)
        return await show_own_change()

    def _read(self) -> None:
        board = current().board
        query = query_of(self.router.url.query_parameters)
        found = page_of(board, query)
        self.rows = [wire_link(link) for link in found.links]
        self.total, self.matched, self.page, self.pages = found.total, found.matched, found.page, found.pages
        self.hints = hints(board, query) if found.total and not found.matched else []
        row = board.find(query.service) if query.service else None
        self.service = [choice(row)] if row is not None else []
        self.services = len(board)
        self.answered += 1
        self.is_loaded = True


def _refusal(err: Conflict, count: int) -> str:
    first = next(iter(err.fields.values()))
    return first if count == 1 else f"None of the {count} is enabled: {first}"


def _told(done: list[RelationView], what: str) -> str:
    if len(done) > 1:
        return f"{len(done)} relations are {what}"
    link = link_of(current().board, done[0].relation)
    return f"{_sentence(link) if link else 'The relation'}: {what}"


def _sentence(link: Link) -> str:
    names = link.source.definition.label, link.target.definition.label
    return TEMPLATES[link.relation.relation_type].sentence(*names)
