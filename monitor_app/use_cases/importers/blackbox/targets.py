"""Targets of the blackbox exporter: lists for file_sd (JSON or YAML), or the jobs of a prometheus.yml."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.placed import Placed, parse_placed
from monitor_app.use_cases.importers.blackbox.modules import WELL_KNOWN, Module, fill
from monitor_app.use_cases.importers.taking import (
    Draft,
    Found,
    Taking,
    listed,
    mapping,
    one_line,
    refuse,
    seconds_of,
    texts,
)

TARGETS_LIMIT: Final = 20_000
# Each target is given all of them.
LABELS_LIMIT: Final = 100
MODULE_LIMIT_BYTES: Final = 1 << 17
DEFAULT_MODULE: Final = "http_2xx"
# As Prometheus has it.
_INTERVAL: Final = "1m"
_MODULE_LABELS: Final = ("__param_module", "module")
# What every job for the exporter does: the target becomes a parameter, the exporter's own address takes its place.
_USUAL_RELABELS: Final = frozenset({"__param_target", "instance", "__address__"})


@dataclass(frozen=True, slots=True)
class _Job:
    """What a job says of all its targets; a plain list has none."""

    name: str = ""
    module: str = ""
    interval: Any = _INTERVAL
    timeout: Any = None
    # Its relabelling may ask something else than what stands in the list.
    is_relabelled: bool = False


def read_blackbox(data: bytes, name: str, registry: KindRegistry, modules: bytes | None = None) -> Found:
    """A list of targets or a prometheus.yml, with the exporter's own blackbox.yml; in a thread. Raises InvalidInput."""
    tree = _parsed(data, "file")
    return _Targets(name, registry, _modules(modules)).found(tree)


def _parsed(data: bytes, field: str) -> Placed:
    try:
        return parse_placed(data, "yaml", file=field)  # which JSON is, too
    except InvalidInput as err:
        raise InvalidInput({field: "; ".join(err.fields.values())}) from err


def _modules(data: bytes | None) -> Mapping[str, Module]:
    if data is None:
        return WELL_KNOWN
    document = _parsed(data, "modules").plain()
    found = document.get("modules") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise InvalidInput({"modules": "must be a blackbox.yml, with modules in it"})
    modules = {name: module for name, module in found.items() if isinstance(module, dict)}
    for name, module in modules.items():
        if len(json.dumps(module)) > MODULE_LIMIT_BYTES:
            text = f"must have modules of at most {MODULE_LIMIT_BYTES >> 10} KiB, {one_line(name)[:60]} is larger"
            raise InvalidInput({"modules": text})
    return modules


class _Targets:
    def __init__(self, name: str, registry: KindRegistry, modules: Mapping[str, Module]) -> None:
        self._taking = Taking(name, registry)
        self._modules = modules
        self._count = 0

    def found(self, tree: Placed) -> Found:
        if isinstance(tree.value, list):
            self._groups(tree, _Job())
        elif isinstance(tree.value, dict) and "scrape_configs" in tree.value:
            for job, placed in self._jobs(tree.value):
                self._groups(placed, job)
        else:
            raise refuse("must be a list of {targets, labels}, or a prometheus.yml with scrape_configs")
        # One bad probe is a bad probe there; alert rules decide the rest.
        self._taking.note(
            "", "", "how many failures make it down was a matter of alert rules: here it is what is usual"
        )
        return self._taking.found()

    def _jobs(self, parts: Mapping[str, Placed]) -> Iterator[tuple[_Job, Placed]]:
        general = mapping(parts["global"].plain()) if "global" in parts else {}
        scrapes = parts["scrape_configs"]
        if not isinstance(scrapes.value, list):
            raise refuse(f"must have a list of scrape_configs, in line {scrapes.line}")
        for scrape in scrapes.value:
            if not isinstance(scrape.value, dict):
                continue
            values = scrape.plain()
            name = one_line(values.get("job_name") or "?")[:80]
            if values.get("metrics_path") != "/probe":
                self._taking.note(f"job {name}", "", "is left out: it does not ask a blackbox exporter", scrape.line)
                continue
            is_relabelled = self._tell_of_job(name, values, scrape.line)
            named = texts(mapping(values.get("params")).get("module"))
            interval = values.get("scrape_interval") or general.get("scrape_interval") or _INTERVAL
            timeout = values.get("scrape_timeout") or general.get("scrape_timeout")
            job = _Job(name, named[0] if named else DEFAULT_MODULE, interval, timeout, is_relabelled)
            if "static_configs" in scrape.value:
                yield job, scrape.value["static_configs"]

    def _tell_of_job(self, name: str, values: Mapping[str, Any], line: int | None) -> bool:
        """What of it is left out; whether its relabelling may ask something else than what stands in its lists."""
        for option in values:
            if option.endswith("_sd_configs"):
                text = "are not taken: import the list of targets that it finds by itself"
                self._taking.note(f"job {name}", one_line(option)[:60], text, line)
        relabels = [mapping(each) for each in listed(values.get("relabel_configs"))]
        odd = [each for each in relabels if str(each.get("target_label")) not in _USUAL_RELABELS or each.get("regex")]
        if odd:
            text = "are left out, but for what every job for the exporter has"
            self._taking.note(f"job {name}", "relabel_configs", text, line)
        return any(
            each.get("action") in ("keep", "drop", "keepequal", "dropequal")
            or str(each.get("target_label")) in ("__param_target", "__param_module", "__address__")
            for each in odd
        )

    def _groups(self, placed: Placed, job: _Job) -> None:
        if not isinstance(placed.value, list):
            raise refuse(f"must have a list of {{targets, labels}} in line {placed.line}")
        for group in placed.value:
            values = group.plain()
            targets = group.value.get("targets") if isinstance(values, dict) else None
            if targets is None or not isinstance(targets.value, list):
                self._taking.leave(f"line {group.line}", "it is no object with targets", group.line)
                continue
            labels = {str(name): str(value) for name, value in mapping(values.get("labels")).items()}
            if len(labels) > LABELS_LIMIT:
                raise refuse(f"must have at most {LABELS_LIMIT} labels for a list of targets, in line {group.line}")
            for target in targets.value:
                self._count += 1
                if self._count > TARGETS_LIMIT:
                    raise refuse(f"must have at most {TARGETS_LIMIT} targets, has more")
                self._target(str(target.value), labels, job, target.line)

    def _target(self, target: str, labels: Mapping[str, str], job: _Job, line: int | None) -> None:
        target = one_line(target)
        label = labels.get("name") or labels.get("instance") or target
        draft = Draft(f"target {target[:80]}", label, group=labels.get("group") or job.name, line=line)
        name = next((labels[each] for each in _MODULE_LABELS if each in labels), job.module)
        if not name:
            name = DEFAULT_MODULE
            draft.note("module", f"is not told: {DEFAULT_MODULE} is taken")
        module = self._modules.get(name)
        if module is None:
            why = "give its blackbox.yml, too" if self._modules is WELL_KNOWN else "the given blackbox.yml has none"
            self._taking.leave(draft.subject, f"module {name[:60]} is not known: {why}", line)
            return
        try:
            draft.interval(seconds_of(job.interval))
            if job.timeout is not None:
                draft.deadline(seconds_of(job.timeout))
            fill(draft, module, target)
            if job.is_relabelled:
                draft.off("relabel_configs", "may ask something else than what stands here")
        except ValueError as err:
            self._taking.leave(draft.subject, str(err), line)
            return
        for each, value in labels.items():
            if not each.startswith("__") and each not in ("name", "instance", "group", "module"):
                draft.tag(f"{each}: {value}")
        self._taking.take(draft)
