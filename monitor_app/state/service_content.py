"""What is typed into the form of a service, on the server: by the names of the fields, secrets sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import Kind
from monitor_app.state.fields import CONFIG, input_of, kinds
from monitor_app.state.service_document import COMMON, ServiceDocument, document_text, read_document, typed_of
from monitor_app.use_cases.service_input import DEFAULT_KIND
from monitor_app.use_cases.typed_secrets import hide, put_back

# What the browser sends along with the fields.
SUBJECT_FIELD: Final = "form.subject"
DOCUMENT_FIELD: Final = "form.document"
_BLANK: Final[Mapping[str, Any]] = dict.fromkeys(COMMON, "") | {"tags": [], "interval_seconds": None}


@dataclass(frozen=True, slots=True)
class Content:
    """`config` is what may be shown; `typed` the same with its secrets sealed. `base` is the stored config that masks
    stand for where nobody typed a secret.
    """

    kind: str = DEFAULT_KIND
    common: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict, repr=False)
    base: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def kind_itself(self) -> Kind:
        """Raises NotFound when it is gone."""
        return kinds()[self.kind]

    @property
    def by_key(self) -> dict[str, Any]:
        """What stands in the fields, by their keys on the page."""
        return dict(self.common) | {CONFIG + name: value for name, value in self.config.items()}

    @property
    def document(self) -> str:
        """The same as a JSON document."""
        return document_text(self.kind_itself, self.common, self.config)

    def with_config(self, kind: str, config: Mapping[str, Any]) -> "Content":
        """The same with a config in clear, or one that was hidden before."""
        shown, typed = hide(kinds()[kind], kinds()[kind].opened(config), {}, self.base)
        return replace(self, kind=kind, config=shown, typed=typed)

    def with_values(self, values: Mapping[str, Any]) -> "Content":
        """The same with other values of some fields; what was typed for another server stays behind."""
        shown, typed = hide(self.kind_itself, {**self.config, **values}, self.typed, self.base)
        return replace(self, config=shown, typed=typed)

    def taken(self, form: Mapping[str, Any], *, may_change_kind: bool) -> "Content":
        """With what the browser has in its fields or its document. Raises InvalidInput for one that cannot be read."""
        if isinstance(form.get(DOCUMENT_FIELD), str):
            document = read_document(form[DOCUMENT_FIELD])
            kind = kind_of(document, self.kind, may_change_kind=may_change_kind)
            common, config = typed_of(document.values, kinds()[kind])
        else:
            kind = self.kind
            values = input_of(kind, form)
            config = values.pop("status_config")
            common = {name: value for name, value in values.items() if name != "kind"}
        known = self.typed if kind == self.kind else {}
        shown, typed = hide(kinds()[kind], config, known, self.base)
        return replace(self, kind=kind, common=common, config=shown, typed=typed)

    def given(self, form: Mapping[str, Any], *, may_change_kind: bool) -> dict[str, Any]:
        """The same as a use case wants it, with typed secrets. Raises InvalidInput."""
        if isinstance(form.get(DOCUMENT_FIELD), str):
            document = read_document(form[DOCUMENT_FIELD])
            kind = kind_of(document, self.kind, may_change_kind=may_change_kind)
            values = {**_BLANK, "status_config": {}, "metric_config": {}, **document.values, "kind": kind}
        else:
            kind, values = self.kind, input_of(self.kind, form)
        if isinstance(values["status_config"], Mapping) and kind == self.kind:
            values["status_config"] = put_back(kinds()[kind], values["status_config"], self.typed, self.base)
        return values


def kind_of(document: ServiceDocument, present: str, *, may_change_kind: bool) -> str:
    """The kind that a document names. Raises InvalidInput for one that there is not."""
    name = document.values.get("kind", present)
    known = {kind.name for kind in kinds()}
    if not isinstance(name, str) or name not in known:
        raise InvalidInput({"kind": f"must be one of {', '.join(sorted(known))}"})
    if name != present and not may_change_kind:
        raise InvalidInput({"kind": f"must stay {present}: a service keeps its kind"})
    return name
