"""An alert rule: what somebody is to be told of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor_app.domain.alerting.condition import Condition
from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.alerting.severity import Severity


@dataclass(frozen=True, slots=True)
class AlertRule:
    """`condition` has to hold for `for_seconds` before it fires. Without a policy the default one is followed."""

    pk: int
    name: str
    enabled: bool
    severity: Severity
    condition: Condition
    scope: Scope
    for_seconds: int = 0
    policy_pk: int | None = None
    is_default: bool = False

    def document(self) -> Mapping[str, Any]:
        """What decides whether it holds."""
        return {"condition": self.condition.document(), "scope": self.scope.document()}
