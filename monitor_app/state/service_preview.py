"""How a service that is not saved yet will look on the board."""

from collections.abc import Mapping
from typing import Any

from monitor_app.state.fields import kinds
from monitor_app.use_cases.service_input import check


def card(kind_name: str, values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """What its row will say; `wrong` is how many fields have to be put right first."""
    kind = kinds()[kind_name]
    checked = check(kinds(), values, base)
    config, valid = checked.config, checked.values
    target = config.target if config is not None else ""
    tags = values.get("tags", "")
    return {
        "label": str(values.get("label") or "").strip() or target or "A new service",
        "target": target,
        "kind": kind.title,
        "type": (valid.service_type if valid else "") or kind.config_model.default_service_type,
        "group": str(values.get("group") or "").strip(),
        "environment": str(values.get("environment") or "").strip(),
        "tags": list(valid.tags) if valid else [tag.strip() for tag in str(tags).split(",") if tag.strip()],
        "interval": (valid.interval_seconds if valid else None) or kind.config_model.default_interval_seconds,
        "wrong": len(checked.messages),
    }
