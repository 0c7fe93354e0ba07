"""A run's course, noted quarter by quarter beside the model."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.mechanisms import practices
from citysim.model.model import CityModel
from citysim.model.outcomes import CHANNELS
from citysim.model.recorder import final_state
from citysim.model.state import DT, IMPLEMENTED, N_CHANNELS, NONE
from citysim.patterns.course import OPEN, Course, CourseNetworks, Spells

#: Outcomes of cities whose values are kept at the end of each year.
PANEL = ("development", "service")
#: Places of the channels by which a state makes its cities pledge.
_PUSHED = [list(CHANNELS).index(name) for name in ("state", "mandate")]
#: A practice suits a city that is at least so willing to pledge it.
SUITED = 0.5


class Chronicle:
    """Notes a model's course: made at the start, told after every quarter, asked at the end."""

    def __init__(self, model: CityModel) -> None:
        self._model = model
        start = model.world.start_year
        self._twins, self._suspended, self._memberships = (_Open(start) for _ in range(3))
        self._pledged, self._implemented, self._conflicts = (_Open(start) for _ in range(3))
        self._hazard: list[float] = []
        self._pledges = np.zeros((model.world.n_cities, N_CHANNELS))
        self._panel: dict[str, list[Floats]] = {name: [] for name in (*PANEL, "adoptions", "pushed")}
        self._note_spells()

    def note(self) -> None:
        """Take in the quarter that has just ended."""
        self._note_spells()
        state = self._model.state
        self._hazard.append(state.flows.conflict_hazard)
        self._pledges += state.flows.pledges
        if state.step % round(1 / DT) == 0:
            values = final_state(state, self._model.setting)
            values |= {
                "adoptions": self._pledges.sum(axis=1),
                "pushed": self._pledges[:, _PUSHED].sum(axis=1),
            }
            for name, kept in self._panel.items():
                kept.append(np.asarray(values[name], dtype=np.float64))
            self._pledges = np.zeros_like(self._pledges)

    def _note_spells(self) -> None:
        state = self._model.state
        now = self._model.world.start_year + state.step * DT
        held, dyads = state.practices, self._model.setting.dyads
        self._twins.note(state.twinnings.key, now)
        self._suspended.note(state.twinnings.key[state.twinnings.suspended], now)
        self._memberships.note(state.networks.key, now)
        self._pledged.note(np.flatnonzero(held != NONE), now)
        self._implemented.note(np.flatnonzero(held == IMPLEMENTED), now)
        fought = state.conflict
        pairs = dyads.first[fought] * self._model.world.n_states + dyads.second[fought]
        self._conflicts.note(pairs, now)

    def course(self) -> Course:
        """What has happened so far."""
        model = self._model
        world, state, networks = model.world, model.state, model.state.networks
        known, start = world.n_networks, float(world.start_year)
        came = networks.founded[: min(known, networks.count)] >= 0
        of_data = (name if there else "" for name, there in zip(world.network_name, came, strict=False))
        names = (*of_data, *("",) * (networks.count - known))
        years = len(self._hazard) // round(1 / DT)
        yearly = np.array(self._hazard[: years * round(1 / DT)]).reshape(years, round(1 / DT))
        slots = np.arange(networks.count)
        founded, closed = (_noted(step[slots], start) for step in (networks.founded, networks.closed))
        if world.network_founded is not None:  # those of the start are older
            before = np.flatnonzero(networks.founded[slots][:known] == 0)
            founded[before] = world.network_founded[before]
        size = np.full(networks.count, np.nan)
        size[: min(known, networks.count)] = world.network_reported_size[: networks.count]
        return Course(
            world=world,
            first=start,
            last=start + state.step * DT,
            twins=self._twins.spells(world.n_cities),
            memberships=self._memberships.spells(networks.slots),
            networks=CourseNetworks(
                name=names,
                founded=founded,
                closed=np.where(np.isnan(closed), OPEN, closed),
                region=networks.region[slots].astype(np.int64),
                by_invitation=networks.by_invitation[slots].astype(bool),
                reported_size=size,
                campaign=networks.campaign[slots].astype(bool),
            ),
            pledged=self._pledged.spells(state.practices.shape[1]),
            implemented=self._implemented.spells(state.practices.shape[1]),
            practice_name=tuple(f"practice {place}" for place in range(state.practices.shape[1])),
            suited=model.setting.derive(practices.constants).willing >= SUITED,
            suspended=self._suspended.spells(world.n_cities),
            conflicts=self._conflicts.spells(world.n_states),
            onsets=yearly.sum(axis=1),
            panel={
                name: np.array(values).reshape(-1, world.n_cities) for name, values in self._panel.items()
            },
            simulated=True,
        )


def _noted(step: Ints, start: float) -> Floats:
    """Times of what happened in quarters, at their ends as spells are: 0 is the start, −1 never (NaN)."""
    return np.where(step < 0, np.nan, start + (step + (step > 0)) * DT)


class _Open:
    """Spells that hold at present, and those that have ended, by their keys."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._key = np.empty(0, np.int64)
        self._begin = np.empty(0)
        self._seen = False
        self._ended: list[tuple[Ints, Floats, Floats]] = []

    def note(self, key: Ints, now: float) -> None:
        """Take in the keys that hold now, sorted; those of the first time began before."""
        kept = np.isin(self._key, key, assume_unique=True)
        if not kept.all():
            gone = ~kept
            self._ended.append((self._key[gone], self._begin[gone], np.full(int(gone.sum()), now)))
        begin = np.full(len(key), now if self._seen else np.nan)
        begin[np.searchsorted(key, self._key[kept])] = self._begin[kept]
        self._key, self._begin, self._seen = key.copy(), begin, True

    def spells(self, seconds: int) -> Spells:
        """All of them; a key is first · ``seconds`` + second."""
        open_ = (self._key, self._begin, np.full(len(self._key), OPEN))
        key, begin, end = (np.concatenate(parts) for parts in zip(*self._ended, open_, strict=True))
        first, second = np.divmod(key, seconds)
        return Spells(first.astype(np.int64), second.astype(np.int64), begin, end, self._start)
