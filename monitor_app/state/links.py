"""Links to this program that somebody sends on."""

import reflex as rx

from monitor_app.state.runtime import current


def link_here(state: rx.State, path: str, token: str) -> str:
    """A link with a secret: behind the #, where no server's log ever sees it."""
    origin = current().public_url.rstrip("/") or state.router.url.origin
    return f"{origin}{path}#{token}"
