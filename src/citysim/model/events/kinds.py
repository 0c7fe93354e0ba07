"""The kinds of events, one strict model each: what a config says of one, checked without a world."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from citysim.model.events.dates import Date
from citysim.model.strict import StrictModel
from citysim.world.domains import DOMAIN_INDEX
from citysim.world.fields import EXOGENOUS_CRISES
from citysim.world.plain import plain
from citysim.world.regions import REGIONS

#: Types of crises, in the order in which the model numbers them.
CRISES = (*EXOGENOUS_CRISES, "violence", "war")
#: Weight of the one domain that a founded network is said to be about; the others share the rest.
TOPIC = 0.7
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _event_name(found: str) -> str:
    if not _NAME.fullmatch(found):
        raise ValueError(f"found {found!r}, allowed: up to 64 letters, digits, '-' and '_'")
    return found


def _numbers_beside_text(found: Any) -> object:
    """A list whose entries may be numbers of GeoNames."""
    return [plain(entry) for entry in found] if isinstance(found, list | tuple) else found


def _each_once[T: (tuple[str, ...], tuple[str | int, ...])](found: T) -> T:
    twice = [entry for place, entry in enumerate(found) if entry in found[:place]]
    if twice:
        raise ValueError(f"names {twice[0]!r} twice")
    return found


def _some[T: tuple[object, ...]](found: T) -> T:
    if not found:
        raise ValueError("found an empty list, name at least one")
    return found


def _two[T: tuple[object, ...]](found: T) -> T:
    if len(found) != 2:
        raise ValueError(f"found {len(found)}, expected two")
    return found


def _region(found: str) -> str:
    if found not in REGIONS:
        raise ValueError(f"found {found!r}, allowed: {', '.join(REGIONS)}")
    return found


type City = Annotated[str | int, Field(union_mode="left_to_right")]
type Cities = Annotated[
    tuple[City, ...], Field(strict=False), BeforeValidator(_numbers_beside_text), AfterValidator(_each_once)
]
type SomeCities = Annotated[Cities, AfterValidator(_some)]
type Countries = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_each_once)]
type TwoStates = Annotated[Countries, AfterValidator(_two)]
type Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
type Degrees = Annotated[float, Field(allow_inf_nan=False)]
type Region = Annotated[str, AfterValidator(_region)]
type Text = Annotated[str, Field(min_length=1)]


class Event(StrictModel):
    """What all kinds have: a name, unique in its run, a date and what kind it is."""

    name: Annotated[str, AfterValidator(_event_name)]
    at: Date
    kind: str


class Membership(Event):
    """Cities join or leave a network."""

    kind: Literal["join", "leave"]
    cities: SomeCities
    network: Text


class Rule(StrictModel):
    """Cities picked by where and how large they are, the largest first."""

    regions: Annotated[tuple[Region, ...], Field(strict=False), AfterValidator(_each_once)] = ()
    countries: Countries = ()
    min_population: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    most: Annotated[int | None, Field(ge=2)] = None

    @model_validator(mode="after")
    def _says_something(self) -> "Rule":
        if not self.model_fields_set:
            raise ValueError(f"picks no city, name one of {', '.join(type(self).model_fields)}")
        return self


class Found(Event):
    """A network is founded by the cities named and those that the rule picks."""

    kind: Literal["found"]
    network: Text
    cities: Cities = ()
    rule: Rule | None = None
    focus: str | dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    scope: Literal["global", "regional", "national"] = "global"
    by_invitation: bool = False

    @field_validator("focus")
    @classmethod
    def _on_domains(cls, focus: str | dict[str, float]) -> str | dict[str, float]:
        named = (focus,) if isinstance(focus, str) else tuple(focus)
        for domain in named:
            if domain not in DOMAIN_INDEX:
                raise ValueError(f"found {domain!r}, allowed: {', '.join(DOMAIN_INDEX)}")
        if isinstance(focus, Mapping) and not sum(focus.values()) > 0:
            raise ValueError("gives no domain a weight above 0")
        return focus

    @model_validator(mode="after")
    def _has_members(self) -> "Found":
        if not self.cities and self.rule is None:
            raise ValueError("has no members, name cities or a rule that picks them")
        return self


class Close(Event):
    """A network closes, and all memberships in it end."""

    kind: Literal["close"]
    network: Text


class Merge(Event):
    """A network closes, and its members join another."""

    kind: Literal["merge"]
    network: Text
    into: Text

    @model_validator(mode="after")
    def _are_two(self) -> "Merge":
        if self.network == self.into:
            raise ValueError(f"merges '{self.into}' into itself")
        return self


type Pairs = Annotated[
    tuple[Annotated[Cities, AfterValidator(_two)], ...],
    Field(strict=False),
    AfterValidator(_some),
]


class Twin(Event):
    """Pairs of cities become twins."""

    kind: Literal["twin"]
    pairs: Pairs


class Ties(Event):
    """Ties end or are suspended: those of some pairs, or all between two states."""

    kind: Literal["untwin", "suspend"]
    pairs: Pairs | None = None
    states: TwoStates | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "Ties":
        _one_of(self, ("pairs", "states"))
        return self


class Crisis(Event):
    """A crisis strikes cities, for one quarter or several."""

    kind: Literal["crisis"]
    type: Literal["climate", "displacement", "downturn", "cyber", "violence", "war"]
    cities: SomeCities | None = None
    countries: Annotated[Countries, AfterValidator(_some)] | None = None
    region: Region | None = None
    #: Latitude and longitude, or a city.
    centre: Annotated[tuple[Degrees, Degrees], Field(strict=False)] | City | None = None
    radius_km: Annotated[float, Field(gt=0, le=20_100)] | None = None
    severity: Share | None = None
    quarters: Annotated[int, Field(ge=1, le=400)] = 1

    @model_validator(mode="after")
    def _has_a_place(self) -> "Crisis":
        _one_of(self, ("cities", "countries", "region", "centre"))
        if (self.centre is None) != (self.radius_km is None):
            raise ValueError("centre and radius_km go together")
        return self


class Conflict(Event):
    """Two states are in conflict, for so many years or, without, to the end."""

    kind: Literal["conflict"]
    states: TwoStates
    years: Annotated[float, Field(gt=0, le=100)] | None = None


class Peace(Event):
    """A conflict of two states ends."""

    kind: Literal["peace"]
    states: TwoStates


class Stall(Event):
    """States lose a share of their action capacity, until a later event of this kind names them."""

    kind: Literal["stall"]
    to: Share
    states: Text = "all"


class SetRate(Event):
    """A rate has another value from then on."""

    kind: Literal["set"]
    parameter: Text
    to: Annotated[float, Field(allow_inf_nan=False)]


MODELS: tuple[type[Event], ...] = (
    *(Membership, Found, Close, Merge, Twin, Ties, Crisis, Conflict, Peace, Stall, SetRate),
)
#: Model of each kind.
KINDS: dict[str, type[Event]] = {
    kind: model for model in MODELS for kind in get_args(model.model_fields["kind"].annotation)
}
#: What of an event a design may sweep.
SWEPT = ("at", "severity", "to", "quarters", "years")


def _one_of(event: Event, keys: tuple[str, ...]) -> None:
    given = [key for key in keys if getattr(event, key) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise ValueError(f"found {found}, name exactly one of {', '.join(keys)}")
