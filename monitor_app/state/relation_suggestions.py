"""Relations that seem to be missing, for one person: to be accepted, some at a time, or not to be seen again."""

from typing import Any, Final

import reflex as rx

from monitor_app.domain.relation import DEPENDENCY
from monitor_app.domain.relation_templates import TEMPLATES
from monitor_app.domain.suggestion import Suggestion
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import RELATION_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.relation_rows import wire_end
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes

SHOWN: Final = 20


class SuggestionState(rx.State):
    """The surest of them; the others come up when those are dealt with."""

    is_loaded: bool = False
    items: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    total: int = 0
    dismissed: int = 0
    # Another number with each answer.
    answered: int = 0

    @rx.event
    @requires(RELATION_WRITE)
    async def load(self) -> None:
        """Read them: when the page comes up, or relations or services have changed."""
        await self._read()

    @rx.event
    @requires(RELATION_WRITE)
    async def accept(self, keys: Any) -> Any:
        """Add these as dependencies; those that cannot be added are told."""
        if not (many := _pairs(keys)):
            return None
        wanted = [pair | {"relation_type": DEPENDENCY} for pair in many]
        with noted_changes() as changes:
            added = await current().relations.create_some(caller(), wanted)
        refused = f"; {len(added.errors)} not: {next(iter(added.errors.values()))}" if added.errors else ""
        count = len(added.relations)
        what = "1 relation is added" if count == 1 else f"{count} relations are added"
        await say(self, what + refused, tone="failed" if refused else "", undo=changes)
        return await show_own_change()

    @rx.event
    @requires(RELATION_WRITE)
    async def dismiss(self, keys: Any) -> None:
        """Do not suggest these again."""
        try:
            await current().relation_suggestions.dismiss(caller(), _pairs(keys))
        except InvalidInput:  # nothing is selected
            return
        await self._read()

    @rx.event
    @requires(RELATION_WRITE)
    async def bring_back(self) -> None:
        """Suggest again what was dismissed."""
        await current().relation_suggestions.bring_back(caller())
        await self._read()

    async def _read(self) -> None:
        found = await current().relation_suggestions.list_for(caller())
        items = [_wire(one) for one in found.suggestions[:SHOWN]]
        self.items = [item for item in items if item is not None]
        self.total, self.dismissed = len(found.suggestions), found.dismissed
        self.answered += 1
        self.is_loaded = True


def _pairs(keys: object) -> list[dict[str, str]]:
    """Source and target of each key; nothing when that is not what was sent."""
    if not isinstance(keys, list) or not all(isinstance(key, str) and key.count(" ") == 1 for key in keys[:SHOWN]):
        return []
    ends = (key.split(" ") for key in keys[:SHOWN])
    return [{"source_service_id": source, "target_service_id": target} for source, target in ends]


def _wire(suggestion: Suggestion) -> dict[str, Any] | None:
    source, target = current().board.find(suggestion.source), current().board.find(suggestion.target)
    if source is None or target is None:  # deleted a moment ago
        return None
    sentence = TEMPLATES[DEPENDENCY].sentence(source.definition.label, target.definition.label)
    return {
        "key": suggestion.key,
        "source": wire_end(source),
        "target": wire_end(target),
        "sentence": sentence,
        "why": [because.text for because in suggestion.reasons],
    }
