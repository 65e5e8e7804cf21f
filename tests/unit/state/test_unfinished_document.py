"""A document that is not written to its end is kept without what may be a secret in it, whatever its text."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from monitor_app.state.service_document import without_secrets

KIND: Any = SimpleNamespace(secret_fields=frozenset({"key"}))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"label": "Shop", "password": "hush', '{"label": "Shop", "password": "***'),
        ('{"key": "hush", "url": "x"', '{"key": "***", "url": "x"'),
        (
            '{"headers": {"X-Auth-Token" : "hu\\"sh", "Accept": "*"',
            '{"headers": {"X-Auth-Token" : "***", "Accept": "*"',
        ),
        ('{"my\\"password": "hush"', '{"my\\"password": "***"'),
        ('{label", "token": "hush"', '{label", "token": "***"'),
        ('{"password": ""', '{"password": ""'),
        ('{"password": "***"', '{"password": "***"'),
        (': "hush"', ': "hush"'),
    ],
    ids=["open end", "field", "header", "quote in the name", "quotes do not match", "blank", "mask", "no name"],
)
def test_what_may_be_a_secret_is_masked(text: str, kept: str) -> None:
    assert without_secrets(text, KIND) == kept


@pytest.mark.parametrize("piece", ['\\"', '"', '\\":"', '"\\', '": ', '" '], ids=["1", "2", "3", "4", "5", "6"])
def test_text_made_to_be_slow_is_not(piece: str) -> None:
    text = '"' + piece * (30_000 // len(piece))
    started = time.process_time()
    without_secrets(text, KIND)
    assert time.process_time() - started < 10
