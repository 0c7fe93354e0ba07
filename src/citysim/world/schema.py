"""What each file of the data pack must hold: columns, types, ranges and allowed words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from citysim.world.domains import DOMAINS
from citysim.world.fields import SCOPES
from citysim.world.regions import REGIONS

Kind = Literal["text", "integer", "number"]


@dataclass(frozen=True, slots=True)
class Column:
    """Allowed content of a column; an ``optional`` one may be empty in a row."""

    kind: Kind = "text"
    optional: bool = False
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()


_TEXT = Column()
_NOTE = Column(optional=True)
_ID = Column("integer", low=1, high=1e10)
_COUNT = Column("integer", low=0, high=1e11)
_SHARE = Column("number", optional=True, low=0, high=1)
_FLAG = Column("integer", low=0, high=1)
_AMOUNT = Column("number", optional=True, low=0)
_SCORE = Column("number", optional=True, low=-4, high=4)
_MAYBE_COUNT = Column("integer", optional=True, low=0)
_YES_NO = Column(words=("yes", "no"))
_LATITUDE = Column("number", low=-90, high=90)
_LONGITUDE = Column("number", low=-180, high=180)
_YEAR = Column("integer", low=1900, high=2100)

#: Columns that the package reads, by file. Further columns may be there and are kept as text.
SCHEMA: dict[str, dict[str, Column]] = {
    "cities_all.csv": {
        "geonameid": _ID,
        "name": _TEXT,
        "iso3": _TEXT,
        "lat": _LATITUDE,
        "lon": _LONGITUDE,
        "population": Column("integer", low=0, high=50_000_000),
        "capital": _FLAG,
        "tier": Column(words=("1_pop300k", "2_network", "3_capital", "4_referenced")),
    },
    "countries.csv": {
        "iso3": _TEXT,
        "iso2": _TEXT,
        "name": _TEXT,
        "continent": Column(words=("AF", "AN", "AS", "EU", "NA", "OC", "SA")),
        "un_region": _NOTE,
        "un_subregion": _NOTE,
        "independent": _NOTE,
        "population": _COUNT,
        "area_km2": Column("number", low=0),
        "gdp_usd": _AMOUNT,
        "gdp_pc_usd": _AMOUNT,
        "gini": Column("number", optional=True, low=0, high=100),
        "urban_share_2025": _SHARE,
        "hdi_c2016": _SHARE,
        "wgi_gov_effectiveness_2019": _SCORE,
        "local_autonomy_proxy": _SHARE,
        "local_autonomy_proxy_kind": _NOTE,
        "ucdp_conflict_years_1990_2024": _COUNT,
        "neighbours": _NOTE,
    },
    "dyads.csv": {
        "iso3_a": _TEXT,
        "iso3_b": _TEXT,
        "un_ideal_distance": Column("number", optional=True, low=0, high=10),
        "mid_onsets_1946_2014": _MAYBE_COUNT,
        "mid_onsets_1990_2014": _MAYBE_COUNT,
        "ucdp_interstate_years_1946_2024": _MAYBE_COUNT,
        "atop_defense_2018": Column("integer", optional=True, low=0, high=1),
        "strategic_rivalry_ongoing": Column("integer", optional=True, low=0, high=1),
        "contiguity": Column("integer", optional=True, low=0, high=5),
    },
    "twinning.csv": {
        "geonameid_a": _ID,
        "geonameid_b": _ID,
        "distance_km": Column("number", low=0, high=20_100),
        "n_sources": Column("integer", low=1),
    },
    "memberships.csv": {
        "network": _TEXT,
        "city": _TEXT,
        "geonameid": Column("integer", optional=True, low=1, high=1e10),
        "join_year": Column("integer", optional=True, low=1900, high=2100),
        "as_of_year": _YEAR,
        "source": _TEXT,
        "confidence": Column(words=("high", "medium", "former")),
    },
    "membership_sources.csv": {"source_id": _TEXT, "source": _TEXT},
    "networks.csv": {
        "network": _TEXT,
        "full_name": _TEXT,
        "founded": Column("number", optional=True, low=1900, high=2100),
        "reported_size": _NOTE,
        "licence_group": _TEXT,
    },
    "network_traits.csv": {
        "network": _TEXT,
        "shown_as": _TEXT,
        "keep": _YES_NO,
        **{domain.name: Column("number", low=0, high=1) for domain in DOMAINS},
        "scope": Column(words=SCOPES),
        "region": Column(optional=True, words=REGIONS),
        "catchment": Column(optional=True, words=("members",)),
        "by_invitation": _YES_NO,
        "min_population": _COUNT,
        "reported_members": _MAYBE_COUNT,
        "reason": _TEXT,
    },
    "state_grants.csv": {
        "iso3": _TEXT,
        "share": Column("number", low=0, high=1),
        "year": _YEAR,
        "basis": Column(words=("country", "mean of the OECD", "mean of Africa")),
        "origin": _TEXT,
    },
    "sovereigns.csv": {"iso3": _TEXT, "name": _TEXT, "sovereign": _TEXT, "basis": _TEXT},
    "conflicts_2023.csv": {"iso3_a": _TEXT, "iso3_b": _TEXT, "since": _YEAR, "source": _TEXT},
    "map_exceptions.csv": {
        "iso3": _TEXT,
        "lat_min": _LATITUDE,
        "lat_max": _LATITUDE,
        "lon_min": _LONGITUDE,
        "lon_max": _LONGITUDE,
        "reason": _TEXT,
    },
    "urban_share.csv": {
        "iso3": _TEXT,
        "year": _YEAR,
        "urban_population": _COUNT,
        "rural_population": _COUNT,
    },
    "disasters_country.csv": {
        "iso3": _TEXT,
        "hazard": _TEXT,
        "years_with_event_1980_2020": Column("integer", low=0, high=41),
    },
    "sources.csv": {
        "file": _TEXT,
        "content": _TEXT,
        "origin": _TEXT,
        "licence": _TEXT,
        "data_year": _NOTE,
        "notes": _NOTE,
    },
}

#: Rings of longitude, latitude pairs by country: ``outlines[iso3][polygon][ring]``.
type Outlines = Mapping[str, list[list[list[list[float]]]]]

#: Map of country outlines, checked on its own.
MAP_FILE = "countries_110m.json"
