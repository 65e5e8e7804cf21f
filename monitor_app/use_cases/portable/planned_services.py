"""The services of an import, compared with those that are there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import InvalidInput, NotFound, SecretUnreadable
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import masked, sealed
from monitor_app.redact import MASK
from monitor_app.security.passphrase import PassphraseBox
from monitor_app.use_cases.configuration.document import Place, ServiceEntry
from monitor_app.use_cases.portable.plan import NAMED_LIMIT, Fields, Plan, Present, ServiceStep
from monitor_app.use_cases.portable.report import Progress
from monitor_app.use_cases.portable.secrets import decrypted, sent_elsewhere
from monitor_app.use_cases.service_input import CheckedInput, ServiceInput, ValidService, check
from monitor_app.use_cases.source_fields import observed_kind_message, refuse_source_fields

NEWS_EACH: Final = 100
_KEPT: Final = tuple(name for name in ServiceInput.model_fields if name not in ("service_id", "status_config"))


class ServicePlanner:
    """Judges each of them; what is wrong is noted in the plan."""

    def __init__(self, registry: KindRegistry, present: Present, plan: Plan, box: PassphraseBox | None) -> None:
        self._registry = registry
        self._present = present
        self._plan = plan
        self._box = box

    def steps(self, entries: Sequence[ServiceEntry], progress: Progress) -> list[ServiceStep]:
        """What is to be done with them. Raises InvalidInput on `passphrase` when it is a wrong one."""
        steps: list[ServiceStep] = []
        seen: dict[str, Place] = {}
        for number, entry in enumerate(entries, 1):
            if entry.service_id in seen:
                text = f"must be there once, stands at {seen[entry.service_id]}, too"
                # By a name of its own: the first of them may be good.
                self._plan.wrong("service", f"{entry.service_id} {number}", entry.problem("service_id", text))
                continue
            seen[entry.service_id] = entry.place
            if ("service", entry.service_id) not in self._plan.failed and (step := self._step(entry)):
                steps.append(step)
            if number % NEWS_EACH == 0 or number == len(entries):
                progress("checked", number, len(entries))
        return steps

    def _step(self, entry: ServiceEntry) -> ServiceStep | None:
        before = self._present.services.get(entry.service_id)
        try:
            if before is not None and before.is_demo:
                raise InvalidInput({"service_id": "is a service of the demo: remove the demo first"})
            valid = self._checked(entry, before).valid()
            if before is not None and before.source:
                refuse_source_fields(before, columns_of(valid) | {"status_config": self._stored(valid, before)})
            elif before is None and (wrong := observed_kind_message(valid.config)):
                raise InvalidInput(wrong)
        except InvalidInput as err:
            if "passphrase" in err.fields:
                raise
            problems = [entry.problem(name, text) for name, text in err.fields.items()]
            self._plan.wrong("service", entry.service_id, *problems)
            return None
        if before is None:
            return ServiceStep(entry, valid, None, {})
        fields = self._differing(valid, before)
        if not fields:
            self._plan.unchanged += 1
        elif self._plan.may_change("service", entry.service_id, fields, lambda text: entry.problem("service_id", text)):
            return ServiceStep(entry, valid, before, fields)
        return None

    def _checked(self, entry: ServiceEntry, before: ServiceDefinition | None) -> CheckedInput:
        """What the entry leaves out stays as it is; a config is one whole."""
        given = dict(entry.values)
        meant_for: Mapping[str, list[str]] = {}
        if isinstance(config := given.get("status_config"), Mapping):
            given["status_config"], meant_for = decrypted(config, self._box, entry.service_id)
        known: Mapping[str, Any] = {}
        if before is not None:
            given = {name: getattr(before, name) for name in _KEPT} | given
            if given["kind"] == before.kind:
                known = before.status_config
                given["status_config"] = self._with_made_secrets(given, before)
        checked = check(self._registry, {**given, "service_id": entry.service_id}, known)
        if checked.config is None:
            return checked
        return replace(checked, messages={**sent_elsewhere(checked.config, meant_for), **checked.messages})

    def _with_made_secrets(self, given: Mapping[str, Any], before: ServiceDefinition) -> Any:
        """A secret that is made when nobody gives one is not made anew at each import."""
        config = given.get("status_config", masked(before.status_config))
        try:
            kind = self._registry[before.kind]
        except NotFound:
            return config
        fields, known = kind.config_model.model_fields, before.status_config
        made = [name for name in kind.secret_fields if fields[name].default_factory is not None and name in known]
        if not isinstance(config, Mapping):
            return config
        return {**config, **{name: config.get(name) or MASK for name in made}}

    def _stored(self, valid: ValidService, before: ServiceDefinition) -> Mapping[str, Any]:
        return self._registry[valid.values.kind].stored(valid.config, before.status_config)

    def _differing(self, valid: ValidService, before: ServiceDefinition) -> Fields:
        after = columns_of(valid)
        old = {name: getattr(before, name) for name in after}
        found = {name: (_plain(old[name]), _plain(after[name])) for name in after if old[name] != after[name]}
        config = self._config_of(before)
        if config == valid.config and "kind" not in found:
            return found
        values = [{} if each is None else each.model_dump(mode="json") for each in (config, valid.config)]
        shown = [self._shown(before.kind, values[0]), self._shown(valid.values.kind, values[1])]
        names = [name for name in {**values[1], **values[0]} if values[0].get(name) != values[1].get(name)]
        return found | {f"status_config.{name}": (shown[0].get(name), shown[1].get(name)) for name in names}

    def _shown(self, kind: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values of a config without its secrets."""
        if not values:
            return {}
        without: Mapping[str, Any] = masked(sealed(values, self._registry[kind].secret_fields, _Mask()))
        return without

    def _config_of(self, service: ServiceDefinition) -> CheckConfig | None:
        try:
            return self._registry[service.kind].parse(service.status_config)
        except (InvalidInput, NotFound, SecretUnreadable):
            return None

    def with_members(self, steps: list[ServiceStep]) -> list[ServiceStep]:
        """Only those whose members exist; one that is left out may be a member, too."""
        while True:
            known = {*self._present.services, *(step.name for step in steps)}
            wrong = {step.name: missing for step in steps if (missing := self._missing(step, known))}
            if not wrong:
                return steps
            for step in steps:
                if missing := wrong.get(step.name, []):
                    text = f"must be services that exist: there is no {', '.join(missing[:NAMED_LIMIT])}"
                    self._plan.wrong("service", step.name, step.entry.problem("members", text))
            steps = [step for step in steps if step.name not in wrong]

    def _missing(self, step: ServiceStep, known: set[str]) -> list[str]:
        """Members that were there before may be gone by now: that keeps nobody from changing the rest."""
        missing = [name for name in step.valid.config.member_ids if name not in known]
        if not missing or step.before is None:
            return missing
        old = self._config_of(step.before)
        return [name for name in missing if old is None or name not in old.member_ids]


class _Mask:
    """Stands for a vault where nothing is kept."""

    def seal(self, text: str) -> str:
        return ""

    def unseal(self, token: str) -> str:
        raise SecretUnreadable("nothing was kept")


def columns_of(valid: ValidService) -> dict[str, Any]:
    """What is stored of a service but its config."""
    values = valid.values
    return {
        "label": valid.label,
        "service_type": valid.service_type,
        "kind": values.kind,
        "group": values.group,
        "environment": values.environment,
        "tags": values.tags,
        "metric_config": values.metric_config,
        "interval_seconds": valid.interval_seconds,
        "enabled": values.enabled,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
