"""What is kept of a check in full: bounded, and without secrets."""

import json

import pytest

from monitor_app.domain.report import (
    CELL_LIMIT,
    DOCUMENT_LIMIT_BYTES,
    ROWS_LIMIT,
    TEXT_LIMIT_BYTES,
    Report,
    document,
    facts,
    sections_of,
    table,
    text,
)


def size(stored: object) -> int:
    return len(json.dumps(stored, ensure_ascii=False).encode())


def test_sections_are_kept_as_they_are_told():
    stored = document(
        [
            facts("Answer", {"Status line": "HTTP/1.1 200 OK", "Nothing": ""}),
            table("Headers", ("Header", "Value"), [("Server", "nginx")], is_private=True),
            text("Body", "one\r\ntwo"),
        ]
    )
    assert stored == {
        "sections": [
            {"title": "Answer", "form": "facts", "rows": [["Status line", "HTTP/1.1 200 OK"]]},
            {
                "title": "Headers",
                "form": "table",
                "rows": [["Server", "nginx"]],
                "columns": ["Header", "Value"],
                "is_private": True,
            },
            {"title": "Body", "form": "text", "text": "one\ntwo", "is_private": True},
        ]
    }


def test_sections_with_nothing_in_them_are_left_out():
    assert document([facts("A", {}), table("B", ("C",), []), text("D", "")]) == {"sections": []}


def test_rows_cells_and_texts_are_bounded_and_say_so():
    stored = document(
        [
            table("Rows", ("Number", "Name"), [(str(number), "x") for number in range(ROWS_LIMIT + 1)]),
            facts("Cells", {"long": "y" * 1000}),
            text("Text", "ä" * 2000),
            table("Known to be cut", ("A",), [("1",)], is_cut=True),
        ]
    )
    rows, cells, lines, known = stored["sections"]
    assert (len(rows["rows"]), rows["is_cut"]) == (ROWS_LIMIT, True)
    assert cells["rows"][0][1] == "y" * (CELL_LIMIT - 1) + "…"
    assert (lines["text"], lines["is_cut"]) == ("ä" * (TEXT_LIMIT_BYTES // 2), True)
    assert known["is_cut"] is True


def test_a_long_text_that_shrinks_when_it_is_masked_says_that_it_is_cut():
    stored = document([text("Text", "secret-of-mine" * 10_000)], ["secret-of-mine"])
    assert stored["sections"][0]["is_cut"] is True


def test_a_document_never_grows_beyond_its_bound():
    headers = table("Headers", ("Header", "Value"), [(f"X-{number}", "v" * 300) for number in range(40)])
    stored = document([headers, text("Body", "b" * 3000), *[facts(f"{n}", {"a": "z" * 300}) for n in range(30)]])
    assert size(stored) <= DOCUMENT_LIMIT_BYTES
    assert stored["sections"][0]["is_cut"] is True
    assert len(stored["sections"]) == 12


def test_what_cannot_be_cut_any_more_is_left_out():
    wide = [table(f"{number}", ("A",) * 8, [("ö" * 300,) * 8]) for number in range(5)]
    stored = document(wide)
    assert size(stored) <= DOCUMENT_LIMIT_BYTES
    assert 0 < len(stored["sections"]) < 5


def test_hostile_text_is_spelled_out_and_stays_text():
    stored = document([facts("F", {"a": "\x1b[31m<script>\u202e\ud800"}), text("T", "a\tb\n\x00<b>\u2028c")])
    assert stored["sections"][0]["rows"] == [["a", "\\x1b[31m<script>\\u202e?"]]
    assert stored["sections"][1]["text"] == "a b\n\\x00<b>\\u2028c"


@pytest.mark.parametrize(
    "content",
    [
        "go to https://ann:hunter22@example.org/",
        "https://example.org/?access_token=hunter22",
        "https://example.org/#access_token=hunter22",
        '{"password": "hunter22", "n": 1}',
        "{'api_key': 'hunter22'}",
        "session_id=hunter22; Path=/",
        "Authorization: Bearer hunter22",
        '"client_secret":"hunter22',
    ],
    ids=["url", "query", "fragment", "json", "quotes", "cookie", "header", "cut"],
)
def test_secrets_are_masked_wherever_they_stand(content: str):
    stored = json.dumps(document([facts("F", {"a": content}), text("T", content)]))
    assert "hunter22" not in stored
    assert stored.count("***") >= 2


def test_configured_secrets_are_masked_where_they_are_repeated():
    stored = json.dumps(document([text("T", "you sent hunter22 and aHVudGVyMjI=")], ["hunter22"]))
    assert "hunter22" not in stored
    assert "aHVudGVyMjI" not in stored


def test_signed_tokens_are_masked():
    assert "eyJ" not in json.dumps(document([text("T", "x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_d y")]))


def test_private_sections_are_hidden_from_those_who_may_not_see_them():
    stored = document([facts("F", {"a": "b"}), text("T", "body")])
    seen, hidden = sections_of(stored, with_private=True), sections_of(stored, with_private=False)
    assert [section["text"] for section in seen] == ["", "body"]
    assert [(section["title"], section["text"], section["is_hidden"]) for section in hidden] == [
        ("F", "", False),
        ("T", "", True),
    ]
    assert hidden[0]["rows"] == [["a", "b"]]


def test_a_report_is_taken_once():
    report, other = Report(lambda: {"sections": []}), Report(lambda: {"sections": []})
    assert (report.take(), report.take()) == ({"sections": []}, None)
    other.let_go()
    assert other.take() is None
