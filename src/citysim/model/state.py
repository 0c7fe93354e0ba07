"""The arrays of one run: everything that changes, owned by one model and shared with none.

Axes: cities N, states S, dyads of states D = S(S−1)/2, networks K (slots, in order of founding), practices P,
domains 7, memberships M and twinnings E (both grow and shrink, sorted by key).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from citysim.arrays import Bools, Floats, Ints
from citysim.world.domains import DOMAINS

type Practices = NDArray[np.int8]
type Laws = NDArray[np.int8]

#: Length of a step, years.
DT = 0.25

NONE, PLEDGED, IMPLEMENTED = 0, 1, 2
BANNED, MANDATED = -1, 1

#: What makes a city pledge: invention, twins, networks, the state, neighbours, a mandate's surplus.
N_CHANNELS = 6

#: Slack of a bound over what is computed in another way or order.
ROUNDING = 1.0 + 1e-9


@dataclass
class Networks:
    """City networks, (K,) slots unless said otherwise; slots up to ``count`` have been founded."""

    count: int
    focus: Floats  # (K, domains)
    region: Ints  # region it is confined to, −1 for none
    state: Ints  # state it is confined to, −1 for none
    by_invitation: Bools
    min_population: Floats  # people
    campaign: Bools  # founded in answer to a retreat of states
    outside_members: Floats  # members outside this world, as known at the start
    alive: Bools
    founded: Ints  # step, 0 for those of the data, −1 for those of it that have not been founded yet
    closed: Ints  # step, −1 while alive or to come
    quality: Floats  # q of the secretariat ∈ [0, 1)
    initial_count: int  # K₀: networks that the data knows
    key: Ints  # (M,) city · K + slot, sorted; replaced, never written into
    answered: Floats  # (S,) stall of each state at its last campaign
    called: Ints | None = None  # (W,) keys of those whom a campaign waits for; None where all come at once
    _members: tuple[Ints, Ints, Ints, Ints, Ints] | None = field(default=None, repr=False)

    @property
    def slots(self) -> int:
        """Places for networks."""
        return len(self.alive)

    @property
    def size(self) -> Ints:
        """Members of each network in this world, (K,)."""
        return self._divided[3]

    @property
    def member_city(self) -> Ints:
        """City of each membership, (M,)."""
        return self._divided[1]

    @property
    def member_network(self) -> Ints:
        """Network of each membership, (M,)."""
        return self._divided[2]

    def acting_quality(self, campaigns: float) -> Floats:
        """Quality by which each network teaches, pools and speaks, (K,): of ``campaigns`` only that share."""
        return np.where(self.campaign, campaigns, 1.0) * self.quality

    def rows(self, cities: int) -> Ints:
        """Where the memberships of each of so many cities begin, and the last end, (N + 1,)."""
        start = self._divided[4]
        if len(start) != cities + 1:
            start = np.searchsorted(self.key, np.arange(cities + 1) * self.slots).astype(np.int64)
            self.renew(*self._divided[:4], start)
        return start

    def renew(self, key: Ints, city: Ints, network: Ints, size: Ints, start: Ints) -> None:
        """Replace the memberships by others, of which all is known."""
        self.key, self._members = key, (key, city, network, size, start)

    @property
    def _divided(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """The keys and what follows from them, worked out once for all mechanisms."""
        if self._members is None or self._members[0] is not self.key:
            city, network = np.divmod(self.key, self.slots)
            size = np.bincount(network, minlength=self.slots)
            self.renew(self.key, city, network, size, self.key[:0])
        return cast("tuple[Ints, Ints, Ints, Ints, Ints]", self._members)


@dataclass
class Twinnings:
    """Ties between two cities, (E,): ``a < b``, sorted by ``key`` = a · N + b.

    Replaced every quarter, never written into: mechanisms share the rows made of them.
    """

    key: Ints
    a: Ints
    b: Ints
    pair: Ints  # dyad of the two states, −1 within one state
    trust: Floats
    suspended: Bools
    start: Ints  # step, 0 for those of the data
    _rows: tuple[Ints, Ints, Ints] | None = field(default=None, init=False, repr=False, compare=False)

    def rows(self, build: Callable[["Twinnings"], tuple[Ints, Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
        """Rows that ``build`` makes of the ties, made once for all mechanisms."""
        if self._rows is None:
            self._rows = build(self)
        return self._rows

    def take(self, kept: Bools | Ints) -> "Twinnings":
        """The ties at ``kept``."""
        return Twinnings(
            key=self.key[kept],
            a=self.a[kept],
            b=self.b[kept],
            pair=self.pair[kept],
            trust=self.trust[kept],
            suspended=self.suspended[kept],
            start=self.start[kept],
        )


@dataclass
class Flows:
    """What happened in the last quarter; recorded, read by the mechanisms that follow, and written over."""

    loss_expected: Floats  # (N,) without services or aid, share of the city's yearly product
    loss_prevented: Floats  # (N,)
    need: Floats  # (N,) impact that relief faces
    insurable: Floats  # (N,) the part of it that insurers cover
    moving: Floats  # (N,) the part of it that moves donors
    relief_own: Floats  # (N,)
    relief_insurance: Floats
    relief_state: Floats
    relief_donations: Floats
    relief_networks: Floats
    relief_twins: Floats
    given: Floats  # (N,) aid given to others, share of the giver's product
    loss: Floats  # (N,) left over
    recovered: Floats  # (N,) earlier losses that cities recover from without services, as share of a product
    recovered_services: Floats  # (N,) what services add to that
    violence: Bools  # (N,) an outbreak
    hit: Bools  # (N,) by any crisis
    pledges: Floats  # (N, channels) practices pledged, each shared out among its channels
    conflict_begun: Ints | None = None  # dyads; None where it does not matter when a conflict began
    conflict_onsets: int = 0
    conflict_hazard: float = 0.0  # expected onsets of the quarter

    @classmethod
    def none(cls, cities: int) -> "Flows":
        """A quarter in which nothing happened."""
        nothing: dict[str, Any] = {name: np.zeros(cities) for name in _AMOUNTS}
        nothing |= {name: np.zeros(cities, dtype=bool) for name in ("violence", "hit")}
        return cls(**nothing, pledges=np.zeros((cities, N_CHANNELS)))


#: Flows that are an amount of each city, (N,) each.
_AMOUNTS = tuple(field.name for field in fields(Flows))[:15]


@dataclass
class EventState:
    """What dated events have done in a run so far, and what they do in the present quarter; E events."""

    taken: Ints  # (E,) cities, ties, states or networks to which each event has happened
    not_taken: Ints  # (E,) those to which it could not
    stall: Floats  # (S,) share that an event has each state lose, NaN where none does
    severity: Floats | None = None  # (N, types) of the crises that events bring in this quarter
    networks: dict[str, int] = field(default_factory=dict)  # slots of the networks that events founded
    fought: list[int] = field(default_factory=list)  # dyads with a conflict that an event began
    begun: list[int] = field(default_factory=list)  # those of them where it did in this quarter

    @classmethod
    def none(cls, events: int, states: int) -> "EventState":
        """Before the first quarter."""
        zeros = np.zeros(events, dtype=np.int64)
        return cls(zeros, zeros.copy(), np.full(states, np.nan))

    def stall_over(self, stall: Floats) -> Floats:
        """Share that each state loses, (S,), where without events it would be ``stall``."""
        return np.where(np.isnan(self.stall), stall, self.stall)

    def struck(self, severity: Floats, violence: Bools, of_violence: int) -> tuple[Floats, Bools]:
        """The worse of the model's own crises and those of events, (N, types); where violence is, (N,)."""
        if self.severity is None:
            return severity, violence
        return np.maximum(severity, self.severity), violence | (self.severity[:, of_violence] > 0.0)


