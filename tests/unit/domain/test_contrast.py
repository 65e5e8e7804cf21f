"""Colours that somebody chose can be read on both backgrounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.contrast import ENOUGH, contrast, readable

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_is_the_most() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@given(colours, st.sampled_from(["#fcfcfd", "#111113"]))
def test_every_colour_is_made_readable(colour: str, background: str) -> None:
    assert contrast(readable(colour, background), background) >= ENOUGH


def test_readable_one_stays_as_it_is() -> None:
    assert readable("#3a5bc7", "#fcfcfd") == "#3a5bc7"
    assert readable("#ffff00", "#ffff00") != "#ffff00"
