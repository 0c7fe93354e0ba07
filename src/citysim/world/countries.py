"""Attributes of countries and territories, with gaps filled by stated rules."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from citysim.arrays import Bools, Floats, Ints, Labels
from citysim.world.imputation import Fill, Filled, group_median, least_squares
from citysim.world.pack import DataPack
from citysim.world.regions import REGIONS

#: Countries the UN's classification leaves out, and where the project puts them.
_PLACED = {"XKX": ("Europe", "Southern Europe")}
#: The UN counts Europe, Northern America, Australia, New Zealand and Japan as developed regions.
_NORTH_REGIONS = ("Europe",)
_NORTH_SUBREGIONS = ("Northern America", "Australia and New Zealand")
_NORTH_COUNTRIES = ("JPN",)
#: Climatic hazards of the disaster file; earthquakes and volcanoes have no city service that prevents them.
CLIMATE_HAZARDS = ("drought", "flood", "storm", "temperature", "landslide", "wildfire")
DISASTER_YEARS = 41
#: ``local_autonomy_proxy_kind`` of countries whose autonomy is measured.
MEASURED_AUTONOMY = "LAI2014"
#: ``basis`` of a share of grants that is the country's own, not the mean of its group.
OWN_GRANTS = "country"
#: Share of grants in the revenue of local governments, the world over: "more than half" (OECD/UCLG 2022).
WORLD_GRANTS = 0.5
#: Weight of the neighbours' conflict years against the own ones, in the exposure to displacement. Assumed.
NEIGHBOUR_CONFLICT = 0.5


@dataclass(frozen=True)
class Countries:
    """One row per country or territory of the pack, in the pack's order."""

    iso3: Labels
    name: Labels
    sovereign: Ints  # row of the sovereign state; its own row for a state
    region: Ints  # index into REGIONS
    subregion: Labels
    north: Bools
    population: Floats
    gdp: Floats  # USD a year, dependent territories apart
    log_gdp_head: Filled  # ln USD
    effectiveness: Filled  # World Governance Indicators, standard scores
    autonomy: Filled  # local autonomy, 0–1
    hdi: Filled  # 0–1
    gini: Filled  # 0–1
    grants: Filled  # share of grants in the revenue of local governments, 0–1
    without_disasters: Bools  # not in the disaster file at all
    disasters: Floats  # climatic hazard-years with an event, a year and 100,000 km² to the power ½
    conflict: Floats  # conflict years 1990–2024, own and a share of the neighbours'
    neighbours: tuple[tuple[int, ...], ...]  # rows of countries with a land border

    def rows(self, codes: "pd.Series[str]") -> Ints:
        """Rows of country codes."""
        return pd.Index(self.iso3).get_indexer(pd.Index(codes)).astype(np.int64)


def build_countries(pack: DataPack) -> Countries:
    """Attributes of all countries of the pack."""
    table = pack["countries"]
    iso3 = table["iso3"].to_numpy(object)
    index = {code: row for row, code in enumerate(iso3)}
    sovereign = _sovereigns(pack, index)
    region, subregion = _regions(table, iso3)
    by_subregion = group_median(subregion)

    def of_sovereign(values: Floats) -> Floats:
        return np.asarray(values[sovereign])

    effectiveness = Filled("government effectiveness", _column(table, "wgi_gov_effectiveness_2019"))
    urban = _column(table, "urban_share_2025")
    log_gdp = Filled("GDP per head", np.log(_column(table, "gdp_pc_usd")))
    log_gdp.fill("value of the sovereign state", of_sovereign)
    log_gdp.fill(
        "regression on government effectiveness and urban share", least_squares(effectiveness.values, urban)
    )
    log_gdp.fill("median of the UN sub-region", by_subregion)
    effectiveness.fill("value of the sovereign state", of_sovereign)
    effectiveness.fill("regression on log GDP per head", least_squares(log_gdp.values))
    return Countries(
        iso3=iso3,
        name=table["name"].to_numpy(object),
        sovereign=sovereign,
        region=region,
        subregion=subregion,
        north=_north(region, subregion, iso3),
        population=table["population"].to_numpy(np.float64),
        gdp=_gdp(table, log_gdp, sovereign),
        log_gdp_head=log_gdp,
        effectiveness=effectiveness,
        autonomy=_autonomy(table, of_sovereign, by_subregion),
        hdi=Filled("human development index", _column(table, "hdi_c2016"))
        .fill("value of the sovereign state", of_sovereign)
        .fill("regression on log GDP per head", least_squares(log_gdp.values))
        .clipped(0.0, 1.0),
        gini=Filled("Gini of incomes", _column(table, "gini") / 100.0)
        .fill("value of the sovereign state", of_sovereign)
        .fill("median of the UN sub-region", by_subregion),
        grants=_grants(pack, index),
        without_disasters=~table["iso3"].isin(pack["disasters_country"]["iso3"]).to_numpy(bool),
        disasters=_disasters(pack, table, index),
        conflict=_conflict(table, index),
        neighbours=_neighbours(table, index),
    )


