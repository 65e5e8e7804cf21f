"""Alert rules: what somebody is to be told of; kept by editors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.condition import Condition, parse_condition
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.alerting.severity import given_severity
from monitor_app.domain.given import given_number, given_pk, given_text, shown
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import ALERT_RULE_WRITE, MONITOR_READ, Identity
from monitor_app.storage import alert_rules as table
from monitor_app.storage.alerting_lock import lock
from monitor_app.storage.database import Database
from monitor_app.storage.on_call import load_policies
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.scope_input import given_scope, scope_names, services_of
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.services import Clock

FIELDS: Final = ("name", "enabled", "severity", "condition", "scope", "for_seconds", "policy")
NAME_LIMIT: Final = 120
RULES_LIMIT: Final = 500
FOR_SECONDS_MAX: Final = 7 * 86_400
_DEFAULTS: Final[Mapping[str, Any]] = {
    "enabled": True,
    "severity": "critical",
    "scope": {},
    "for_seconds": 0,
    "policy": None,
}


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as people see it: its scope by names, how many services it is about, and whom it tells."""

    rule: AlertRule
    scope: Mapping[str, Sequence[str]]
    services: int
    policy: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as somebody gives it, checked, and the services that it is about now."""

    name: str
    enabled: bool
    severity: str
    condition: Condition
    scope: Scope
    for_seconds: int
    policy_pk: int | None
    services: Sequence[ServiceDefinition]

    def columns(self) -> dict[str, Any]:
        """As they are stored."""
        return {
            "name": self.name,
            "enabled": self.enabled,
            "severity": self.severity,
            "condition": self.condition.document(),
            "scope": self.scope.document(),
            "for_seconds": self.for_seconds,
            "policy_pk": self.policy_pk,
        }


class AlertRules:
    """Everybody with an account reads them, those with alert-rule:write keep them."""

    def __init__(self, database: Database, clock: Clock, present: Present) -> None:
        self._database = database
        self._clock = clock
        self._present = present

    async def list_all(self, identity: Identity) -> list[RuleView]:
        """All, by name."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            names = await _policy_names(conn)
            rules = await table.load_rules(conn)
        return [self._view(rule, names) for rule in sorted(rules, key=lambda rule: (rule.name.casefold(), rule.pk))]

    async def get(self, identity: Identity, pk: Any) -> RuleView:
        """Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return self._view(await _found(conn, pk), await _policy_names(conn))

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> RuleView:
        """Keep a new one.

        Raises InvalidInput with a message for each wrong field, Conflict for a name that is taken.
        """
        identity.require(ALERT_RULE_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            names, every = await _policy_names(conn), await table.load_rules(conn)
            if len(every) >= RULES_LIMIT:
                raise Conflict({"name": f"cannot be kept: there are {RULES_LIMIT} rules; delete some first"})
            draft = self.draft({**_DEFAULTS, **values}, names)
            _must_be_free(every, draft.name)
            pk = await table.insert_rule(conn, draft.columns() | {"created_at": now, "updated_at": now})
            made = self._view(await _found(conn, pk), names)
            await _record(conn, identity, "alert_rule.create", now, made, after=document_of(made))
        return made

    async def update(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> RuleView:
        """Change what is named. Raises NotFound, InvalidInput, Conflict."""
        identity.require(ALERT_RULE_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            names, before = await _policy_names(conn), self._view(await _found(conn, pk), await _policy_names(conn))
            draft = self.draft(_plain(before) | dict(values), names, set(values))
            _must_be_free(await table.load_rules(conn), draft.name, before.rule.pk)
            await table.update_rule(conn, before.rule.pk, draft.columns() | {"updated_at": now})
            made = self._view(await _found(conn, before.rule.pk), names)
            old, new = document_of(before), document_of(made)
            changed = [name for name in new if new[name] != old[name]]
            sides = [{name: side[name] for name in changed} for side in (old, new)]
            await _record(conn, identity, "alert_rule.update", now, made, before=sides[0], after=sides[1])
        return made

    async def delete(self, identity: Identity, pk: Any) -> None:
        """Take one away; its open alerts end with words that say so. Raises NotFound."""
        identity.require(ALERT_RULE_WRITE)
        async with self._database.write() as conn:
            await lock(conn)
            before = self._view(await _found(conn, pk), await _policy_names(conn))
            await table.delete_rule(conn, before.rule.pk)
            await _record(conn, identity, "alert_rule.delete", self._clock.now(), before, before=document_of(before))

    def draft(self, values: Mapping[str, Any], policies: Mapping[int, str], looked_at: set[str] | None = None) -> Draft:
        """Check what somebody gives. Raises InvalidInput with a message for each wrong field.

        Only a scope that somebody names now has to be about a service: those that there were may be gone.
        """
        wrong: dict[str, str] = {}
        found: dict[str, Any] = {}
        if strange := [name for name in values if name not in FIELDS]:
            wrong[strange[0]] = f"is not known: an alert rule has {', '.join(FIELDS)}"
        must_match = looked_at is None or "scope" in looked_at
        checks: dict[str, Callable[[Any], Any]] = {
            "name": lambda value: given_text("name", value, NAME_LIMIT),
            "enabled": _given_switch,
            "severity": lambda value: given_severity("severity", value),
            "condition": _given_condition,
            "scope": lambda value: given_scope(self._present, value, must_match=must_match),
            "for_seconds": lambda value: given_number("for_seconds", value, 0, FOR_SECONDS_MAX),
            "policy": lambda value: _given_policy(value, policies),
        }
        for name, check in checks.items():
            try:
                found[name] = check(values.get(name))
            except InvalidInput as err:
                wrong |= err.fields
        if wrong:
            raise InvalidInput(wrong)
        scope, policy_pk = found.pop("scope"), found.pop("policy")
        return Draft(**found, scope=scope, policy_pk=policy_pk, services=services_of(self._present, scope))

    async def checked(self, identity: Identity, values: Mapping[str, Any]) -> Draft:
        """The same for who only wants to try it: a name is not needed."""
        identity.require(ALERT_RULE_WRITE)
        async with self._database.read() as conn:
            names = await _policy_names(conn)
        return self.draft({"name": "a trial", **_DEFAULTS, **values}, names)

    def reach(self, identity: Identity, scope: Any) -> list[ServiceDefinition]:
        """The services that a scope is about now, by label; there may be none. Raises InvalidInput."""
        identity.require(MONITOR_READ)
        found = services_of(self._present, given_scope(self._present, scope, must_match=False))
        return sorted(found, key=lambda service: (service.label.casefold(), service.pk))

    def _view(self, rule: AlertRule, policies: Mapping[int, str]) -> RuleView:
        policy = "" if rule.policy_pk is None else policies.get(rule.policy_pk, "")
        names = scope_names(self._present, rule.scope)
        return RuleView(rule, names, len(services_of(self._present, rule.scope)), policy)


def document_of(view: RuleView) -> dict[str, Any]:
    """As people give it, and as the audit log tells it."""
    rule = view.rule
    return {
        "name": rule.name,
        "enabled": rule.enabled,
        "severity": rule.severity,
        "condition": rule.condition.document(),
        "scope": dict(view.scope),
        "for_seconds": rule.for_seconds,
        "policy": view.policy or None,
    }


async def _found(conn: AsyncConnection, pk: Any) -> AlertRule:
    number = given_pk("rule", pk)
    for rule in await table.load_rules(conn):
        if rule.pk == number:
            return rule
    raise NotFound("there is no such alert rule")


async def _policy_names(conn: AsyncConnection) -> dict[int, str]:
    return {policy.pk: policy.name for policy in await load_policies(conn)}


def _plain(view: RuleView) -> dict[str, Any]:
    """As `draft` takes it, the scope as it is: a service of it may be gone."""
    rule = view.rule
    return {
        "name": rule.name,
        "enabled": rule.enabled,
        "severity": rule.severity,
        "condition": rule.condition.document(),
        "scope": rule.scope,
        "for_seconds": rule.for_seconds,
        "policy": rule.policy_pk,
    }


def _given_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput({"enabled": f"must be true or false, got {shown(value)}"})
    return value


def _given_condition(value: Any) -> Condition:
    try:
        return parse_condition(value)
    except InvalidInput as err:
        # As the fields of the condition are called from outside.
        raise InvalidInput(
            {name if name == "condition" else f"condition.{name}": text for name, text in err.fields.items()}
        ) from err


def _given_policy(value: Any, policies: Mapping[int, str]) -> int | None:
    if value is None:
        return None
    pk = given_pk("policy", value)
    if pk not in policies:
        raise InvalidInput({"policy": f"must be an escalation policy that exists: there is none with the number {pk}"})
    return pk


def _must_be_free(every: Sequence[AlertRule], name: str, but: int = 0) -> None:
    """Raises Conflict."""
    if any(one.name.casefold() == name.casefold() and one.pk != but for one in every):
        raise Conflict({"name": "is taken by another alert rule"})


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, view: RuleView, **sides: Any
) -> None:
    await record(conn, identity, action, at=at, target_type="alert_rule", target=view.rule.name, **sides)
