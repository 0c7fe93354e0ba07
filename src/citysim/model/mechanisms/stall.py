"""Who stalls, and how much, from outside (docs/model.md, 7.1): levels by year and by state."""

from bisect import bisect_right
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from citysim.arrays import Bools, Floats
from citysim.model.levels import JOIN, parsed
from citysim.model.setting import Setting
from citysim.model.state import DT
from citysim.world.regions import REGIONS
from citysim.world.world import World

EVERYONE = "all"
#: Sets of states that go by a name, beside the regions.
NAMED = (EVERYONE, "powers", "largest polluters")


@dataclass(frozen=True)
class Stalls:
    """What the parameters say of stall, fixed by world and parameters."""

    year: list[int]  # first year of each level, ascending
    level: list[float]  # one for each year
    stalled: Bools  # (S,) states that the level applies to
    own: Floats  # (S,) level of single states, NaN where they have none
    has_own: Bools  # (S,)


def stalls(setting: Setting) -> Stalls:
    """Read the parameters against the world. Raises ``ValueError`` where they name what it does not have."""
    world, p = setting.world, setting.parameters
    if isinstance(p.stall, str):
        path = {} if p.stall == "endogenous" else parsed(p.stall, int)
    else:
        path = {world.start_year: p.stall}
    own = _own_levels(world, p.stall_of)
    return Stalls(
        year=list(path),
        level=[float(level) for level in path.values()],
        stalled=named_states(world, p.stalled_states),
        own=own,
        has_own=~np.isnan(own),
    )


def level_in(quarter: int, setting: Setting) -> float:
    """Exogenous level in a quarter (0 is the first): that of the last year named, 0 before the first."""
    given = setting.derive(stalls)
    year = setting.world.start_year + int(quarter * DT)
    last = bisect_right(given.year, year)
    return given.level[last - 1] if last else 0.0


def by_state(level: float, setting: Setting) -> Floats:
    """Share of its action capacity that each state loses, (S,), where the stalled ones lose ``level``."""
    given = setting.derive(stalls)
    return np.where(given.has_own, given.own, level * given.stalled)


def check_states(world: World, stalled_states: str, stall_of: str) -> None:
    """Raise ``ValueError`` where these parameters name states that the world does not have."""
    named_states(world, stalled_states)
    _own_levels(world, stall_of)


def named_states(world: World, names: str) -> Bools:
    """States in any of the sets, regions and codes joined by ' + ', (S,)."""
    chosen: Bools = np.any([_set_of(world, name) for name in names.split(JOIN)], axis=0)
    return chosen


def _set_of(world: World, name: str) -> Bools:
    if name in world.state_iso3:
        return np.isin(np.arange(world.n_states), world.state_iso3.index(name))
    if name == EVERYONE:
        return np.ones(world.n_states, dtype=np.bool_)
    if name in REGIONS:
        found: Bools = world.state_region == REGIONS.index(name)
    elif name in NAMED:
        found = world.state_is_power if name == "powers" else world.state_is_polluter
    else:
        raise ValueError(f"stalled_states: {_unknown(name, (*world.state_iso3, *NAMED, *REGIONS))}")
    if not found.any():
        raise ValueError(f"stalled_states: '{name}' are none of this world's states")
    return found


def _own_levels(world: World, text: str) -> Floats:
    own = np.full(world.n_states, np.nan)
    for name, level in parsed(text, str).items():
        if name not in world.state_iso3:
            raise ValueError(f"stall_of.{name}: {_unknown(name, world.state_iso3)}")
        own[world.state_iso3.index(name)] = level
    return own


def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join((*NAMED, *REGIONS))}, and codes"
    return f"unknown state '{name}', {hint}"
