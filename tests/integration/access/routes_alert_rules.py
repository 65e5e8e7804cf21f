"""Alert rules, and trying them."""

from typing import Any, Final

from monitor_app.security.permissions import ALERT_RULE_WRITE, MONITOR_READ, SYSTEM
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage

RULES: Final = "/api/alert-rules"
_ONE: Final = f"{RULES}/{{rule_id}}"
CONDITION: Final = {"type": "status", "statuses": ["failed"]}


def values(stage: Stage) -> dict[str, Any]:
    """What a rule is made of."""
    return {"name": stage.new_name("rule"), "condition": CONDITION, "scope": {"services": [stage.service_id(1)]}}


async def new_rule(stage: Stage, caller: Caller) -> Call:
    return Call(values(stage))


async def reached(stage: Stage, caller: Caller) -> Call:
    return Call({"scope": {"services": [stage.service_id(1)]}})


async def tried(stage: Stage, caller: Caller) -> Call:
    return Call({"condition": CONDITION, "days": 2})


def of_rule(body: Any = None) -> Prepare:
    """A call about a rule."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        made = await stage.running.alert_rules.create(SYSTEM, values(stage))
        return Call(body, path=f"{RULES}/{made.rule.pk}")

    return prepare


ROUTES: Final = (
    Row("GET", RULES, MONITOR_READ, plain),
    Row("GET", _ONE, MONITOR_READ, of_rule()),
    Row("POST", RULES, ALERT_RULE_WRITE, new_rule, always, 201, is_forgiving=True),
    Row("POST", f"{RULES}/reach", MONITOR_READ, reached, is_forgiving=True),
    Row("POST", f"{RULES}/try", ALERT_RULE_WRITE, tried, is_forgiving=True),
    Row("PATCH", _ONE, ALERT_RULE_WRITE, of_rule({"severity": "warning"}), always, is_forgiving=True),
    Row("DELETE", _ONE, ALERT_RULE_WRITE, of_rule(), always, 204),
)
