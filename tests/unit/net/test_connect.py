"""The order in which addresses are tried."""

from monitor_app.net.connect import interleaved


def test_families_take_turns_beginning_with_the_first() -> None:
    assert interleaved(["::1", "::2", "::3", "1.1.1.1", "2.2.2.2"]) == ["::1", "1.1.1.1", "::2", "2.2.2.2", "::3"]


def test_one_family_keeps_its_order() -> None:
    assert interleaved(["2.2.2.2", "1.1.1.1"]) == ["2.2.2.2", "1.1.1.1"]


def test_all_of_the_other_family_come_along() -> None:
    assert interleaved(["1.1.1.1", "::1", "::2"]) == ["1.1.1.1", "::1", "::2"]
