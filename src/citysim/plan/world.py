"""The world an experiment asks for: its section of the config, and how it is built."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from citysim.model.strict import StrictModel
from citysim.plan.faults import Fault, shown
from citysim.plan.kinds import PropensityKind, RegionKind, ReplaceKind, WorldKind
from citysim.world.sizes import (
    FIRST_YEAR,
    MAX_CITIES,
    MAX_STATES,
    REAL_CITIES,
    START_YEAR,
    SYNTHETIC_CITIES,
    SYNTHETIC_SEED,
    SYNTHETIC_STATES,
    quarters_from,
)

if TYPE_CHECKING:
    from citysim.world.world import World

LARGEST_SEED = 2**32 - 1
#: Keys of a synthetic world alone; all others but ``kind`` and ``cities`` are of the real one.
_SYNTHETIC = ("states", "seed")


def _each_once[Name](found: tuple[Name, ...]) -> tuple[Name, ...]:
    if not found or len(set(found)) < len(found):
        raise ValueError("name at least one, and each once")
    return found


type _Several[Name] = Annotated[tuple[Name, ...], Field(strict=False), AfterValidator(_each_once)]


class WorldConfig(StrictModel):
    """The world of all runs; ``states`` and ``seed`` only of a synthetic one, the rest only of the real."""

    kind: WorldKind = "real"
    cities: Annotated[int | None, Field(ge=1, le=MAX_CITIES)] = None
    states: Annotated[int | None, Field(ge=1, le=MAX_STATES)] = None
    seed: Annotated[int | None, Field(ge=0, le=LARGEST_SEED)] = None
    #: Year from whose first quarter on runs go.
    start: Annotated[int | None, Field(ge=FIRST_YEAR, le=START_YEAR)] = None
    propensity: PropensityKind | None = None
    #: Folder of tables of one's own, relative to the config (``citysim.world.own``).
    data: Annotated[str | None, Field(min_length=1)] = None
    #: Tables of it that take the place of the pack's.
    replace: _Several[ReplaceKind] | None = None
    #: What the world keeps.
    regions: _Several[RegionKind] | None = None
    countries: _Several[str] | None = None
    networks: _Several[str] | None = None
    min_population: Annotated[int | None, Field(ge=1, le=50_000_000)] = None
    ties: bool | None = None

    @property
    def start_year(self) -> int:
        """Year of the first quarter of a run."""
        return START_YEAR if self.start is None else self.start

    def with_defaults(self) -> "WorldConfig":
        """The same with every default of its kind written out."""
        defaults: dict[str, object]
        if self.kind == "real":
            propensity = "record" if self.start_year == START_YEAR else "covariates"
            defaults = {"cities": REAL_CITIES, "propensity": propensity}
        else:
            defaults = {"cities": SYNTHETIC_CITIES, "states": SYNTHETIC_STATES, "seed": SYNTHETIC_SEED}
        given = self.model_dump(exclude_none=True)
        return WorldConfig.model_validate(defaults | given)


def start_of(table: Mapping[str, Any]) -> int:
    """Year in which the runs of a config start that has not been checked yet."""
    world = table.get("world")
    start = world.get("start") if isinstance(world, Mapping) else None
    allowed = isinstance(start, int) and FIRST_YEAR <= start <= START_YEAR
    return int(start) if allowed and start is not None else START_YEAR


def check_quarters(quarters: object, start: int) -> list[Fault]:
    """Faults of a length that goes beyond the paths of people."""
    last = quarters_from(start)
    too_many = isinstance(quarters, int) and quarters > last
    return [Fault(("quarters",), f"found {quarters}, must be at most {last}")] if too_many else []


def check_world(world: WorldConfig, folder: Path) -> list[Fault]:
    """Faults of keys that do not go together, or name no folder; ``folder`` is the config's."""
    given = [key for key in WorldConfig.model_fields if getattr(world, key) is not None]
    if world.kind == "real":
        faults = [Fault(("world", key), "only for kind = 'synthetic'") for key in given if key in _SYNTHETIC]
        if world.propensity == "record" and world.start_year < START_YEAR:
            text = f"found 'record', the ties of {START_YEAR}, which a world of {world.start} must not know; "
            faults.append(Fault(("world", "propensity"), f"{text}allowed: covariates, chance"))
        if world.replace is not None and world.data is None:
            faults.append(Fault(("world", "replace"), "needs world.data, the folder of the tables"))
        if world.data is not None and not (folder / world.data).is_dir():
            text = f"found {shown(world.data)}, no such folder; it is relative to the config"
            faults.append(Fault(("world", "data"), text))
        return faults
    own = [key for key in given if key not in (*_SYNTHETIC, "kind", "cities")]
    if own:
        return [Fault(("world", key), "only for kind = 'real'") for key in own]
    full = world.with_defaults()
    if (full.states or 0) > (full.cities or 0):
        text = f"found {full.states} states, allowed: at most one a city ({full.cities})"
        return [Fault(("world", "states"), text)]
    return []


#: Worlds by their config, while they are kept.
_kept: ContextVar[dict[str, "World"] | None] = ContextVar("kept", default=None)


@contextmanager
def worlds_kept() -> Iterator[None]:
    """Build each world once within the block, but those with tables of one's own, which may change."""
    before = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(before)


def build_world(config: WorldConfig) -> "World":
    """Build the world of a config. Raises ``DataError`` on a data file that is missing or damaged."""
    from citysim.world.world import World  # noqa: PLC0415  heavy, and a config is read without

    full = config.with_defaults()
    kept, key = _kept.get() if full.data is None else None, full.model_dump_json()
    if kept is not None and key in kept:
        return kept[key]
    made: dict[str, Callable[..., World]] = {"real": World.real, "synthetic": World.synthetic}
    world = made[config.kind](**full.model_dump(exclude={"kind"}, exclude_none=True))
    if kept is not None:
        kept[key] = world
    return world
