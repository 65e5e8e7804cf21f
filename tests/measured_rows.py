"""Examples of results with phases and metrics, for hypothesis."""

from typing import Any

from hypothesis import strategies as st

NOON_MS = 1_779_019_200_000
_times = st.integers(NOON_MS - 40 * 86_400_000, NOON_MS) | st.integers(NOON_MS, NOON_MS + 900_000)
_response = st.none() | st.floats(0, 10**6)
_phases = st.none() | st.dictionaries(st.sampled_from(("dns", "connect", "tls", "first_byte")), st.floats(0, 10**5))
_values = st.integers(-(10**20), 10**20) | st.floats(-1e9, 1e9) | st.floats(1e14, 1e200)
_metrics = st.none() | st.dictionaries(st.sampled_from(("load", "body_bytes", "größe")), _values)
_codes = st.none() | st.sampled_from((200, 204, 301, 404, 503, 700))


def _row(at: int, status: int, ms: float | None, phases: Any, metrics: Any, code: int | None) -> tuple[Any, ...]:
    return at, status, ms, phases, metrics if code is None else {"status_code": code, **(metrics or {})}


# (ms since 1970, status, response_ms, phases, metrics)
measured_rows = st.lists(
    st.builds(_row, _times, st.integers(0, 5), _response, _phases, _metrics, _codes), min_size=1, max_size=40
)


def columns_of(rows: list[Any]) -> list[Any]:
    """The same, column by column."""
    return [list(column) for column in zip(*rows, strict=True)]
