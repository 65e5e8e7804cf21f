"""The figures of a report on paper."""

import pytest

from monitor_app.use_cases.reports import pdf


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "–"),
        (1.0, "100 %"),
        (0.99999999, "99.999 %"),
        (0.9989996, "99.899 %"),
        (0.999, "99.900 %"),
        (0.0000001, "<0.001 %"),
        (0.0, "0 %"),
    ],
)
def test_shares_are_never_rounded_up(share: float | None, words: str) -> None:
    assert pdf.share_words(share) == words


@pytest.mark.parametrize(
    ("target", "words"), [(0.999, "99.9 %"), (0.99999, "99.999 %"), (0.5, "50 %"), (0.9995, "99.95 %")]
)
def test_targets_are_told_as_they_were_typed(target: float, words: str) -> None:
    assert pdf.target_words(target) == words


@pytest.mark.parametrize(("ms", "words"), [(None, "–"), (0.4, "0.4 ms"), (42.4, "42 ms"), (1591.6, "1.59 s")])
def test_response_times_are_told_as_on_the_screen(ms: float | None, words: str) -> None:
    assert pdf.response_words(ms) == words
