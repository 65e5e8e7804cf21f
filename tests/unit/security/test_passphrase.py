"""Values that are encrypted with a passphrase."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.security.passphrase import (
    LONGEST,
    PREFIX,
    SALTS_LIMIT,
    PassphraseBox,
    checked_passphrase,
    is_encrypted,
)

WORDS = "quiet harbour anvil"
BOX = PassphraseBox(WORDS)
WORD = BOX.encrypt("hunter2", "shop.password")


@settings(max_examples=50)
@given(st.text(max_size=50), st.text(max_size=20))
def test_what_was_encrypted_comes_back(text: str, place: str) -> None:
    word = BOX.encrypt(text, place)
    assert is_encrypted(word)
    assert BOX.decrypt(word, place) == text


def test_nothing_of_it_can_be_read_and_no_word_is_like_another() -> None:
    assert b"hunter2" not in base64.urlsafe_b64decode(WORD.removeprefix(PREFIX))
    assert BOX.encrypt("hunter2", "shop.password") != WORD


def test_another_box_with_the_same_passphrase_reads_it() -> None:
    assert PassphraseBox(WORDS).decrypt(WORD, "shop.password") == "hunter2"
    # As another keyboard writes the same letters.
    accented = PassphraseBox("caf\u00e9 au lait").encrypt("x", "")
    assert PassphraseBox("cafe\u0301 au lait").decrypt(accented, "") == "x"


def test_wrong_passphrase_is_told_as_such() -> None:
    with pytest.raises(InvalidInput, match="passphrase: is not the one"):
        PassphraseBox("quiet harbour anvi1").decrypt(WORD, "shop.password")


def test_secret_is_good_at_its_own_place_only() -> None:
    with pytest.raises(InvalidInput, match="value: was changed"):
        BOX.decrypt(WORD, "thief.password")


def changed(word: str) -> str:
    packed = bytearray(base64.urlsafe_b64decode(word.removeprefix(PREFIX)))
    packed[-1] ^= 1
    return PREFIX + base64.urlsafe_b64encode(packed).decode()


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (changed(WORD), "was changed"),
        (f"{PREFIX}!!!", "must be"),
        (f"{PREFIX}\u00e4", "must be"),
        (f"{PREFIX}AAAA", "was encrypted by another version"),
        (f"{PREFIX}AQAA", "is cut"),
        (PREFIX, "was encrypted by another version"),
    ],
    # Each worker has another word, and all of them must give the tests the same names.
    ids=["changed", "no base64", "no ASCII", "another version", "cut", "empty"],
)
def test_damaged_words_are_told_as_such(word: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=f"value: {why}"):
        BOX.decrypt(word, "shop.password")


def with_another_salt(number: int) -> str:
    packed = bytearray(base64.urlsafe_b64decode(WORD.removeprefix(PREFIX)))
    packed[1:17] = bytes([number] * 16)
    return PREFIX + base64.urlsafe_b64encode(packed).decode()


def test_file_cannot_make_us_derive_keys_without_end() -> None:
    box = PassphraseBox(WORDS)
    for number in range(SALTS_LIMIT):
        with pytest.raises(InvalidInput, match="passphrase: is not the one"):
            box.decrypt(with_another_salt(number), "")
    with pytest.raises(InvalidInput, match="at most 2 exports"):
        box.decrypt(WORD, "shop.password")


@pytest.mark.parametrize("passphrase", ["", "x" * (LONGEST + 1)])
def test_box_needs_a_passphrase(passphrase: str) -> None:
    with pytest.raises(InvalidInput, match="passphrase: must have"):
        PassphraseBox(passphrase)


@pytest.mark.parametrize("passphrase", ["", "elevenchars", "x" * (LONGEST + 1)])
def test_short_passphrases_are_not_taken_to_encrypt(passphrase: str) -> None:
    with pytest.raises(InvalidInput, match="passphrase: must have at"):
        checked_passphrase(passphrase)
    assert checked_passphrase(WORDS) == WORDS


@pytest.mark.parametrize("value", [5, None, {}, "encrypted", "***"])
def test_other_values_are_not_taken_for_encrypted(value: object) -> None:
    assert not is_encrypted(value)
