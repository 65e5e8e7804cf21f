"""The examples of the documentation, run one after the other as its reader would."""

import json
from pathlib import Path

import pytest

from tests.integration.api.documented import differences, examples
from tests.integration.api.served import Served

DOCS = Path(__file__).parents[3] / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if any(examples(page))]


def test_there_are_examples() -> None:
    assert DOCS / "api.md" in PAGES
    assert len(list(examples(DOCS / "api.md"))) > 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_examples_are_answered_as_they_say(api: Served, page: Path) -> None:
    wrong: list[str] = []
    for example in examples(page):
        answer = await api.ask(example.method, example.path, headers=example.headers, content=example.body)
        is_right = answer.status_code == example.status if example.status else answer.is_success
        told = [] if is_right else [f"status {answer.status_code}: {answer.text[:300]}"]
        told += differences(example.answer_headers, {name: answer.headers.get(name) for name in example.answer_headers})
        if example.answer is not None:
            told += differences(example.answer, json.loads(answer.text.replace("a editor", "ada")))
        wrong += [f"{example.command.strip()}\n    {text}" for text in told]
    assert not wrong, "\n".join(wrong)


def test_what_differs_is_noticed() -> None:
    assert not list(differences({"a": 1, "...": 0}, {"a": 1, "b": 2}))
    assert not list(differences({"at": "2026-05-17T12:00:00.000Z"}, {"at": "2031-01-01T00:00:00.123Z"}))
    for documented, answered in (
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "...": 0}, {"b": 1}),
        ([1], [1, 2]),
        ({"at": "2026-05-17T12:00:00.000Z"}, {"at": "yesterday"}),
    ):
        assert list(differences(documented, answered)), (documented, answered)
