"""Lays one document over another: what both have the upper one says, and null takes away."""

from typing import Final

from monitor_app.security.placed import Placed

RELATIONS: Final = "relations"
# In an overlay, a relation with this is taken away: a list has no place for null.
REMOVE: Final = "remove"


def laid_over(base: Placed, upper: Placed) -> Placed:
    """Both as one: objects name by name at any depth, all else whole."""
    if not isinstance(base.value, dict) or not isinstance(upper.value, dict):
        return upper
    together = dict(base.value)
    for name, value in upper.value.items():
        if value.value is None:
            together.pop(name, None)
        else:
            together[name] = laid_over(together[name], value) if name in together else value
    return Placed(together, upper.file, upper.line)


def overlaid(base: Placed, overlay: Placed) -> Placed:
    """A whole document with its overlay. Relations are the same when source, target and type are.

    What is no object is given back as it is: reading tells what is wrong with it.
    """
    if not isinstance(base.value, dict):
        return overlay if base.value is None else base
    if not isinstance(overlay.value, dict):
        return base if overlay.value is None else overlay
    lower, upper = base.value.get(RELATIONS), overlay.value.get(RELATIONS)
    together = laid_over(base, overlay)
    if lower is not None and upper is not None and isinstance(lower.value, list) and isinstance(upper.value, list):
        together.value[RELATIONS] = Placed(_relations(lower.value, upper.value), upper.file, upper.line)
    return together


def _relations(lower: list[Placed], upper: list[Placed]) -> list[Placed]:
    found = {_key(relation, number): relation for number, relation in enumerate(lower)}
    for number, relation in enumerate(upper, len(lower)):
        key = _key(relation, number)
        if _is_removed(relation):
            found.pop(key, None)
        else:
            found[key] = laid_over(found[key], relation) if key in found else relation
    return list(found.values())


def _key(relation: Placed, number: int) -> object:
    """Its number for what is no relation: reading tells what is wrong with it."""
    if not isinstance(relation.value, dict):
        return number
    ends = [relation.value.get(name, Placed(None)).value for name in ("source", "target", "relation_type")]
    return tuple(ends) if all(isinstance(end, str | None) for end in ends) else number


def _is_removed(relation: Placed) -> bool:
    return isinstance(relation.value, dict) and relation.value.get(REMOVE, Placed(None)).value is True
