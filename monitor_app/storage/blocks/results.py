"""Results of one service in one blob, column by column.

Format 1: the byte 1, the number of results (varint), two sections (see section.py). The first is what most readers want
and all that they pay for: times (a trend), statuses, which results have a response time, the response times. The second
holds a document [messages, shapes of the phases, shapes of the metrics], the ids (a trend), for each result which
message, and then the phases and the metrics.

Phases and metrics are dicts; a shape is the list of their names, in order, or null for none at all. After the column
that says which shape each result has come, for each shape, the columns of its names. One phase can be left out, because
it is what the others leave of the response time: the number of its place is written before the columns (-1: none is),
and in its place stands what is missing to that sum, nearly always nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any, TypeVar

from monitor_app.domain.result import StoredResult
from monitor_app.domain.status import Status
from monitor_app.models.types import from_millis
from monitor_app.storage.blocks.integers import differences, put_integers, take_integers
from monitor_app.storage.blocks.numbers import (
    MICRO_DECIMALS,
    Number,
    put_micros,
    put_numbers,
    shifted,
    take_micros,
    take_numbers,
    unshifted,
)
from monitor_app.storage.blocks.section import (
    BrokenBlob,
    SectionReader,
    SectionWriter,
    read_varint,
    section_end,
    varint,
)

FORMAT = 1
_STATUSES = tuple(Status)
_NONE_LEFT_OUT = -1

Hashed = TypeVar("Hashed")
Numbers = Mapping[str, Number]
# (id, checked_at in ms since 1970, status, response_ms, message, phases, metrics)
Row = tuple[int, int, int, float | None, str, Numbers | None, Numbers | None]


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """Results of one service; all columns are equally long. `checked_at` is in ms since 1970."""

    ids: Sequence[int]
    checked_at: Sequence[int]
    statuses: Sequence[int]
    response_ms: Sequence[float | None]
    messages: Sequence[str]
    phases: Sequence[Numbers | None]
    metrics: Sequence[Numbers | None]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def rows(self) -> Iterable[Row]:
        """The results one by one."""
        return zip(
            self.ids,
            self.checked_at,
            self.statuses,
            self.response_ms,
            self.messages,
            self.phases,
            self.metrics,
            strict=True,
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """When it was checked (ms since 1970), what came out, how long the answer took."""

    checked_at: list[int]
    statuses: list[int]
    response_ms: list[float | None]


def columns_of(rows: Iterable[Row]) -> ResultColumns:
    """The columns of rows."""
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * 7
    return ResultColumns(*columns)


def joined(*parts: ResultColumns) -> ResultColumns:
    """All results by time, those of the same time by id; an id that is there twice is kept once."""
    rows = {row[0]: row for part in parts for row in part.rows}
    return columns_of(sorted(rows.values(), key=itemgetter(1, 0)))


def sliced(columns: ResultColumns, start: int, stop: int) -> ResultColumns:
    """Some of the results, by their places."""
    return ResultColumns(
        columns.ids[start:stop],
        columns.checked_at[start:stop],
        columns.statuses[start:stop],
        columns.response_ms[start:stop],
        columns.messages[start:stop],
        columns.phases[start:stop],
        columns.metrics[start:stop],
    )


def stored_results(service_pk: int, columns: ResultColumns) -> list[StoredResult]:
    """The results as they are read back."""
    return [
        StoredResult(
            number, service_pk, from_millis(at), _STATUSES[status], message, response_ms, phases or {}, metrics or {}
        )
        for number, at, status, response_ms, message, phases, metrics in columns.rows
    ]


def encode_results(columns: ResultColumns) -> bytes:
    """Pack results. What comes back is the same, but for: empty phases and metrics are None, -0.0 is 0.0.

    Short when they are in the order of time. Raises ValueError when there are none.
    """
    count = len(columns)
    if not count:
        raise ValueError("a block needs at least one result")
    timeline = SectionWriter()
    put_integers(timeline, columns.checked_at, is_trend=True)
    put_integers(timeline, columns.statuses)
    put_integers(timeline, [int(ms is not None) for ms in columns.response_ms])
    micros = put_micros(timeline, [float(ms) for ms in columns.response_ms if ms is not None])

    rest = SectionWriter()
    messages, message_numbers = _numbered(columns.messages)
    phases, metrics = _Shapes(columns.phases), _Shapes(columns.metrics)
    rest.document([list(messages), phases.names, metrics.names])
    put_integers(rest, columns.ids, is_trend=True)
    put_integers(rest, message_numbers, is_trend=None)
    phases.put(rest, None if micros is None else _spread_out(micros, columns.response_ms))
    metrics.put(rest, None)
    return b"".join((bytes((FORMAT,)), varint(count), timeline.finish(), rest.finish()))


def decode_results(blob: bytes) -> ResultColumns:
    """All that was packed. Raises BrokenBlob when this is no such blob."""
    count, start = _begin(blob)
    timeline, micros, start = _take_timeline(blob, start, count)
    rest = SectionReader(blob, start)
    messages, phase_names, metric_names = rest.document()
    ids = take_integers(rest, count)
    message_numbers = take_integers(rest, count)
    times = None if micros is None else _spread_out(micros, timeline.response_ms)
    return ResultColumns(
        ids,
        timeline.checked_at,
        timeline.statuses,
        timeline.response_ms,
        [messages[number] for number in message_numbers],
        _take_dicts(rest, phase_names, count, times),
        _take_dicts(rest, metric_names, count, None),
    )


def decode_timeline(blob: bytes) -> Timeline:
    """Times, statuses and response times only: about a quarter of the work. Raises BrokenBlob."""
    count, start = _begin(blob)
    return _take_timeline(blob, start, count)[0]


def decode_ids(blob: bytes) -> list[int]:
    """The ids only. Raises BrokenBlob."""
    count, start = _begin(blob)
    rest = SectionReader(blob, section_end(blob, start))
    rest.document()
    return take_integers(rest, count)


def count_of(blob: bytes) -> int:
    """How many results there are. Raises BrokenBlob."""
    return _begin(blob)[0]


def _begin(blob: bytes) -> tuple[int, int]:
    if not blob or blob[0] != FORMAT:
        raise BrokenBlob(f"not a block of results of a known format: begins with {blob[:1].hex() or 'nothing'}")
    return read_varint(blob, 1)


def _take_timeline(blob: bytes, start: int, count: int) -> tuple[Timeline, list[int] | None, int]:
    section = SectionReader(blob, start)
    checked_at = take_integers(section, count)
    statuses = take_integers(section, count)
    has_response = take_integers(section, count)
    responses = sum(has_response)
    present, micros = take_micros(section, responses)
    response_ms: list[float | None] = list(present)
    if responses < count:
        following = iter(present)
        response_ms = [next(following) if has else None for has in has_response]
    return Timeline(checked_at, statuses, response_ms), micros, section.end


def _spread_out(micros: list[int], response_ms: Sequence[float | None]) -> list[int]:
    """The response time of every result in µs, 0 where there is none."""
    if len(micros) == len(response_ms):
        return micros
    following = iter(micros)
    return [0 if ms is None else next(following) for ms in response_ms]


def _numbered(values: Sequence[Hashed]) -> tuple[list[Hashed], list[int]]:
    """The different values, and for each value which of them it is."""
    number_of = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return list(number_of), list(map(number_of.__getitem__, values))


class _Shapes:
    """A column of dicts, grouped by the names that they have."""

    def __init__(self, dicts: Sequence[Numbers | None]) -> None:
        self._dicts = dicts
        self._shapes, self._shape_of = _numbered([tuple(one) if one else None for one in dicts])
        self.names = [shape and list(shape) for shape in self._shapes]

    def put(self, section: SectionWriter, response_us: list[int] | None) -> None:
        """`response_us` of all results lets one name be what the others leave of it."""
        put_integers(section, self._shape_of)
        for number, shape in enumerate(self._shapes):
            if shape is None:
                continue
            if len(self._shapes) == 1:
                values: list[Any] = [one.values() for one in self._dicts if one]
                times = response_us
            else:
                places = [place for place, other in enumerate(self._shape_of) if other == number]
                values = [one.values() for place in places if (one := self._dicts[place])]
                times = None if response_us is None else [response_us[place] for place in places]
            _put_columns(section, list(zip(*values, strict=True)), times)


def _put_columns(section: SectionWriter, columns: list[Sequence[Number]], response_us: list[int] | None) -> None:
    micros = None if response_us is None else [shifted(column, MICRO_DECIMALS) for column in columns]
    if response_us is None or micros is None or not any(response_us):
        section.number(_NONE_LEFT_OUT)
        for column in columns:
            put_numbers(section, column)
        return
    exact = [column for column in micros if column is not None]
    if len(exact) < len(columns):
        section.number(_NONE_LEFT_OUT)
        for column in columns:
            put_numbers(section, column)
        return
    # The longest phase has most digits, so leaving it out saves most.
    left_out = max(range(len(exact)), key=lambda place: sum(exact[place]))
    section.number(left_out)
    for place, column in enumerate(exact):
        put_integers(section, column if place != left_out else _missing(exact, place, response_us))


def _missing(micros: list[list[int]], left_out: int, response_us: list[int]) -> list[int]:
    return differences(micros[left_out], _left_by(micros, left_out, response_us))


def _left_by(micros: list[list[int]], left_out: int, response_us: list[int]) -> list[int]:
    """What all columns but one leave of the response times."""
    others = micros[:left_out] + micros[left_out + 1 :]
    left = response_us
    for column in others:
        left = differences(left, column)
    return left


def _take_dicts(
    section: SectionReader, names: list[list[str] | None], count: int, response_us: list[int] | None
) -> list[Numbers | None]:
    shape_of = take_integers(section, count)
    if len(names) == 1:
        return _take_shape(section, names[0], count, response_us)
    dicts: list[Numbers | None] = [None] * count
    for number, shape in enumerate(names):
        places = [place for place, other in enumerate(shape_of) if other == number]
        times = None if response_us is None else [response_us[place] for place in places]
        for place, one in zip(places, _take_shape(section, shape, len(places), times), strict=True):
            dicts[place] = one
    return dicts


def _take_shape(
    section: SectionReader, shape: list[str] | None, count: int, response_us: list[int] | None
) -> list[Numbers | None]:
    if shape is None:
        return [None] * count
    left_out = section.number()
    columns: list[list[Number]]
    if left_out == _NONE_LEFT_OUT or response_us is None:
        columns = [take_numbers(section, count) for _ in shape]
    else:
        micros = [take_integers(section, count) for _ in shape]
        left = _left_by(micros, left_out, response_us)
        micros[left_out] = [missing + rest for missing, rest in zip(micros[left_out], left, strict=True)]
        columns = [unshifted(column, MICRO_DECIMALS) for column in micros]
    # dict(zip(shape, values)) of each row, without a step of the interpreter for any of them.
    return list(map(dict, map(zip, repeat(shape), zip(*columns, strict=True))))
