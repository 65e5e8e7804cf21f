"""One change to all services that are chosen: piece by piece, with what is done, and why some could not be changed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import reflex as rx

from monitor_app.errors import InvalidInput, LightbulbError
from monitor_app.log import get_logger
from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE, SERVICE_WRITE
from monitor_app.state.admin_services.selection import ServiceSelection
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.service_bulk import BulkChange

# So many in one transaction: what others wait for stays short, and a change can be stopped in between.
PIECE: Final = 500
ERRORS_SHOWN: Final = 100
_TEXT_LIMIT: Final = 2000
# What each one is called when it is done.
_DONE: Final = {
    "enable": "checked again",
    "disable": "paused",
    "tag": "tagged",
    "group": "moved",
    "environment": "moved",
    "interval": "changed",
    "delete": "deleted",
}

logger = get_logger(__name__)


class ServiceBulkState(rx.State):
    """The change that runs, or ran last."""

    is_running: bool = False
    action: str = ""
    done: int = 0
    total: int = 0
    failed: int = 0
    # Of those that could not be changed: service_id, label and reason; the first hundred.
    errors: list[dict[str, str]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    # Why what was typed fits no service; changes with each refusal.
    refusal: str = ""
    refusals: int = 0
    # Grows when a change was taken on, so that its form closes.
    started: int = 0
    _is_cancelled: bool = False

    @rx.event(background=True)
    @requires(SERVICE_WRITE)
    async def run(self, action: Any, values: Any) -> Any:
        """Change all that are chosen. The tab can do all else meanwhile; those that are changed show it."""
        async with self:
            if self.is_running or not isinstance(action, str) or action not in _DONE or action == "delete":
                return
            service_ids = (await self.get_state(ServiceSelection))._service_ids()
            try:
                wanted = _change(action, values)
            except InvalidInput as err:
                self.refusal, self.refusals = "; ".join(err.fields.values()), self.refusals + 1
                return
            self._begin(action, len(service_ids))
        async for event in self._work(service_ids, wanted):
            yield event

    @rx.event(background=True)
    @requires(SERVICE_DELETE)
    async def delete(self) -> Any:
        """Delete all that are chosen, with their relations. Those that are not one's own stay, and say so."""
        async with self:
            if self.is_running:
                return
            service_ids = (await self.get_state(ServiceSelection))._service_ids()
            self._begin("delete", len(service_ids))
        async for event in self._work(service_ids, BulkChange("delete", cascade=True)):
            yield event

    @rx.event
    @requires(BOARD_READ)
    def cancel(self) -> None:
        """Stop after the piece that is on its way."""
        self._is_cancelled = True

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """The reasons have been read."""
        self.errors, self.failed = [], 0

    def _begin(self, action: str, total: int) -> None:
        self.is_running, self._is_cancelled = True, False
        self.action, self.done, self.total, self.failed = action, 0, total, 0
        self.errors, self.refusal = [], ""
        self.started += 1

    async def _work(self, service_ids: Sequence[str], wanted: BulkChange) -> Any:
        changed, changes, problem = 0, [], ""
        try:
            for start in range(0, len(service_ids), PIECE):
                piece = service_ids[start : start + PIECE]
                with noted_changes() as noted:
                    outcome = await current().service_bulk.change(caller(), piece, wanted)
                changed += outcome.success_count
                changes += noted
                async with self:
                    self.done += len(piece)
                    self.failed += len(outcome.errors)
                    self.errors = (self.errors + _named(outcome.errors))[:ERRORS_SHOWN]
                    if self._is_cancelled:
                        break
        except InvalidInput as err:
            problem = "; ".join(err.fields.values())
        except LightbulbError as err:
            logger.warning("a change of many services ended early", reason=str(err))
            problem = str(err)
        finally:
            async with self:
                self.is_running = False
                await say(
                    self,
                    _summary(wanted.action, changed, self.done, self.total, self.failed, problem),
                    tone="failed" if problem or (self.failed and not changed) else "",
                    undo=changes,
                )
                event = await show_own_change()
            yield event


def _change(action: str, values: Any) -> BulkChange:
    """What was filled in, by the names of the form. Raises InvalidInput for what no service may have."""
    given = values if isinstance(values, Mapping) else {}
    match action:
        case "tag":
            add, remove = _tags(given.get("tags_add")), _tags(given.get("tags_remove"))
            if not (add or remove):
                raise InvalidInput({"tags_add": "name a tag to add or to remove"})
            return BulkChange("tag", tags_add=add, tags_remove=remove)
        case "group":
            return BulkChange("group", group=_text(given.get("group")))
        case "environment":
            return BulkChange("environment", environment=_text(given.get("environment")))
        case "interval":
            seconds = _text(given.get("interval_seconds"))
            if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 8):
                raise InvalidInput({"interval_seconds": "say how many seconds, such as 60"})
            return BulkChange("interval", interval_seconds=int(seconds))
        case "enable":
            return BulkChange("enable")
        case _:
            return BulkChange("disable")


def _text(value: Any) -> str:
    return value.strip()[:_TEXT_LIMIT] if isinstance(value, str) else ""


def _tags(value: Any) -> list[str]:
    return list(dict.fromkeys(tag.strip() for tag in _text(value).split(",") if tag.strip()))


def _named(errors: Mapping[str, str]) -> list[dict[str, str]]:
    board = current().board
    return [
        {"sid": name, "label": row.definition.label if (row := board.find(name)) else name, "reason": reason}
        for name, reason in list(errors.items())[:ERRORS_SHOWN]
    ]


def _summary(action: str, changed: int, done: int, total: int, failed: int, problem: str) -> str:
    words = f"{changed:,} {'service is' if changed == 1 else 'services are'} {_DONE[action]}"
    if failed:
        words += f", {failed:,} could not be"
    if done < total:
        words += f"; stopped after {done:,} of {total:,}"
    return f"{words}: {problem}" if problem else words
