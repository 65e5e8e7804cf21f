"""A sheet for one pass of telling: what is known of incidents and channels, changed by news and by the clock."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting import grouping
from monitor_app.domain.alerting.escalation import (
    ACKNOWLEDGED,
    LOOK_AGAIN,
    MERGED,
    RESOLVED,
    Reached,
    Run,
    advanced,
    begin,
    judged,
    raised,
    reach,
    stopped,
)
from monitor_app.domain.alerting.grouping import Pace, Standing
from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.domain.alerting.policy import STEPS_LIMIT, Policy
from monitor_app.storage import standings as table
from monitor_app.storage.receivers import Directory
from monitor_app.storage.standings import IncidentFacts

_GONE = "policy gone"
_TEXT_LIMIT = 1000


@dataclass
class Sheet:
    """`fetch` what is to be dealt with, then `take` news, `escalate`; `save` writes back what has changed."""

    conn: AsyncConnection
    now: datetime
    pace: Pace
    directory: Directory
    # Kinds of channels whose receivers keep an account of each incident themselves.
    one_by_one: Collection[str] = ()
    facts: dict[int, IncidentFacts] = field(default_factory=dict)
    standings: dict[tuple[int, int], Standing] = field(default_factory=dict)
    runs: dict[tuple[int, int], Run] = field(default_factory=dict)
    # Lines for the stories of incidents.
    entries: list[dict[str, Any]] = field(default_factory=list)
    # What was to be told and is not any more, because it was over before.
    dropped: list[Standing] = field(default_factory=list)
    # Runs that began anew because it got worse.
    _worse: set[tuple[int, int]] = field(default_factory=set)
    _stored: dict[tuple[int, int], Standing] = field(default_factory=dict)
    _stored_runs: dict[tuple[int, int], Run] = field(default_factory=dict)

    async def fetch(self, incident_pks: Iterable[int]) -> None:
        """Have all that is known of these."""
        new = set(incident_pks) - self.facts.keys()
        if not new:
            return
        self.facts |= await table.load_facts(self.conn, new)
        self.add(await table.load_standings(self.conn, new))
        self.add_runs(await table.load_runs(self.conn, new))

    def add(self, standings: Iterable[Standing]) -> None:
        """As they are stored; what is known already stays."""
        for one in standings:
            key = (one.incident_pk, one.channel_pk)
            self._stored.setdefault(key, one)
            self.standings.setdefault(key, one)

    def add_runs(self, runs: Iterable[Run]) -> None:
        """As they are stored; what is known already stays."""
        for one in runs:
            key = (one.incident_pk, one.policy_pk)
            self._stored_runs.setdefault(key, one)
            self.runs.setdefault(key, one)

    def take(self, news: Sequence[IncidentNews]) -> None:
        """Change what channels are to be told, and where incidents stand in policies."""
        for one in news:
            if one.incident_pk not in self.facts:
                continue
            match one.kind:
                case "fired" | "joined" | "unheld":
                    self._page(one)
                case "alert_resolved":
                    self._update(one.incident_pk)
                case "raised":
                    self._raise(one)
                case "acknowledged":
                    self._answer(one.incident_pk)
                case "resolved":
                    self._end(one.incident_pk)

    def escalate(self, due: Iterable[Run]) -> None:
        """Take the steps that are due."""
        for run in list(due):
            self._escalate(run)

    def put(self, standing: Standing) -> None:
        """What is known of it from now on."""
        self.standings[standing.incident_pk, standing.channel_pk] = standing

    def standing(self, incident_pk: int, channel_pk: int) -> Standing:
        """What a channel was told of an incident."""
        return self.standings.get((incident_pk, channel_pk)) or Standing(incident_pk, channel_pk)

    def of(self, incident_pk: int) -> list[Standing]:
        """What all channels were told of an incident."""
        return [one for one in self.standings.values() if one.incident_pk == incident_pk]

    def drop(self, incident_pk: int) -> None:
        """It is part of another one now, and its rows are gone."""
        for key in [key for key in self.standings if key[0] == incident_pk]:
            del self.standings[key]
            self._stored.pop(key, None)

    def put_run(self, run: Run) -> None:
        """Where it stands from now on."""
        self.runs[run.incident_pk, run.policy_pk] = run

    def runs_of(self, incident_pk: int) -> list[Run]:
        """Where an incident stands in all policies."""
        return [run for run in self.runs.values() if run.incident_pk == incident_pk]

    def note(self, incident_pk: int, kind: str, text: str, **facts: Any) -> None:
        """A line for the story of an incident."""
        line = {"incident_pk": incident_pk, "at": self.now, "kind": kind, "text": text[:_TEXT_LIMIT], "facts": facts}
        self.entries.append(line)

    def incident_keepers(self) -> list[int]:
        """The channels that are told of each incident in a message of its own."""
        return [pk for pk, channel in self.directory.channels.items() if channel.kind in self.one_by_one]

    async def save(self) -> None:
        """Write what has changed."""
        await table.save_standings(self.conn, self._stored.values(), list(self.standings.values()))
        await table.save_runs(self.conn, self._stored_runs.values(), list(self.runs.values()))

    def _page(self, news: IncidentNews) -> None:
        """By the policy, or without one to the default channels; those who know of it learn of the change."""
        book = self.directory.book
        policy = book.policies.get(news.policy_pk or 0) or book.default_policy
        self._update(news.incident_pk)
        if policy is None:
            self._page_default(news.incident_pk)
            return
        run = self.runs.get((news.incident_pk, policy.pk))
        if run is None or run.why_stopped == RESOLVED:
            self.put_run(begin(policy, news.incident_pk, news.severity, self.now))

    def _page_default(self, incident_pk: int) -> None:
        defaults = self.directory.receivers.default_pks
        for channel_pk in defaults:
            self.put(grouping.page(self.standing(incident_pk, channel_pk), self.now, self.pace))
        if not defaults:
            self.note(incident_pk, "held", "Nobody is told: no channel is switched on and told by default.")

    def _update(self, incident_pk: int) -> None:
        for one in self.of(incident_pk):
            self.put(grouping.update(one, self.now, self.pace))

    def _raise(self, news: IncidentNews) -> None:
        """From the first step on; who is told without a policy, and whoever keeps incidents, at once."""
        runs = [run for run in self.runs_of(news.incident_pk) if run.why_stopped != MERGED]
        for run in runs:
            policy = self.directory.book.policies.get(run.policy_pk)
            if policy is not None:
                self.put_run(raised(run, policy, news.severity, self.now))
                self._worse.add((run.incident_pk, run.policy_pk))
        for one in self.of(news.incident_pk):
            if one.was_told and (not runs or self._keeps_incidents(one)):
                self.put(grouping.insist(one, self.now, ""))
            else:
                self.put(grouping.update(one, self.now, self.pace))

    def _answer(self, incident_pk: int) -> None:
        incident = self.facts[incident_pk]
        for run in self.runs_of(incident_pk):
            self.put_run(judged(run, incident.acknowledgement, self.now))
        for one in self.of(incident_pk):
            if one.was_told and one.pending != "resolved" and self._keeps_incidents(one):
                self.put(grouping.insist(one, self.now, ""))

    def _end(self, incident_pk: int) -> None:
        for one in self.of(incident_pk):
            if one.pending in ("fired", "escalated") and not one.was_told and one.held_at is None:
                self.dropped.append(one)
            self.put(grouping.end(one, self.now))
        for run in self.runs_of(incident_pk):
            if run.due_at is not None or run.why_stopped == ACKNOWLEDGED:
                self.put_run(stopped(run, RESOLVED))

    def _keeps_incidents(self, standing: Standing) -> bool:
        channel = self.directory.channels.get(standing.channel_pk)
        return channel is not None and channel.kind in self.one_by_one

    def _escalate(self, run: Run) -> None:
        incident = self.facts.get(run.incident_pk)
        policy = self.directory.book.policies.get(run.policy_pk)
        if incident is None or policy is None:
            self.put_run(stopped(run, _GONE))
            return
        if incident.resolved_at is not None or incident.merged_into_pk is not None:
            self.put_run(stopped(run, RESOLVED if incident.resolved_at is not None else MERGED))
            return
        if incident.is_held:
            self.put_run(replace(run, due_at=self.now + LOOK_AGAIN))
            return
        run = judged(run, incident.acknowledgement, self.now)
        for _ in range(STEPS_LIMIT):
            if run.why_stopped or run.due_at is None or run.due_at > self.now:
                break
            self._step(run, policy)
            run = advanced(run, policy, self.now)
        self.put_run(run)

    def _step(self, run: Run, policy: Policy) -> None:
        reached = reach(run, policy, self.directory.receivers, self.now)
        words = _step_words(run, policy)
        is_worse = (run.incident_pk, run.policy_pk) in self._worse
        for channel_pk in reached.channel_pks:
            standing = self.standing(run.incident_pk, channel_pk)
            if run.is_first and not (is_worse and standing.was_told):
                self.put(grouping.page(standing, self.now, self.pace))
            else:
                self.put(grouping.insist(standing, self.now, "" if run.is_first else words))
        names = dict.fromkeys(self.directory.story_name(self.directory.channels[pk]) for pk in reached.channel_pks)
        self.note(run.incident_pk, "escalated", _reached_words(words, list(names), reached), policy_pk=policy.pk)


def _step_words(run: Run, policy: Policy) -> str:
    turn = f", round {run.round + 1}" if run.round else ""
    return f"{policy.name}, step {run.step + 1}{turn}"


def _reached_words(words: str, names: Sequence[str], reached: Reached) -> str:
    if not names:
        whom = "nobody can be told"
    elif reached.is_fallback:
        whom = f"nobody of it can be told, so {', '.join(names)}"
    else:
        whom = ", ".join(names)
    return f"{words}: {whom}" + (f" ({'; '.join(reached.missing)})" if reached.missing else "")
