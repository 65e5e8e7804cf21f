"""Adds up what the network took, a phase at a time, against one deadline."""

from monitor_app.net.failures import Phase, TimedOut


class Stopwatch:
    """The times of one check.

    Only waits on the network are added, so the deadline does not run while this program is busy with something else.
    A phase that happens twice (after a redirect) is summed.
    """

    __slots__ = ("_seconds", "deadline_seconds", "phase")

    def __init__(self, deadline_seconds: float) -> None:
        self.deadline_seconds = deadline_seconds
        self.phase: Phase = "dns"
        self._seconds: dict[Phase, float] = {}

    def add(self, seconds: float) -> None:
        """Count a wait to the present phase."""
        self._seconds[self.phase] = self._seconds.get(self.phase, 0.0) + seconds

    @property
    def total_seconds(self) -> float:
        """All waits so far."""
        return sum(self._seconds.values())

    @property
    def left_seconds(self) -> float:
        """What is left until the deadline; never negative."""
        return max(0.0, self.deadline_seconds - self.total_seconds)

    def time_out(self) -> TimedOut:
        """The error for a deadline that passed now; the rest of the time counts to the present phase."""
        self.add(self.left_seconds)
        # A name server that had most of the time is to blame; one that had the rest of it, after a slow server, is not.
        is_ours = self.phase == "dns" and self._seconds["dns"] * 2 >= self.deadline_seconds
        return TimedOut(self.phase, self.deadline_seconds, is_ours=is_ours)

    def phases_ms(self) -> dict[str, float]:
        """Milliseconds of each phase, in the order in which the phases happened first."""
        return {phase: round(seconds * 1000, 3) for phase, seconds in self._seconds.items()}