def _column(table: pd.DataFrame, name: str) -> Floats:
    return table[name].to_numpy(np.float64)


def _autonomy(table: pd.DataFrame, of_sovereign: Fill, by_subregion: Fill) -> Filled:
    """Local Autonomy Index where measured; elsewhere the regression on V-Dem that the data pack brings."""
    proxy = _column(table, "local_autonomy_proxy")
    measured = (table["local_autonomy_proxy_kind"] == MEASURED_AUTONOMY).to_numpy(bool)
    filled = Filled("local autonomy", np.where(measured, proxy, np.nan))
    filled.fill("the data pack's regression on V-Dem (the index covers 39 countries)", lambda _: proxy)
    filled.fill("value of the sovereign state", of_sovereign)
    return filled.fill("median of the UN sub-region", by_subregion)


def _grants(pack: DataPack, index: dict[str, int]) -> Filled:
    """Grants in the revenue of local governments, known by country or as mean of a group of countries."""
    table = pack["state_grants"]
    rows = [index[code] for code in table["iso3"]]
    shares = np.full(len(index), np.nan)
    shares[rows] = table["share"].to_numpy(np.float64)
    own = np.zeros(len(index), bool)
    own[rows] = (table["basis"] == OWN_GRANTS).to_numpy(bool)
    grants = Filled("share of grants", np.where(own, shares, np.nan))
    grants.fill("mean of its group of countries (OECD, Africa)", lambda _: shares)
    return grants.fill("half, about the world's", lambda values: np.full(len(values), WORLD_GRANTS))


def _sovereigns(pack: DataPack, index: dict[str, int]) -> Ints:
    out = np.arange(len(index), dtype=np.int64)
    for row in pack["sovereigns"].itertuples():
        out[index[str(row.iso3)]] = index[str(row.sovereign)]
    return out


def _regions(table: pd.DataFrame, iso3: Labels) -> tuple[Ints, Labels]:
    """Region (Americas split in two) and UN sub-region; an unpeopled place gets the first region."""
    region = np.zeros(len(iso3), np.int64)
    subregion = table["un_subregion"].to_numpy(object).copy()
    for row, (code, un_region) in enumerate(zip(iso3, table["un_region"], strict=True)):
        name = un_region
        if code in _PLACED:
            name, subregion[row] = _PLACED[code]
        if name == "Americas":
            name = "Northern America" if subregion[row] == "Northern America" else "Latin America"
        region[row] = REGIONS.index(name) if name in REGIONS else 0
    return region, subregion


def _north(region: Ints, subregion: Labels, iso3: Labels) -> Bools:
    in_region = np.isin(region, [REGIONS.index(name) for name in _NORTH_REGIONS])
    in_subregion = np.isin(subregion.astype(str), _NORTH_SUBREGIONS)
    return np.asarray(in_region | in_subregion | np.isin(iso3.astype(str), _NORTH_COUNTRIES))


def _gdp(table: pd.DataFrame, log_gdp: Filled, sovereign: Ints) -> Floats:
    """Product of each country; a territory without a figure is taken to be in its sovereign's."""
    gdp = _column(table, "gdp_usd")
    own = np.exp(log_gdp.values) * _column(table, "population")
    missing = np.isnan(gdp)
    return np.where(missing, np.where(sovereign == np.arange(len(gdp)), own, 0.0), gdp)


def _disasters(pack: DataPack, table: pd.DataFrame, index: dict[str, int]) -> Floats:
    events = pack["disasters_country"]
    climatic = events[events["hazard"].isin(CLIMATE_HAZARDS)]
    out = np.zeros(len(index))
    rows = [index[code] for code in climatic["iso3"]]
    np.add.at(out, rows, climatic["years_with_event_1980_2020"].to_numpy(np.float64))
    area = np.maximum(_column(table, "area_km2"), 1.0) / 1e5
    return out / DISASTER_YEARS / np.sqrt(area)


def _neighbours(table: pd.DataFrame, index: dict[str, int]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(index[code] for code in cell.split("|") if code) for cell in table["neighbours"])


def _conflict(table: pd.DataFrame, index: dict[str, int]) -> Floats:
    own = _column(table, "ucdp_conflict_years_1990_2024")
    near = np.array([sum(own[row] for row in rows) for rows in _neighbours(table, index)])
    return np.asarray(own + NEIGHBOUR_CONFLICT * near)
