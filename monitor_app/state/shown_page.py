"""What the page before a person has loaded anew after they changed something; dialogs stand on every page."""

from typing import Any

from reflex_base.event.context import EventContext

# By the page's route: an event handler, or a list of them.
_reloads: dict[str, Any] = {}
_INDEX = "index"  # what Reflex's router calls the board


def note_reload(route: str, handlers: Any) -> None:
    """Have `handlers` follow a change that is made on the page with this route."""
    _reloads[route.strip("/")] = handlers


def reload_of_shown_page() -> Any:
    """What a handler returns after a change; None for a page that shows nothing of services."""
    try:
        route = str(EventContext.get().router_data.get("pathname", ""))
    except LookupError:
        return None
    return _reloads.get(route.strip("/").removeprefix(_INDEX))
