"""Which results are kept in full: news, what is not good, what a person asked for, and every now and then one more.

Where a report has a standing (the checks that a source tells of), each change of it is kept, however many there are: so
for every result it can be told which checks it was made of. Between changes a newer report takes the place of an older.

Most results are good and steady, and for those this costs a look into a dictionary.
"""

import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from monitor_app.domain.report import ResultDetail, Section, document, facts
from monitor_app.domain.result import CheckResult, ProbeResult
from monitor_app.domain.schedule import phase_seconds
from monitor_app.domain.status import Status
from monitor_app.log import get_logger
from monitor_app.plugins.protocols import CheckConfig

# A service that is well tells so often what it shows in full.
EVERY_SECONDS = 600.0
# Of one that stays as bad as it is, so many results in a row; then one a minute.
BAD_IN_A_ROW = 10
BAD_EVERY_SECONDS = 60.0
# The share of the time that may go into telling in full, for a document takes a millisecond or more and an outage wants
# thousands at once. So far ahead may it be spent; what is left out then is told with a later result.
SHARE = 0.05
AHEAD_SECONDS = 10.0

logger = get_logger(__name__)


class _Kept:
    """What was kept last of a service."""

    __slots__ = ("count", "next_at", "status")

    def __init__(self, next_at: float) -> None:
        self.status = Status.OK
        # How many results of this status were kept in a row.
        self.count = 0
        self.next_at = next_at


class _Told:
    """The standing of a service that was kept last; `sample` is a result kept since that says the same, 0 for none."""

    __slots__ = ("next_at", "sample", "standing")

    def __init__(self, standing: Hashable, next_at: float) -> None:
        self.standing = standing
        self.sample = 0
        self.next_at = next_at


class Details:
    """Belongs to one term. After a start, services that are well tell their first spread over EVERY_SECONDS."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: dict[int, _Kept] = {}
        self._told: dict[int, _Told] = {}
        self._wanted: set[int] = set()
        self._broken: set[int] = set()
        # When all that was told so far has had its share of the time.
        self._paid_at = float("-inf")

    def want(self, service_pk: int) -> None:
        """A person asked for a check: its result is kept in full."""
        self._wanted.add(service_pk)

    def know(self, service_pk: int, standing: Hashable) -> None:
        """An earlier engine has kept a report with this standing."""
        self._told.setdefault(service_pk, _Told(standing, self._spread(service_pk)))

    def of(self, number: int, result: CheckResult, *, is_news: bool) -> ResultDetail | None:
        """What is kept of this result in full; `is_news`: the service has another status than before.

        Afterwards the result holds nothing large any more.
        """
        if result.report is None:
            return None
        if result.report.standing is not None:
            return self._of_told(number, result, result.report.standing)
        if not self._is_kept(result, is_news=is_news):
            result.report.let_go()
            return None
        found = self._document(result)
        if not found or not found["sections"]:
            return None
        return ResultDetail(result.service_pk, number, result.checked_at, result.status, found)

    def _of_told(self, number: int, result: CheckResult, standing: Hashable) -> ResultDetail | None:
        pk, now = result.service_pk, self._monotonic()
        told = self._told.get(pk)
        is_change = told is None or told.standing != standing
        replaces = 0 if told is None else told.sample
        if told is None or is_change:
            told = self._told[pk] = _Told(standing, self._spread(pk))
        elif pk not in self._wanted and (now < told.next_at or self._paid_at > now + AHEAD_SECONDS):
            assert result.report is not None
            result.report.let_go()
            return None
        self._wanted.discard(pk)
        found = self._document(result)
        if not found or not found["sections"]:
            return None
        if not is_change:
            told.sample, told.next_at = number, now + EVERY_SECONDS
        return ResultDetail(pk, number, result.checked_at, result.status, found, replaces, is_lasting=is_change)

    def _spread(self, pk: int) -> float:
        return self._monotonic() + phase_seconds(f"{pk} in full", EVERY_SECONDS)

    def _is_kept(self, result: CheckResult, *, is_news: bool) -> bool:
        pk, now = result.service_pk, self._monotonic()
        kept = self._kept.get(pk)
        if kept is None:
            kept = self._kept[pk] = _Kept(self._spread(pk))
        is_wanted = pk in self._wanted
        if self._paid_at > now + AHEAD_SECONDS and not is_wanted:
            return False
        if result.status is kept.status and now < kept.next_at and not is_news and not is_wanted:
            is_early = result.status is not Status.OK and kept.count < BAD_IN_A_ROW
            if not is_early:
                return False
        self._wanted.discard(pk)
        kept.count = kept.count + 1 if result.status is kept.status else 1
        kept.status = result.status
        kept.next_at = now + (EVERY_SECONDS if result.status is Status.OK else BAD_EVERY_SECONDS)
        return True

    def _document(self, result: CheckResult) -> dict[str, Any] | None:
        pk, began = result.service_pk, self._monotonic()
        try:
            found = result.report.take() if result.report is not None else None
        except Exception:
            # A bug of a kind must not cost the result.
            if pk not in self._broken:
                self._broken.add(pk)
                logger.exception("what a check found cannot be told in full", service_pk=pk)
            return None
        finally:
            self._paid_at = max(self._paid_at, began) + (self._monotonic() - began) / SHARE
        self._broken.discard(pk)
        return found


def report_of(found: ProbeResult, config: CheckConfig) -> Callable[[], dict[str, Any]]:
    """The document of what a probe found: its short facts, then what its kind tells.

    Of a check that got no answer the kind has nothing to tell: then what was tried, how far it came, and what happened.
    """
    return partial(_document_of, found, config)


def _document_of(found: ProbeResult, config: CheckConfig) -> dict[str, Any]:
    told = [] if found.tell is None else list(found.tell())
    sections: list[Section] = []
    if found.status is not Status.OK and not told:
        sections.append(_attempt(found, config))
    if found.details:
        sections.append(facts("Facts", {config.fact_title(name): text for name, text in found.details.items()}))
    return document([*sections, *told], config.repeatable_secrets)


def _attempt(found: ProbeResult, config: CheckConfig) -> Section:
    phases = (f"{name.replace('_', ' ')} {ms:.1f} ms" for name, ms in found.phases.items())
    return facts("The check", {"Tried": config.target, "Came as far as": ", ".join(phases), "Found": found.message})