@dataclass
class OwnState:
    """State of extensions, of each under its name; the model neither reads nor writes it."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no extension '{name}' is in this run")


@dataclass
class RunState:
    """State variables of one run, docs/model.md section 2; arrays are written into or replaced."""

    step: int  # quarters done

    # cities
    population: Floats  # (N,) people
    growth: Floats  # (N,) trend of growth, per year
    capacity: Floats  # (N,) what the own state's retreat and aid given last quarter leave of a
    autonomy: Floats  # (N,) ℓ
    reach: Floats  # (N,) w
    practices: Practices  # (N, P) none, pledged, implemented
    services: Floats  # (N, domains) S
    stress: Floats  # (N,) z
    marginalised: Floats  # (N,) m
    development: Floats  # (N,) y
    unrest: Floats  # (N,) hazard of violence relative to the mean city of the start
    attention: Floats  # (N,) budget A
    used: Floats  # (N,) attention that all ties ask for
    engagement: Floats  # (N,) e

    # states and their dyads
    action_capacity: Floats  # (S,) φ
    law: Laws  # (S, P) −1 practice forbidden, 1 mandated, 0 neither
    stall: Floats  # (S,) share of it that each lost to stall in this quarter
    tension: Floats  # (D,) τ
    conflict_left: Ints  # (D,) quarters a conflict still lasts; 0 is peace
    past_conflict: Bools  # (D,)

    networks: Networks
    twinnings: Twinnings
    flows: Flows
    events: EventState | None = None  # of a run without events none

    extensions: OwnState = field(default_factory=OwnState)

    @property
    def conflict(self) -> Bools:
        """Whether the two states of each dyad are in conflict, (D,)."""
        return self.conflict_left > 0


@dataclass(frozen=True)
class Dyads:
    """Pairs of states r < s as vectors, (D,)."""

    first: Ints
    second: Ints
    index: Ints  # (S, S) place of a pair; −1 on the diagonal

    @classmethod
    @lru_cache(maxsize=8)  # shared by the runs of a process
    def of(cls, states: int) -> "Dyads":
        """All pairs of ``states`` states."""
        first, second = np.triu_indices(states, 1)
        index = np.full((states, states), -1, dtype=np.int64)
        index[first, second] = index[second, first] = np.arange(len(first))
        return cls(first.astype(np.int64), second.astype(np.int64), index)

    def vector[T: np.generic](self, matrix: NDArray[T]) -> NDArray[T]:
        """Upper triangle of a symmetric (S, S) matrix."""
        return matrix[self.first, self.second]


N_DOMAINS = len(DOMAINS)


def __getattr__(name: str) -> Any:
    """The name that ``RunState`` had in version 0.1.0."""
    if name == "State":
        warnings.warn("citysim.model.state.State is now RunState", DeprecationWarning, stacklevel=2)
        return RunState
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
