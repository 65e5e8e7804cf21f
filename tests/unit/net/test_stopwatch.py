"""Adding up what the network took."""

from monitor_app.net.stopwatch import Stopwatch


def test_phases_are_told_in_order_and_summed() -> None:
    stopwatch = Stopwatch(10.0)
    for phase, seconds in (("dns", 0.001), ("connect", 0.002), ("dns", 0.003)):
        stopwatch.phase = phase
        stopwatch.add(seconds)
    assert stopwatch.phases_ms() == {"dns": 4.0, "connect": 2.0}
    assert list(stopwatch.phases_ms()) == ["dns", "connect"]


def test_what_is_left_is_never_negative() -> None:
    stopwatch = Stopwatch(1.0)
    stopwatch.add(0.25)
    assert stopwatch.left_seconds == 0.75
    stopwatch.add(5.0)
    assert stopwatch.left_seconds == 0.0


def test_running_out_of_time_names_the_phase() -> None:
    stopwatch = Stopwatch(2.5)
    stopwatch.phase = "first_byte"
    assert str(stopwatch.time_out()) == "timed out after 2.5 s while waiting for the first byte"
    assert stopwatch.phases_ms() == {"first_byte": 2500.0}


def test_a_look_up_that_took_most_of_the_time_is_the_name_servers_fault() -> None:
    stopwatch = Stopwatch(2.5)
    failure = stopwatch.time_out()
    assert failure.is_ours
    assert str(failure) == (
        "timed out after 2.5 s while looking up the name: this machine's name server does not answer in time"
    )


def test_a_look_up_that_had_little_time_left_is_nobodys_fault_but_the_targets() -> None:
    """A slow server redirected to another name."""
    stopwatch = Stopwatch(2.5)
    stopwatch.phase = "first_byte"
    stopwatch.add(2.4)
    stopwatch.phase = "dns"
    failure = stopwatch.time_out()
    assert not failure.is_ours
    assert str(failure) == "timed out after 2.5 s while looking up the name"
