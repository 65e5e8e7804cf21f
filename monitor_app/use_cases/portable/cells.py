"""Cells of a CSV file: text that no table program takes for a formula, and back, and the rows of such a file."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from monitor_app.errors import InvalidInput
from monitor_app.security import documents
from monitor_app.security.placed import FILE
from monitor_app.use_cases.audit_log import FORMULA

COLUMNS_LIMIT: Final = 500
ROWS_LIMIT: Final = 20_000
LINE_LIMIT: Final = 1 << 20
SEPARATORS: Final = ",;\t"
_QUOTE = "'"


def cell(value: Any) -> str:
    """A value as text. What begins as a formula does gets an apostrophe before it, and so does what begins with one."""
    match value:
        case None:
            return ""
        case str():
            text = value
        case bool() | dict() | list() | tuple():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = repr(value)
    return f"{_QUOTE}{text}" if text.startswith((*FORMULA, _QUOTE)) else text


def plain(text: str) -> str:
    """The text of a cell without the apostrophe that `cell` has put there."""
    return text[1:] if text[:1] == _QUOTE and text[1:].startswith((*FORMULA, _QUOTE)) else text


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    """The rows as RFC 4180 has them."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return file.getvalue()


def decoded(data: bytes | str) -> str:
    """The text of a file. Raises InvalidInput: too large, not UTF-8, with NUL characters."""
    try:
        text = documents.decoded(data, FILE, "file")
    except InvalidInput as err:
        hint = '; table programs call it "CSV UTF-8"' if "UTF-8" in err.fields["file"] else ""
        raise InvalidInput({"file": err.fields["file"] + hint}) from err
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidInput({"file": f"must have no NUL characters, got one in line {line}"})
    return text


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it begins in, as written; the first are the names of the columns.

    Separators are commas, semicolons or tabs, whichever the first line has most of. Raises InvalidInput: quotes that
    do not end, rows, columns and cells beyond their limits.
    """
    first = text.partition("\n")[0][:LINE_LIMIT]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(_lines(text), delimiter=separator, strict=True)
    line, count = 1, 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            raise InvalidInput({"file": f"is not CSV: {err} in line {max(line, reader.line_num)}"}) from err
        if len(row) > COLUMNS_LIMIT:
            raise InvalidInput({"file": f"must have at most {COLUMNS_LIMIT} columns, got {len(row)} in line {line}"})
        if any(row):
            count += 1
            if count > ROWS_LIMIT + 1:
                raise InvalidInput({"file": f"must have at most {ROWS_LIMIT} rows, has more"})
            yield line, row
        line = reader.line_num + 1


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > LINE_LIMIT:
            raise InvalidInput({"file": f"must have lines of at most {LINE_LIMIT} characters, line {number} has more"})
        yield line
