"""The views of a list that somebody keeps, and those that others share."""

from collections.abc import Awaitable
from typing import Any

import reflex as rx

from monitor_app.domain.saved_view import PAGES, SavedView
from monitor_app.errors import InvalidInput, LightbulbError, PermissionDenied
from monitor_app.security.permissions import BOARD_READ, PROFILE_MANAGE
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say


class SavedViewsState(rx.State):
    """The views of one page."""

    page: str = ""
    is_loaded: bool = False
    views: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    # Of the view that was kept last, so that the address names it.
    kept: int = 0
    # What is wrong with the name; changes with each refusal.
    error: str = ""
    refusals: int = 0

    @rx.event
    @requires(BOARD_READ)
    async def load(self, page: Any) -> None:
        """Read the views of a page. For its on_load: `SavedViewsState.load("services")`."""
        if page not in PAGES:
            return
        self.page, self.error, self.kept = page, "", 0
        await self._read()

    @rx.event
    @requires(PROFILE_MANAGE)
    async def save_as(self, form: Any) -> None:
        """Keep the list as it is now: `name`, `query`, `is_shared`."""
        if self.page not in PAGES or not isinstance(form, dict):
            return
        values = {"name": form.get("name"), "query": form.get("query"), "is_shared": form.get("is_shared") is True}
        made = await self._try(current().saved_views.create(caller(), self.page, values))
        if made is not None:
            self.kept = made.pk
            await say(self, f"The view {made.name} is kept")

    @rx.event
    @requires(PROFILE_MANAGE)
    async def change(self, pk: Any, values: Any) -> None:
        """Give a view this name or query, share it, make it the default: what `values` name."""
        if not isinstance(values, dict) or not values:
            return
        changed = await self._try(current().saved_views.change(caller(), pk, values))
        if changed is not None:
            await say(self, _words(changed, values))

    @rx.event
    @requires(PROFILE_MANAGE)
    async def remove(self, pk: Any) -> None:
        """Forget a view."""
        removed = await self._try(current().saved_views.remove(caller(), pk))
        if removed is not None:
            await say(self, f"The view {removed.name} is deleted")

    async def _try(self, change: Awaitable[SavedView]) -> SavedView | None:
        """The view; None after a refusal, which is told under the name or in a toast."""
        try:
            view = await change
        except InvalidInput as err:
            self.error, self.refusals = "; ".join(err.fields.values()), self.refusals + 1
            if "name" not in err.fields:
                await say(self, self.error, tone="failed")
            return None
        except PermissionDenied:
            raise
        except LightbulbError as err:
            await say(self, str(err), tone="failed")
            await self._read()
            return None
        self.error = ""
        await self._read()
        return view

    async def _read(self) -> None:
        identity = caller()
        found = await current().saved_views.list_for(identity, self.page)
        self.views = [_row(view, view.account_pk == identity.account_pk) for view in found]
        self.is_loaded = True


def _row(view: SavedView, is_own: bool) -> dict[str, Any]:
    return {
        "pk": view.pk,
        "name": view.name,
        "query": view.query,
        "owner": view.owner,
        "is_own": is_own,
        "is_shared": view.is_shared,
        "is_default": view.is_default,
    }


def _words(view: SavedView, values: dict[str, Any]) -> str:
    if "is_shared" in values:
        return f"The view {view.name} is shared with all" if view.is_shared else f"The view {view.name} is yours alone"
    if "is_default" in values:
        return f"You start with {view.name} from now on" if view.is_default else "You start with all services again"
    return f"The view {view.name} is changed"
