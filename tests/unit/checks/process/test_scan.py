"""One scan for all who ask at about the same time; which processes are this program's own."""

from collections.abc import Mapping

import pytest

from monitor_app.checks.process import scan as scan_module
from monitor_app.checks.process.scan import Scanner, Seen, family


def tree(*pairs: tuple[int, int, str]) -> dict[int, Seen]:
    return {pid: Seen(pid, parent, name, 0.0) for pid, parent, name in pairs}


def ours_of(processes: Mapping[int, Seen], own_pid: int) -> set[int]:
    return set(family(processes, own_pid, lambda seen: seen.name == "ours"))


def test_the_family_reaches_up_and_down_as_far_as_it_is_named_so() -> None:
    processes = tree(
        (1, 0, "systemd"),
        (10, 1, "shell"),
        (20, 10, "ours"),
        (21, 20, "ours"),
        (22, 20, "nginx"),
        (23, 21, "ours"),
        (24, 22, "ours"),
        (30, 10, "ours"),
    )
    assert ours_of(processes, 21) == {20, 21, 23}


def test_a_process_that_is_not_named_so_is_alone() -> None:
    assert ours_of(tree((1, 0, "systemd"), (5, 1, "pytest"), (6, 5, "nginx")), 5) == {5}


def test_a_process_that_is_not_listed_and_circles_do_no_harm() -> None:
    assert ours_of({}, 5) == {5}
    assert ours_of(tree((5, 6, "ours"), (6, 5, "ours")), 5) == {5, 6}


def test_a_scan_is_shared_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look() -> dict[int, Seen]:
        looks.append(1)
        return {}

    now = [100.0]
    monkeypatch.setattr(scan_module.time, "monotonic", lambda: now[0])
    scanner = Scanner(look)
    first = scanner.scan()
    now[0] += 0.9
    assert scanner.scan() is first
    now[0] += 0.2
    assert scanner.scan() is not first
    assert len(looks) == 2
