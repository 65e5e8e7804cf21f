"""Makes services with their checks out of what Consul answers. Whatever stands in there was written by others."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from monitor_app.domain.source import Observed, SourceCheck, labels, source_tags
from monitor_app.domain.status import Status
from monitor_app.net.failures import BadAnswer
from monitor_app.redact import MASK, SPELLED_OUT, harmless, is_secret_name, masker, redact, without_named_secrets

SERVICES_LIMIT: Final = 5000
CHECKS_LIMIT: Final = 30
TAGS_LIMIT: Final = 64
META_LIMIT: Final = 64
TEXT_LIMIT: Final = 200
VALUE_LIMIT: Final = 512
OUTPUT_LIMIT: Final = 1000
KEY_LIMIT: Final = 600
URL_LIMIT: Final = 2048

WORDS: Final = {"passing": Status.OK, "warning": Status.DEGRADED, "critical": Status.FAILED}
_NODE_MAINTENANCE: Final = "_node_maintenance"
_SERVICE_MAINTENANCE: Final = "_service_maintenance"
_PORTS_WITHOUT: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _Instance:
    """One instance of a service in the catalogue."""

    node: str
    identifier: str
    name: str
    document: Mapping[str, Any]
    node_document: Mapping[str, Any]


class Catalogue:
    """Everything that one poll has read. Raises BadAnswer where an answer is not what Consul gives."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._mask = masker(secrets)
        self._instances: list[_Instance] = []
        self._of_service: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        self._of_node: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        # Whom each service may call, by its name.
        self.calls: Mapping[str, Sequence[str]] = {}
        # How many services were left out because there are too many.
        self.left_out = 0

    def add_checks(self, document: Any) -> None:
        """`GET /v1/health/state/any`."""
        for check in _objects(document, "checks"):
            node, identifier = _raw(check.get("Node")), _raw(check.get("ServiceID"))
            if identifier:
                self._of_service[node, identifier].append(check)
            else:
                self._of_node[node].append(check)

    def add_node(self, document: Any) -> None:
        """`GET /v1/catalog/node/:node`; null for one that is gone meanwhile or that the token may not see."""
        if document is None:
            return
        if not isinstance(document, Mapping):
            raise BadAnswer("the answer about a node is not what Consul gives")
        node_document = document.get("Node")
        found = document.get("Services")
        if not isinstance(node_document, Mapping) or not isinstance(found, Mapping | None):
            raise BadAnswer("the answer about a node is not what Consul gives")
        for identifier, service in sorted((found or {}).items()):
            if not isinstance(service, Mapping):
                raise BadAnswer("the answer about a node holds something that is no service")
            if len(self._instances) >= SERVICES_LIMIT:
                self.left_out += 1
                continue
            own = _raw(service.get("ID")) or identifier
            name = _raw(service.get("Service")) or own
            self._instances.append(_Instance(_raw(node_document.get("Node")), own, name, service, node_document))

    def services(self) -> tuple[Observed, ...]:
        """All of them, each with its own checks and those of its node."""
        shown = [tuple(map(self._text, (each.name, each.identifier, each.node))) for each in self._instances]
        named = labels([(name, identifier, node) for name, identifier, node in shown])
        return tuple(self._observed(each, label) for each, label in zip(self._instances, named, strict=True))

    def _observed(self, instance: _Instance, label: str) -> Observed:
        own = self._of_service.get((instance.node, instance.identifier), [])
        of_node = self._of_node.get(instance.node, [])
        facts = self._facts(instance)
        config = {name: facts[name] for name in ("url", "address", "port") if facts[name]} | {
            "name": facts["service"][:TEXT_LIMIT]
        }
        checks = [self._check(check, is_of_node=False) for check in own if not _is_maintenance(check)]
        checks += [self._check(check, is_of_node=True) for check in of_node if not _is_maintenance(check)]
        return Observed(
            key=_key(instance),
            name=instance.identifier,
            label=label or facts["service"] or "service",
            config=config,
            tags=source_tags(facts),
            facts=facts,
            checks=tuple(checks[:CHECKS_LIMIT]),
            maintenance=self._maintenance([*own, *of_node]),
        )

    def _facts(self, instance: _Instance) -> dict[str, Any]:
        service, node = instance.document, instance.node_document
        address = self._text(service.get("Address")) or self._text(node.get("Address"))
        port = service.get("Port")
        port = port if isinstance(port, int) and not isinstance(port, bool) and 0 < port <= 65535 else 0
        meta = self._meta(service.get("Meta"))
        tags = service.get("Tags")
        return {
            "service": self._text(instance.name),
            "id": self._text(instance.identifier),
            "node": self._text(instance.node),
            "datacentre": self._text(node.get("Datacenter")),
            "address": address,
            "port": port,
            "url": _url(meta, address, port),
            "tags": [self._text(tag) for tag in tags[:TAGS_LIMIT]] if isinstance(tags, list) else [],
            "meta": meta,
            "kind": self._text(service.get("Kind")),
            "namespace": self._text(service.get("Namespace")),
            "calls": list(self.calls.get(self._text(instance.name), ())),
        }

    def _meta(self, document: Any) -> dict[str, str]:
        if not isinstance(document, Mapping):
            return {}
        return {
            self._text(name): MASK if is_secret_name(str(name)) else self._text(value, VALUE_LIMIT)
            for name, value in sorted(document.items())[:META_LIMIT]
        }

    def _check(self, check: Mapping[str, Any], *, is_of_node: bool) -> SourceCheck:
        word = self._text(check.get("Status")) or "no status"
        return SourceCheck(
            name=self._text(check.get("Name")) or self._text(check.get("CheckID")) or "check",
            status=WORDS.get(word, Status.UNKNOWN),
            word=word[:40],
            output=self._lines(check.get("Output")),
            type=self._text(check.get("Type"))[:40],
            is_of_node=is_of_node,
        )

    def _maintenance(self, checks: Sequence[Mapping[str, Any]]) -> str | None:
        """The reason, of which there may be none; None when nothing is in maintenance."""
        found = [check for check in checks if _is_maintenance(check) and check.get("Status") == "critical"]
        if not found:
            return None
        what = "node" if _raw(found[0].get("CheckID")) == _NODE_MAINTENANCE else "service"
        reason = self._text(found[0].get("Notes"))
        return f"maintenance mode of the {what} in Consul{f': {reason}' if reason else ''}"[:TEXT_LIMIT]

    def _text(self, value: Any, limit: int = TEXT_LIMIT) -> str:
        """One line of somebody else: bounded, harmless, without what looks like a secret."""
        if not isinstance(value, str) or not value:
            return ""
        return harmless(_storable(redact(self._mask(value[: 2 * limit]))), limit)

    def _lines(self, value: Any) -> str:
        """The same for several lines."""
        if not isinstance(value, str) or not value:
            return ""
        some = without_named_secrets(redact(self._mask(value[: 2 * OUTPUT_LIMIT])))
        kept = "\n".join(line.translate(SPELLED_OUT) for line in _storable(some).replace("\r\n", "\n").split("\n"))
        kept = kept.strip()
        return kept if len(kept) <= OUTPUT_LIMIT else f"{kept[: OUTPUT_LIMIT - 1]}…"


