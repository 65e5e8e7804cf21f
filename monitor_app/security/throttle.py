"""Slows down guessing of passwords, per account and per address, without ever locking anybody out.

Who knocks at an account goes through one of its two lanes: one for addresses that somebody has logged in from before,
one for strangers. So a stranger, from however many addresses, cannot use up what the owner's own address has. In each
lane the pause after a wrong password grows up to twelve seconds, which lets through ten guesses in the first minute and
five in each further one, twenty in both lanes at most.

In a lane that is never free for long it is a matter of luck who comes right when it opens. So who has to wait may get
the next turn: the one that has tried least often, which is the owner and not the programs that try all the time.

A stranger's address also has a pace of its own for one account, up to a quarter of an hour, and one for all accounts,
up to a minute, because it may be that of a whole office.
"""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Generic, Protocol, TypeVar

# The one that has the next turn has so long to come.
TURN_SECONDS: Final = 10.0
# So many addresses are known for an account, and so many of each thing are remembered: what was used last.
KNOWN_ADDRESSES: Final = 8
REMEMBERED: Final = 20_000
# A customer of a provider gets at least so much of IPv6.
_V6_PREFIX: Final = 64

Item = TypeVar("Item")


class Clock(Protocol):
    """What the throttle needs of a clock."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """From the failure number `free` on there is a pause: 1 s, doubled with each, at most `longest_seconds`.

    One failure is forgiven each `forgiven_seconds`.
    """

    free: int
    longest_seconds: float
    forgiven_seconds: float

    @property
    def most(self) -> int:
        """So many failures make the longest pause; further ones are not counted."""
        return self.free + math.ceil(math.log2(self.longest_seconds))

    def pause(self, failures: float) -> float:
        """Seconds until the next try. What is forgiven in part counts as whole."""
        count = math.ceil(failures)
        return 0.0 if count < self.free else min(2.0 ** (count - self.free), self.longest_seconds)


LANE: Final = Pace(free=3, longest_seconds=12, forgiven_seconds=60)
CALLER: Final = Pace(free=5, longest_seconds=900, forgiven_seconds=300)
ADDRESS: Final = Pace(free=10, longest_seconds=60, forgiven_seconds=60)


class _Meter:
    """Counts failures and says when the next try may come."""

    __slots__ = ("_charged_at", "_failures", "_pace", "open_at")

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._failures = 0.0
        self._charged_at = self.open_at = -math.inf

    def charge(self, now: float) -> None:
        """One more failure."""
        forgiven = (now - self._charged_at) / self._pace.forgiven_seconds
        self._failures = min(max(self._failures - forgiven, 0.0) + 1, self._pace.most)
        self._charged_at = now
        self.open_at = now + self._pace.pause(self._failures)

    def refund(self, count: float = 1) -> None:
        """So many failures were none."""
        self._failures = max(self._failures - count, 0.0)
        self.open_at = min(self.open_at, self._charged_at + self._pace.pause(self._failures))

    def failures(self) -> float:
        """As of the last charge."""
        return self._failures


class _Lane(_Meter):
    """A meter that many share, where one of those who wait may have the next turn."""

    __slots__ = ("_holder", "_holder_tries")

    def __init__(self) -> None:
        super().__init__(LANE)
        self._holder, self._holder_tries = "", 0

    def wait(self, network: str, tries: int, now: float) -> float:
        """Seconds that this one has to wait; who has tried less often than the holder of the next turn takes it."""
        if now >= self.open_at + TURN_SECONDS:
            self._holder = ""
        is_free = now >= self.open_at
        if is_free and not self._holder:
            return 0.0
        if not self._holder or self._holder == network or tries < self._holder_tries:
            self._holder, self._holder_tries = network, tries
        if self._holder != network:
            return self.open_at + TURN_SECONDS - now
        return 0.0 if is_free else self.open_at - now

    def charge(self, now: float) -> None:
        """One more failure; the turn is over."""
        super().charge(now)
        self._holder = ""


class _Caller(_Meter):
    """What is known of one address at one account."""

    __slots__ = ("tries",)

    def __init__(self) -> None:
        super().__init__(CALLER)
        self.tries = 0


class _Recent(Generic[Item]):
    """A mapping that forgets what was not used for longest."""

    def __init__(self, make: Callable[[], Item], limit: int) -> None:
        self._make, self._limit = make, limit
        self._items: OrderedDict[tuple[str, ...], Item] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def find(self, *key: str) -> Item | None:
        return self._items.get(key)

    def use(self, *key: str) -> Item:
        if key not in self._items:
            self._items[key] = self._make()
        self._items.move_to_end(key)
        if len(self._items) > self._limit:
            self._items.popitem(last=False)
        return self._items[key]


class LoginThrottle:
    """Says how long a log-in has to wait.

    `wait = admit(account, address)` before the password is looked at: 0.0 lets it through and counts it as failed, any
    other number of seconds is for `Retry-After` (rounded up) and the password is not looked at. Then `succeeded()`
    where everything was right (the second factor included), or `not_evaluated()` when nothing could be looked at
    (Busy); after a wrong password nothing more is to be called. Names that no account has count like others.
    """

    def __init__(self, clock: Clock, remembered: int = REMEMBERED) -> None:
        self._clock = clock
        self._lanes = _Recent(_Lane, remembered)
        self._callers = _Recent(_Caller, remembered)
        self._addresses = _Recent(lambda: _Meter(ADDRESS), remembered)
        # Only grows by log-ins that were right.
        self._known: _Recent[list[str]] = _Recent(list, remembered)

    def __len__(self) -> int:
        """How many things are remembered: never more than four times `remembered`."""
        return len(self._lanes) + len(self._callers) + len(self._addresses) + len(self._known)

    def admit(self, account: str, address: str) -> float:
        """0.0: go on; otherwise the seconds to wait."""
        now, name, network = self._clock.monotonic(), _name(account), network_of(address)
        if self._is_known(name, network):
            return self._through_lane(name, network, "known", now)
        stranger = self._addresses.find(network)
        if stranger is not None and stranger.open_at > now:
            # Leaves no trace: otherwise a single address could push out all that is remembered.
            return stranger.open_at - now
        caller = self._callers.use(name, network)
        if caller.open_at > now:
            caller.tries += 1
            return caller.open_at - now
        wait = self._through_lane(name, network, "strangers", now)
        if not wait:
            self._addresses.use(network).charge(now)
        return wait

    def succeeded(self, account: str, address: str) -> None:
        """The log-in was right: what failed before from this address is forgiven, and from now on it is known."""
        name, network = _name(account), network_of(address)
        lane, caller = self._lane(name, network), self._callers.use(name, network)
        lane.refund(caller.failures())
        caller.refund(caller.failures())
        caller.tries = 0
        self._refund_address(name, network)
        self._know(name, network)

    def not_evaluated(self, account: str, address: str) -> None:
        """A log-in that was admitted could not be looked at, so it does not count."""
        name, network = _name(account), network_of(address)
        self._lane(name, network).refund()
        self._callers.use(name, network).refund()
        self._refund_address(name, network)

    def remember(self, account: str, address: str) -> None:
        """This address is known for this account: for sessions that are in the database at the start."""
        self._know(_name(account), network_of(address))

    def _through_lane(self, name: str, network: str, lane_name: str, now: float) -> float:
        lane, caller = self._lanes.use(name, lane_name), self._callers.use(name, network)
        caller.tries += 1
        wait = lane.wait(network, caller.tries, now)
        if not wait:
            lane.charge(now)
            caller.charge(now)
        return wait

    def _lane(self, name: str, network: str) -> _Lane:
        return self._lanes.use(name, "known" if self._is_known(name, network) else "strangers")

    def _refund_address(self, name: str, network: str) -> None:
        if not self._is_known(name, network):
            self._addresses.use(network).refund()

    def _is_known(self, name: str, network: str) -> bool:
        return network in (self._known.find(name) or ())

    def _know(self, name: str, network: str) -> None:
        networks = self._known.use(name)
        if network in networks:
            networks.remove(network)
        networks.append(network)
        del networks[:-KNOWN_ADDRESSES]


def _name(account: str) -> str:
    """Of one length, however long a name somebody sends."""
    return hashlib.sha256(account.strip().casefold().encode(errors="surrogatepass")).hexdigest()[:32]


def network_of(address: str) -> str:
    """Whose address it is: all that one customer can choose from is one."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ip_network((int(ip), _V6_PREFIX), strict=False))
