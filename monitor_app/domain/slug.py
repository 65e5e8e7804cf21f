"""A public `service_id` out of a label or an address, and another where it is taken."""

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Collection, Iterator

from monitor_app.domain.service import RESERVED_SERVICE_IDS

SLUG_LIMIT = 63
NUMBERED_UP_TO = 9

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
# Letters that Unicode does not take apart into a base letter and a mark.
_SPELLED_OUT = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ı": "i"})


def slug(text: str) -> str:
    """Lower-case letters, digits and single hyphens, at most 63; empty when nothing of `text` can be kept.

    Accents are dropped (`Übersicht` becomes `ubersicht`), so is the scheme of an address.
    """
    lowered = _SCHEME.sub("", text.strip()).lower().translate(_SPELLED_OUT)
    plain = unicodedata.normalize("NFKD", lowered)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _NOT_SLUG.sub("-", plain).strip("-")[:SLUG_LIMIT].rstrip("-")


def slug_of(label: str, target: str) -> str:
    """The slug of the label, else of what is watched, else one made of a hash, so that there always is one."""
    return slug(label) or slug(target) or f"service-{_hash(label + target)}"


def alternatives(wanted: str, salt: str) -> Iterator[list[str]]:
    """What may be used for `wanted`, in rounds, best first: itself; `-2` to `-9`; then endless hashes of `salt`."""
    yield [wanted]
    yield [_with_suffix(wanted, str(number)) for number in range(2, NUMBERED_UP_TO + 1)]
    for attempt in itertools.count():
        yield [_with_suffix(wanted, _hash(f"{attempt} {salt}"))]


def alternatives_of_source(name: str, key: str) -> Iterator[str]:
    """What a service of another system may be called, best first: the slug of the name that it has there, then that
    with a short hash of its whole id there, which comes out the same each time.
    """
    wanted = slug(name) or f"service-{_hash(key)}"
    yield wanted
    for attempt in itertools.count():
        yield _with_suffix(wanted, _hash(key if not attempt else f"{attempt} {key}"))


def first_free(candidates: list[str], taken: Collection[str]) -> str | None:
    """The first candidate that nobody has and that no path of the API uses."""
    return next((name for name in candidates if name not in taken and name not in RESERVED_SERVICE_IDS), None)


def _with_suffix(wanted: str, suffix: str) -> str:
    return f"{wanted[: SLUG_LIMIT - len(suffix) - 1].rstrip('-')}-{suffix}"


def _hash(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()