def _is_maintenance(check: Mapping[str, Any]) -> bool:
    identifier = _raw(check.get("CheckID"))
    return identifier == _NODE_MAINTENANCE or identifier.startswith(_SERVICE_MAINTENANCE)


def _key(instance: _Instance) -> str:
    """What names an instance for ever: its node and its id, neither of which may be taken for the other."""
    key = f"{quote(instance.node, safe='')}/{quote(instance.identifier, safe='')}"
    if len(key) <= KEY_LIMIT:
        return key
    return f"{key[: KEY_LIMIT - 20]}#{hashlib.blake2s(key.encode(), digest_size=8).hexdigest()}"


def _url(meta: Mapping[str, str], address: str, port: int) -> str:
    """Where people open it: meta `url`, else of address and port with meta `scheme` and `path`; "" where none fits."""
    if given := meta.get("url", ""):
        return given if _is_web(given) else ""
    if not address or not port:
        return ""
    scheme = meta.get("scheme", "").lower()
    if scheme not in _PORTS_WITHOUT:
        scheme = "https" if port == _PORTS_WITHOUT["https"] else "http"
    host = f"[{address}]" if ":" in address else address
    place = host if port == _PORTS_WITHOUT[scheme] else f"{host}:{port}"
    url = f"{scheme}://{place}/{meta.get('path', '').lstrip('/')}"
    return url if _is_web(url) else ""


def _is_web(url: str) -> bool:
    """Whether it may become a link: http or https, a host, nobody's password, nothing that is not printed."""
    if len(url) > URL_LIMIT or not url.isprintable() or any(sign in url for sign in " \\<>\"'`"):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in _PORTS_WITHOUT and bool(parts.hostname) and "@" not in parts.netloc


def _objects(document: Any, what: str) -> Iterable[Mapping[str, Any]]:
    """A list of objects; null is an empty one."""
    if document is None:
        return ()
    if not isinstance(document, list) or not all(isinstance(each, Mapping) for each in document):
        raise BadAnswer(f"the answer is not the list of {what} that Consul gives")
    return document


def node_names(document: Any) -> tuple[list[str], str]:
    """`GET /v1/catalog/nodes`: the names, and the datacentre that answered."""
    nodes = list(_objects(document, "nodes"))
    names = [name for node in nodes if (name := _raw(node.get("Node")))]
    datacentre = next((_raw(node.get("Datacenter")) for node in nodes), "")
    return list(dict.fromkeys(names)), harmless(datacentre, TEXT_LIMIT)


def intentions(document: Any, mask: Callable[[str], str] = str) -> list[list[str]]:
    """`GET /v1/connect/intentions`: who may call whom, where that names both; at most 500."""
    pairs = []
    for each in _objects(document, "intentions"):
        names = [_raw(each.get(end)) for end in ("SourceName", "DestinationName")]
        if each.get("Action") == "allow" and all(names) and "*" not in names:
            pairs.append([harmless(mask(name), TEXT_LIMIT) for name in names])
    return sorted(pairs)[:500]


def _storable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _raw(value: Any) -> str:
    """A text word for word, but for halves of surrogate pairs, which no database takes."""
    return _storable(value) if isinstance(value, str) else ""
