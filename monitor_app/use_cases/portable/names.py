"""Service_ids for what has none of its own, each once, and the same again whenever the same file is read."""

from monitor_app.domain.slug import alternatives, first_free, slug_of


class ServiceIds:
    """Gives names, and knows those it has given."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, label: str, target: str) -> str:
        """The slug of the label, else of the target; with -2 and so on behind it where that was given before."""
        for candidates in alternatives(slug_of(label, target), f"{label} {target}"):
            if free := first_free(candidates, self._taken):
                self._taken.add(free)
                return free
        raise AssertionError("there is no end of alternatives")
