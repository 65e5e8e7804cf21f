"""What docs/channels/ tells of each kind is so."""

import base64
import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

import pytest

from monitor_app.domain.alerting.template import NAMES
from monitor_app.plugins.notifier_kinds import Notifier, NotifierRegistry

DOCS = Path(__file__).parents[3] / "docs"
every_kind = pytest.mark.parametrize("kind", list(NotifierRegistry()), ids=lambda kind: kind.name)


def documented(page: Path) -> dict[str, str]:
    """The rows of the page's table of fields, by the field's name."""
    rows = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    return {line.split("`")[1]: line for line in rows}


@every_kind
def test_each_field_is_documented_with_its_default(kind: Notifier) -> None:
    rows = documented(DOCS / "channels" / f"{kind.name}.md")
    for field in kind.fields:
        assert field.name in rows, f"docs/channels/{kind.name}.md does not tell about {field.name}"
        if field.default:
            assert f"`{field.default}`" in rows[field.name]


@every_kind
def test_page_tells_how_to_set_it_up(kind: Notifier) -> None:
    text = (DOCS / "channels" / f"{kind.name}.md").read_text()
    assert all(step in text for step in kind.config_model.set_up)
    assert f"(channels/{kind.name}.md)" in (DOCS / "channels.md").read_text()


def test_names_of_templates_are_documented() -> None:
    text = (DOCS / "channels.md").read_text()
    assert not [name for name in NAMES if f"`{{{{{name}}}}}`" not in text]


def test_sample_code_verifies_a_webhook() -> None:
    text = (DOCS / "channels" / "webhook.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    known: dict[str, Any] = {}
    exec(code, known)
    key, body = b"a-secret-of-24-letters-x", b'{"version": 1}'
    signature = base64.b64encode(hmac.new(key, b"n-1.1000." + body, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": "n-1", "webhook-timestamp": "1000", "webhook-signature": f"v1,{signature}"}
    assert known["is_genuine"](key, headers, body, 1100)
    assert not known["is_genuine"](key, headers, body, 2000), "too old"
    assert not known["is_genuine"](b"another", headers, body, 1100)
    assert not known["is_genuine"](key, headers | {"webhook-id": "n-2"}, body, 1100)
