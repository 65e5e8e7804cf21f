"""The ports that tests choose."""

import socket

import pytest

from tests.ports import free_port, free_ports


def test_each_port_is_another_one_and_free() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    for port in ports:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))


def test_several_ports_are_in_a_row_and_given_once() -> None:
    rows = [free_ports(3) for _ in range(20)]
    assert len({first + place for first in rows for place in range(3)}) == 60


def test_port_that_somebody_uses_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_ports(3)
    chosen = iter([first, first + 1])
    monkeypatch.setattr("tests.ports._given", set())
    monkeypatch.setattr("tests.ports.secrets.choice", lambda _: next(chosen))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        assert free_ports(2) == first + 1


def test_workers_choose_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = []
    for worker in range(5):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{worker}")
        shares.append({free_port() for _ in range(50)})
    assert len(set.union(*shares)) == 250
