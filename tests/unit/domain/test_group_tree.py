"""The tree of groups: what is in what, whatever the rows say."""

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.group import Group
from monitor_app.domain.group_tree import GroupTree


def tree(*pairs: tuple[str, str], named: tuple[str, ...] = ()) -> GroupTree:
    """Of groups, each with the one that it is in."""
    return GroupTree([Group(number, name, "", parent=parent) for number, (name, parent) in enumerate(pairs)], named)


SHOP = tree(("Europe", "Shop"), ("Berlin", "Europe"), ("Asia", "Shop"), ("bank", ""), named=("Loose", "Berlin"))


def test_every_group_comes_before_those_in_it_by_name() -> None:
    assert list(SHOP) == ["bank", "Loose", "Shop", "Asia", "Europe", "Berlin"]
    assert len(SHOP) == 6
    assert "Loose" in SHOP
    assert "Nowhere" not in SHOP


def test_what_only_a_service_or_a_group_names_stands_at_the_top() -> None:
    assert SHOP.children("") == ["bank", "Loose", "Shop"]
    assert SHOP.parent("Shop") == ""
    assert set(SHOP.rows) == {"Europe", "Berlin", "Asia", "bank"}


def test_path_and_depth_are_told_from_the_top() -> None:
    assert SHOP.path("Berlin") == ["Shop", "Europe", "Berlin"]
    assert (SHOP.depth("Berlin"), SHOP.depth("bank")) == (3, 1)
    assert (SHOP.height("Shop"), SHOP.height("Berlin")) == (3, 1)
    assert SHOP.path("Nowhere") == ["Nowhere"]


def test_all_that_is_in_a_group_is_found() -> None:
    assert SHOP.below("Shop") == {"Shop", "Europe", "Berlin", "Asia"}
    assert SHOP.below("Shop") is SHOP.below("Shop")
    assert SHOP.below("Nowhere") == {"Nowhere"}
    assert SHOP.below_all(["Europe", "bank"]) == {"Europe", "Berlin", "bank"}
    assert SHOP.below_all([]) == frozenset()


def test_circle_is_told_as_a_way_back_to_its_beginning() -> None:
    assert SHOP.circle("Shop", "Berlin") == ["Shop", "Berlin", "Europe", "Shop"]
    assert SHOP.circle("Shop", "Shop") == ["Shop", "Shop"]
    assert SHOP.circle("Berlin", "Asia") is None
    assert SHOP.circle("Berlin", "") is None


def test_circle_that_got_in_anyway_is_cut_at_its_first_name() -> None:
    tangled = tree(("b", "a"), ("c", "b"), ("a", "c"), ("own", "own"))
    assert list(tangled) == ["a", "b", "c", "own"]
    assert tangled.path("c") == ["a", "b", "c"]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", *"abcdefg"])), max_size=8))
def test_no_group_is_ever_lost(pairs: list[tuple[str, str]]) -> None:
    any_tree = tree(*dict(pairs).items())
    names = {name for pair in dict(pairs).items() for name in pair} - {""}
    assert sorted(any_tree) == sorted(names)
    assert all(any_tree.path(name)[-1] == name for name in names)
