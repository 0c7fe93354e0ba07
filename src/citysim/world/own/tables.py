"""What tables of one's own may hold: every column once, for the reader, the template and the docs."""

from dataclasses import dataclass
from typing import Literal

from citysim.world.domains import DOMAINS
from citysim.world.fields import SCOPES
from citysim.world.regions import REGIONS

Kind = Literal["text", "number", "integer", "country"]
YES_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """One column: what a cell may hold, and what it is for.

    ``needed``: "" where a cell may be empty, else when it must be filled in.
    """

    name: str
    what: str
    example: str
    kind: Kind = "text"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()
    needed: str = ""

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words."""
        if self.words:
            return "one of " + ", ".join(self.words)
        if self.kind == "country":
            return "a country: its code of three or two letters, or its name"
        if self.kind == "text":
            return "text"
        number = "a whole number" if self.kind == "integer" else "a number"
        if self.low is None or self.high is None:
            return number
        return f"{number} between {self.low:,.10g} and {self.high:,.11g}"


def _share(name: str, what: str, example: str) -> OwnColumn:
    return OwnColumn(name, what, example, "number", "share", 0.0, 1.0)


def _place(end: str = "") -> tuple[OwnColumn, OwnColumn, OwnColumn]:
    """What names a city: its number, or its name and its country."""
    number, first = f"geonameid{end}", f"name{end}" if end else "city"
    return (
        OwnColumn(
            number,
            f"number of the city at geonames.org; goes before {first} and iso3{end}",
            "",
            "integer",
            low=1,
            high=1e10,
        ),
        OwnColumn(
            first,
            "name of the city in any language",
            "Kraków" if end != "_b" else "Leipzig",
            needed=f"without {number}",
        ),
        OwnColumn(
            f"iso3{end}",
            "its country",
            "POL" if end != "_b" else "DEU",
            "country",
            needed=f"without {number}",
        ),
    )


_NUMBER, _NAME, _COUNTRY = _place()
_SHARES = (
    _share("capacity", "what the city's administration can do; else from its country and size", "0.6"),
    _share("autonomy", "what it may decide for itself; else its country's", "0.5"),
    _share("development", "human development index; else its country's, by size", "0.88"),
    _share("marginalised", "people in poverty or shut out; else from its country", "0.12"),
)

#: Columns of every table, by the table's name; the file is NAME.csv.
TABLES: dict[str, tuple[OwnColumn, ...]] = {
    "cities": (
        OwnColumn("geonameid", _NUMBER.what.replace("city and", "name and"), "", "integer", low=1, high=1e10),
        OwnColumn(
            "name",
            "name of the city: one that the pack knows is changed, another is added",
            "Neustadt am Fluss",
            needed="without geonameid",
        ),
        OwnColumn("iso3", "its country", "DEU", "country", needed="without geonameid"),
        OwnColumn(
            "lat",
            "latitude",
            "52.4",
            "number",
            "degrees north",
            -90,
            90,
            needed="for a city that the pack does not have",
        ),
        OwnColumn(
            "lon",
            "longitude",
            "13.1",
            "number",
            "degrees east",
            -180,
            180,
            needed="for a city that the pack does not have",
        ),
        OwnColumn(
            "population",
            "people who live there",
            "185000",
            "integer",
            "people",
            1,
            50_000_000,
            needed="for a city that the pack does not have",
        ),
        OwnColumn("capital", "1 for the capital of its country", "0", "integer", low=0, high=1),
        *_SHARES,
    ),
    "memberships": (
        OwnColumn(
            "network", "short name of the network, as in the pack or in networks.csv", "C40", needed="always"
        ),
        _NUMBER,
        _NAME,
        _COUNTRY,
        OwnColumn(
            "status",
            "member (if empty), or former: a member of the pack that is none any more",
            "member",
            words=("member", "former"),
        ),
    ),
    "networks": (
        OwnColumn(
            "network",
            "short name: one that the pack knows is changed, another is added",
            "River Cities",
            needed="always",
        ),
        *(
            OwnColumn(
                d.name,
                f"weight of {d.label} in what the network does; all empty: all alike",
                "1" if d.name == "climate" else "0",
                "number",
                "weight",
                0,
                1000,
            )
            for d in DOMAINS
        ),
        OwnColumn("scope", "who may join; global if empty", "regional", words=SCOPES[:2]),
        OwnColumn(
            "region", "region of a regional network", "Europe", words=REGIONS, needed="for scope regional"
        ),
        OwnColumn(
            "catchment",
            "members: takes cities of the states in which it has some; for catchment_form listed",
            "members",
            words=("members",),
        ),
        OwnColumn("by_invitation", "whether its members vote on who joins; no if empty", "no", words=YES_NO),
        OwnColumn(
            "min_population",
            "people that a city must have to join; 0 if empty",
            "100000",
            "integer",
            "people",
            0,
            50_000_000,
        ),
        OwnColumn(
            "reported_members", "members that the network itself reports", "40", "integer", "cities", 0, 1e6
        ),
    ),
    "twinning": (
        *_place("_a"),
        *_place("_b"),
        OwnColumn(
            "status",
            "twin (if empty), or former: a tie of the pack that is none any more",
            "twin",
            words=("twin", "former"),
        ),
    ),
    "countries": (
        OwnColumn(
            "iso3",
            "the country: one of the pack, whose values are changed",
            "POL",
            "country",
            needed="always",
        ),
        OwnColumn("gdp_pc_usd", "product per head", "18700", "number", "USD a year", 1, 1e6),
        OwnColumn(
            "gdp_usd", "product, which makes the state's power", "6.9e11", "number", "USD a year", 1, 1e15
        ),
        OwnColumn("gini", "inequality of incomes", "28.5", "number", "0 to 100", 0, 100),
        OwnColumn("hdi_c2016", "human development index", "0.88", "number", "0 to 1", 0, 1),
        OwnColumn(
            "wgi_gov_effectiveness_2019",
            "government effectiveness (Worldwide Governance Indicators)",
            "0.6",
            "number",
            "standard score",
            -4,
            4,
        ),
        _share(
            "local_autonomy_proxy", "what its cities may decide for themselves (Local Autonomy Index)", "0.66"
        ),
        _share("grants", "share of grants in the revenue of its local governments", "0.56"),
    ),
    "conflicts": (
        OwnColumn("iso3_a", "a state in conflict at the start of 2023", "AZE", "country", needed="always"),
        OwnColumn("iso3_b", "the other state", "ARM", "country", needed="always"),
        OwnColumn(
            "status",
            "conflict (if empty), or peace: a conflict of the pack that is none",
            "conflict",
            words=("conflict", "peace"),
        ),
    ),
}
#: What people, and other files, call a column.
ALIASES = {
    "country": "iso3",
    "iso2": "iso3",
    "city": "name",
    "name": "city",
    "latitude": "lat",
    "longitude": "lon",
    "lng": "lon",
    "people": "population",
    "inhabitants": "population",
    "country a": "iso3_a",
    "country b": "iso3_b",
    "city a": "name_a",
    "city b": "name_b",
}
