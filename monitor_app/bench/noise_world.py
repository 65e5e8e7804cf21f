"""One target in one month: losses, bursts, outages, and the monitor's own network. All of it is seeded."""

import math
import random
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

MONTH_SECONDS = 30 * 86_400.0
MINUTE = 60.0
# A quiet hour at both ends, so that each outage is seen whole.
EDGE_SECONDS = 3600.0

OUTAGE_SECONDS = (3 * MINUTE, 60 * MINUTE)
BURST_EVERY_SECONDS = MINUTE / 0.002
BURST_MEAN_SECONDS = 2 * MINUTE
BURST_LOSS = 0.6
OWN_LOSS_EVERY_SECONDS = 86_400.0
OWN_LOSS_SECONDS = (1 * MINUTE, 10 * MINUTE)


@dataclass(frozen=True, slots=True)
class Noise:
    """A class of targets. `loss` is the share of checks that fail for nothing; `share` is that of the mix."""

    name: str
    loss: float = 0.0
    has_bursts: bool = False
    has_own_losses: bool = False
    share: float = 0.0


CLASSES = (
    Noise("clean", share=0.70),
    Noise("loss_0_1_percent", loss=0.001, share=0.15),
    Noise("loss_1_percent", loss=0.01, share=0.10),
    Noise("loss_5_percent", loss=0.05),
    Noise("bursts", loss=0.001, has_bursts=True, share=0.03),
    Noise("own_network", has_own_losses=True, share=0.02),
)


@dataclass(slots=True)
class Episode:
    """A time in which checks fail. `known_at` is when the monitor knew that it was its own network."""

    start: float
    end: float
    known_at: float = math.inf


@dataclass(frozen=True, slots=True)
class Episodes:
    """Episodes of one sort, in order, not overlapping."""

    all: tuple[Episode, ...] = ()
    starts: tuple[float, ...] = field(default=())

    @classmethod
    def of(cls, episodes: Iterable[Episode]) -> "Episodes":
        """In order of their start."""
        ordered = tuple(sorted(episodes, key=lambda episode: episode.start))
        return cls(ordered, tuple(episode.start for episode in ordered))

    def at(self, moment: float) -> Episode | None:
        """The one that is on."""
        index = bisect_right(self.starts, moment) - 1
        return self.all[index] if index >= 0 and moment < self.all[index].end else None

    def next_start(self, moment: float) -> float:
        """When the next one begins; infinity when none does."""
        index = bisect_right(self.starts, moment)
        return self.starts[index] if index < len(self.starts) else math.inf


@dataclass(frozen=True, slots=True)
class World:
    """One target-month. `is_refused` tells whether a check notices the outage at once, or by its time-out."""

    noise: Noise
    outages: Episodes
    bursts: Episodes
    own_losses: Episodes
    is_refused: bool

    @classmethod
    def draw(cls, noise: Noise, chance: random.Random) -> "World":
        """One real outage, and what belongs to the class."""
        seconds = chance.uniform(*OUTAGE_SECONDS)
        start = chance.uniform(EDGE_SECONDS, MONTH_SECONDS - EDGE_SECONDS - seconds)
        return cls(
            noise=noise,
            outages=Episodes.of([Episode(start, start + seconds)]),
            bursts=_bursts(chance) if noise.has_bursts else Episodes(),
            own_losses=_own_losses(chance) if noise.has_own_losses else Episodes(),
            is_refused=chance.random() < 0.5,
        )

    def is_quiet(self, moment: float) -> bool:
        """Whether only the loss of the class can make a check fail now."""
        return not (self.outages.at(moment) or self.bursts.at(moment) or self.own_losses.at(moment))

    def next_start(self, moment: float) -> float:
        """When it is not quiet any more."""
        return min(kind.next_start(moment) for kind in (self.outages, self.bursts, self.own_losses))


def good_in_a_row(loss: float, chance: random.Random) -> float:
    """How many checks succeed before the next is lost: geometrically distributed."""
    return math.floor(math.log(1.0 - chance.random()) / math.log1p(-loss)) if loss else math.inf


def _bursts(chance: random.Random) -> Episodes:
    episodes, moment = [], 0.0
    while (moment := moment + chance.expovariate(1 / BURST_EVERY_SECONDS)) < MONTH_SECONDS:
        end = moment + chance.expovariate(1 / BURST_MEAN_SECONDS)
        episodes.append(Episode(moment, end))
        moment = end
    return Episodes.of(episodes)


def _own_losses(chance: random.Random) -> Episodes:
    episodes, moment = [], 0.0
    while (moment := moment + chance.expovariate(1 / OWN_LOSS_EVERY_SECONDS)) < MONTH_SECONDS:
        end = moment + chance.uniform(*OWN_LOSS_SECONDS)
        episodes.append(Episode(moment, end))
        moment = end
    return Episodes.of(episodes)
