"""Service ids out of labels: always valid, always different."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.domain.service import RESERVED_SERVICE_IDS, SERVICE_ID_PATTERN
from monitor_app.domain.slug import alternatives, first_free, slug, slug_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Checkout API", "checkout-api"),
        ("https://shop.example.org:8443/health?x=1", "shop-example-org-8443-health-x-1"),
        ("Übersicht – Straße", "ubersicht-strasse"),
        ("  --a__b--  ", "a-b"),
        ("İstanbul", "istanbul"),
        ("ﬁle ①", "file-1"),
        ("日本語", ""),
        ("", ""),
    ],
)
def test_slug_keeps_letters_and_digits(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_label_without_usable_letters_takes_its_target() -> None:
    assert slug_of("日本語", "https://example.org/") == "example-org"
    assert slug_of("日本語", "…").startswith("service-")
    assert slug_of("日本語", "…") != slug_of("中文", "…")


@given(st.text(), st.text())
@settings(max_examples=300)
def test_every_label_makes_a_valid_service_id(label: str, target: str) -> None:
    assert SERVICE_ID_PATTERN.fullmatch(slug_of(label, target))


@given(st.text(min_size=1, max_size=200), st.text(max_size=10))
def test_alternatives_are_valid_and_differ(label: str, salt: str) -> None:
    wanted = slug_of(label, "")
    names = [name for names in itertools.islice(alternatives(wanted, salt), 6) for name in names]
    assert len(set(names)) == len(names) == 13
    assert all(SERVICE_ID_PATTERN.fullmatch(name) for name in names)


def test_taken_ids_are_numbered_then_hashed() -> None:
    rounds = alternatives("api", "x")
    assert first_free(next(rounds), {"api"}) is None
    assert first_free(next(rounds), {"api", "api-2"}) == "api-3"
    (hashed,) = next(rounds)
    assert len(hashed) == len("api-") + 8


@pytest.mark.parametrize("word", sorted(RESERVED_SERVICE_IDS))
def test_reserved_words_are_never_chosen(word: str) -> None:
    rounds = alternatives(word, "x")
    assert first_free(next(rounds), set()) is None
    assert first_free(next(rounds), set()) == f"{word}-2"
