"""What an address means that somebody pasted into the form of a service."""

from monitor_app.domain.pasted import address_of
from monitor_app.errors import InvalidInput
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.use_cases.paste import ADDRESS_LIMIT


def understood(registry: KindRegistry, text: str, present: str, *, is_chosen: bool) -> tuple[Kind, CheckConfig] | None:
    """The kind and its config; None where the text means nothing more than it says.

    A kind that somebody has chosen (`is_chosen`) stays, unless the address names another one itself.
    """
    if len(text) > ADDRESS_LIMIT or len(text.strip().splitlines()) != 1:
        return None
    address = address_of(text)
    try:
        guesses = registry.guess(address) if address else []
    except InvalidInput:
        return None
    if not guesses:
        return None
    own = next((guess for guess in guesses if guess[0].name == present), None)
    if own is not None and (is_chosen or guesses[0][0].name == present):
        return own
    return guesses[0] if not is_chosen or _names_its_kind(registry, address) else None


def _names_its_kind(registry: KindRegistry, address: str) -> bool:
    prefixes = [kind.config_model.address_prefix for kind in registry]
    return "://" in address or any(prefix and address.lower().startswith(prefix) for prefix in prefixes)
