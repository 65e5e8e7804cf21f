"""What blocks are made of: packed bits, columns of numbers, sections."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.storage.blocks import section
from monitor_app.storage.blocks.bits import pack, packed_size, unpack
from monitor_app.storage.blocks.integers import LIMIT, put_integers, take_integers
from monitor_app.storage.blocks.numbers import put_numbers, take_numbers
from monitor_app.storage.blocks.section import BrokenBlob, SectionReader, SectionWriter

WIDE = st.integers(-LIMIT, LIMIT)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40), st.integers(1, 64))
def test_the_lower_bits_come_back(numbers: list[int], bits: int) -> None:
    packed = pack(numbers, bits)
    assert len(packed) == packed_size(len(numbers), bits)
    assert unpack(packed, len(numbers), bits) == [number & (1 << bits) - 1 for number in numbers]


def test_no_bits_take_no_space() -> None:
    assert pack([1, 2, 3], 0) == b""


def test_the_layout() -> None:
    assert pack([0x1FF, 0x001, 0x100], 9) == bytes([0xFF, 0x01, 0x00, 0b101])


@given(st.lists(WIDE | st.integers(0, 10), max_size=300), st.sampled_from([True, False, None]))
def test_columns_of_whole_numbers_come_back(values: list[int], is_trend: bool | None) -> None:
    writer = SectionWriter()
    put_integers(writer, values, is_trend=is_trend)
    assert take_integers(SectionReader(writer.finish(), 0), len(values)) == values


def test_what_grows_regularly_takes_nothing() -> None:
    writer = SectionWriter()
    put_integers(writer, range(5, 50_000, 7), is_trend=None)
    assert len(writer.finish()) < 20


def test_an_unknown_form_is_refused() -> None:
    writer = SectionWriter()
    writer.number(9)
    with pytest.raises(BrokenBlob, match="unknown form 9"):
        take_integers(SectionReader(writer.finish(), 0), 3)


@given(
    st.integers(0, 6),
    st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=60),
    st.sampled_from([True, False, None]),
)
def test_decimal_numbers_come_back(decimals: int, whole: list[int], is_trend: bool | None) -> None:
    values = [round(value / 10**decimals, decimals) for value in whole]
    writer = SectionWriter()
    put_numbers(writer, values, is_trend=is_trend)
    assert repr(take_numbers(SectionReader(writer.finish(), 0), len(values))) == repr(values)


def test_sections_stand_one_behind_the_other() -> None:
    first, second = SectionWriter(), SectionWriter()
    first.number(-300)
    first.soft(b"soft")
    first.hard(b"hard")
    second.document({"names": ["ä", 1, 2.5, None]})
    blob = b"x" + first.finish() + second.finish()
    reader = SectionReader(blob, 1)
    assert (reader.number(), reader.soft(4), reader.hard(4)) == (-300, b"soft", b"hard")
    assert SectionReader(blob, reader.end).document() == {"names": ["ä", 1, 2.5, None]}


def test_a_damaged_section_is_refused() -> None:
    writer = SectionWriter()
    writer.document(["what", "it", "is"] * 9)
    blob = bytearray(writer.finish())
    blob[3:] = b"\xff" * (len(blob) - 3)
    with pytest.raises(BrokenBlob, match="damaged"):
        SectionReader(bytes(blob), 0)


@pytest.mark.parametrize("middle", [0, 7, -5])
def test_strays_begin_right_beyond_what_a_byte_holds(middle: int) -> None:
    values = [middle, middle + 1] * 20 + [middle + far for far in (127, 128, 129, -127, -128, -129)]
    writer = SectionWriter()
    put_integers(writer, values)
    assert take_integers(SectionReader(writer.finish(), 0), len(values)) == values


def test_a_few_others_among_equal_ones_take_hardly_any_space() -> None:
    values = [5] * 1000
    values[3], values[998], values[999] = 4, 0, 10**12
    writer = SectionWriter()
    put_integers(writer, values)
    blob = writer.finish()
    assert take_integers(SectionReader(blob, 0), 1000) == values
    assert len(blob) < 30


@pytest.mark.parametrize("late", [2, True, 10**20, 1e300, 0.1234567])
def test_kinds_of_numbers_may_change_late_in_a_column(late: float) -> None:
    values = [1.5] * 20 + [late]
    writer = SectionWriter()
    put_numbers(writer, values)
    assert repr(take_numbers(SectionReader(writer.finish(), 0), len(values))) == repr(values)


def test_the_known_words_never_change() -> None:
    """They belong to the format: with others no blob that was written before can be read."""
    assert zlib.crc32(section._WORDS) == 1633389468
