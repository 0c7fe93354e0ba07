"""States of the real world: power, capacity, UN population paths and pairs of states."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from citysim.arrays import Bools, Floats, Ints
from citysim.world.countries import Countries
from citysim.world.imputation import Imputation
from citysim.world.pack import DataPack
from citysim.world.sizes import END_YEAR, START_YEAR

#: Permanent members of the Security Council, UN Charter Art. 23.
POWERS = ("CHN", "FRA", "GBR", "RUS", "USA")

#: The five largest emitters of fossil CO₂ in 2021, 60.5 % of the world's: China 32.9 %, United States 12.6 %,
#: India 7.0 %, Russia 5.1 %, Japan 2.9 % (EDGAR, "CO2 emissions of all world countries", European Commission
#: 2022, p. 12, as given at library.cqpress.com, CQ Researcher 18 November 2022).
POLLUTERS = ("CHN", "IND", "JPN", "RUS", "USA")

#: Distance of UN voting ideal points from which on two states without a defence pact are not aligned at all:
#: two standard deviations of the ideal points of all states. Assumed.
ALIGNED_WITHIN = 2.0

# Baseline tension τ̄ = 1 − exp(−(d·IDEAL + rivalry·RIVALRY + ln(1 + disputes)·DISPUTES)). Weights are assumed.
TENSION_IDEAL = 0.25  # per unit of distance of UN voting ideal points
TENSION_RIVALRY = 0.5  # an ongoing strategic rivalry
TENSION_DISPUTES = 0.15  # per ln(1 + militarised disputes begun 1990–2014)
#: Years of the disputes in the file of dyads: the first, that from which they are also told apart, and the
#: one after the last.
FIRST_DISPUTES, SPLIT_DISPUTES, LAST_DISPUTES = 1946, 1990, 2015
#: Correlates of War codes that count as contiguous: 1 by land, 2 across at most 12 miles of water.
CONTIGUOUS_CODES = (1.0, 2.0)


@dataclass(frozen=True)
class States:
    """S states with a city, in the order of their codes."""

    country: Ints  # (S,) row in Countries
    of_country: Ints  # (countries,) state that acts for each country, −1 where none is in this world
    capacity: Floats
    grants: Floats  # share of grants in the revenue of local governments
    power: Floats
    is_power: Bools
    is_polluter: Bools
    urban: Floats  # (S, years + 1)
    total: Floats  # (S, years + 1)
    growth: Floats  # (S, years)
    tension: Floats  # (S, S)
    contiguous: Bools  # (S, S)
    past_conflict: Bools  # (S, S)
    conflict: Bools  # (S, S)
    aligned: Floats  # (S, S)
    imputations: tuple[Imputation, ...]


def build_states(pack: DataPack, countries: Countries, city_country: Ints, start: int = START_YEAR) -> States:
    """States that act for the countries of the cities in this world, in the year ``start``.

    Power, capacity, grants, votes, pacts and rivalries have no path in the pack: they are as today.
    """
    rows = np.unique(countries.sovereign[city_country])
    rows = rows[np.argsort(countries.iso3[rows].astype(str))]
    of_country = _state_of_country(countries, rows)
    imputations = countries.effectiveness.used(rows, "state_capacity")
    imputations += countries.grants.used(rows, "state_grants")
    imputations += countries.log_gdp_head.used(rows, "state_power")
    gdp = np.bincount(of_country[of_country >= 0], countries.gdp[of_country >= 0], minlength=len(rows))
    urban, total, paths = population_paths(pack, countries, rows, of_country, start)
    tension, aligned, dyads = _dyads(pack, countries, rows, start)
    return States(
        country=rows,
        of_country=of_country,
        capacity=ndtr(countries.effectiveness.values[rows]),
        grants=countries.grants.values[rows],
        power=gdp / gdp.sum(),
        is_power=np.isin(countries.iso3[rows].astype(str), POWERS),
        is_polluter=np.isin(countries.iso3[rows].astype(str), POLLUTERS),
        urban=urban,
        total=total,
        growth=urban[:, 1:] / urban[:, :-1] - 1.0,
        tension=tension,
        contiguous=_contiguous(pack, countries, rows),
        past_conflict=_past_conflict(pack, countries, rows, start),
        conflict=_conflict(pack, countries, rows, start),
        aligned=aligned,
        imputations=(*imputations, *paths, *dyads, *_silent_pairs(pack, countries, rows)),
    )


def relative_to_people(values: Floats, state: Ints, population: Floats) -> Floats:
    """Values of states (S,), divided by their mean over the people of the cities."""
    return np.asarray(values * (population.sum() / (population * values[state]).sum()))


def _state_of_country(countries: Countries, rows: Ints) -> Ints:
    position = np.full(len(countries.iso3), -1, np.int64)
    position[rows] = np.arange(len(rows))
    return np.asarray(position[countries.sovereign])


# --- population paths


def population_paths(
    pack: DataPack, countries: Countries, rows: Ints, of_country: Ints, start: int = START_YEAR
) -> tuple[Floats, Floats, list[Imputation]]:
    """Urban and total population at the start of each year from ``start`` to 2051, (S, years + 1).

    With dependent territories.
    """
    at = np.arange(start, END_YEAR + 1, dtype=np.float64)
    yearly_urban, yearly_rural, imputations = country_paths(pack, countries, rows, at)
    member = of_country >= 0
    out = []
    for values in (yearly_urban, yearly_urban + yearly_rural):
        total = np.zeros((len(rows), len(at)))
        np.add.at(total, of_country[member], np.nan_to_num(values[member]))
        out.append(total)
    return out[0], out[1], imputations


def country_paths(
    pack: DataPack, countries: Countries, rows: Ints, at: Floats
) -> tuple[Floats, Floats, list[Imputation]]:
    """Urban and rural population of countries at the times ``at``, (countries, times); NaN where unknown.

    UN World Urbanization Prospects 2018: log-linear between its five-year points, and the growth of
    2045–50 held after 2050. Those of the states in ``rows`` are filled in.
    """
    years, urban, rural = _five_yearly(pack, countries, min(at[0], START_YEAR) - 5)
    today = int(np.searchsorted(years, START_YEAR - 5))
    imputations = _fill_paths(countries, rows, urban, rural, today)
    return _log_linear(years, urban, at), _log_linear(years, rural, at), imputations


def _five_yearly(pack: DataPack, countries: Countries, since: float) -> tuple[Floats, Floats, Floats]:
    table = pack["urban_share"]
    table = table[table["year"] >= since]
    wide = table.pivot_table(index="iso3", columns="year", values=["urban_population", "rural_population"])
    wide = wide.reindex(pd.Index(countries.iso3))
    years = wide["urban_population"].columns.to_numpy(np.float64)
    urban, rural = (wide[f"{kind}_population"].to_numpy(np.float64, copy=True) for kind in ("urban", "rural"))
    return years, urban, rural


def _log_linear(years: Floats, values: Floats, at: Floats) -> Floats:
    """Interpolate (n, points) to (n, len(at)); beyond the last point the last growth goes on."""
    safe = np.log(np.maximum(values, 1e-9))
    position = np.clip(np.searchsorted(years, at, side="right") - 1, 0, len(years) - 2)
    share = (at - years[position]) / (years[position + 1] - years[position])
    out = np.exp(safe[:, position] * (1 - share) + safe[:, position + 1] * share)
    return np.where(out < 1.0, 0.0, out)


def _fill_paths(
    countries: Countries, rows: Ints, urban: Floats, rural: Floats, today: int
) -> list[Imputation]:
    """Fill missing paths of states in place: Kosovo out of Serbia's, others from their sub-region's.

    ``today``: the point of time that the countries' own populations are of.
    """
    index = {code: row for row, code in enumerate(countries.iso3)}
    serbia, kosovo = index["SRB"], index["XKX"]
    split = int(kosovo in rows and np.isnan(urban[kosovo]).any())
    if split:  # the UN counts Kosovo within Serbia
        share = countries.population[kosovo] / (countries.population[kosovo] + countries.population[serbia])
        for values in (urban, rural):
            values[kosovo] = values[serbia] * share
            values[serbia] *= 1 - share
    missing = [row for row in rows if np.isnan(urban[row]).any()]
    for row in missing:
        peers = (countries.subregion == countries.subregion[row]) & ~np.isnan(urban).any(axis=1)
        scale = countries.population[row] / (urban[peers, today] + rural[peers, today]).sum()
        urban[row], rural[row] = urban[peers].sum(axis=0) * scale, rural[peers].sum(axis=0) * scale
    return [
        Imputation("urban_population", split, len(rows), "share of Serbia's path by population (Kosovo)"),
        Imputation(
            "urban_population", len(missing), len(rows), "own population along the path of the UN sub-region"
        ),
    ]


# --- pairs of states


def _matrix(pack: DataPack, countries: Countries, rows: Ints, column: str) -> Floats:
    """A column of the dyads as a symmetric (S, S) matrix, NaN where the file is silent."""
    table = pack["dyads"]
    position = pd.Index(countries.iso3[rows])
    a, b = position.get_indexer(pd.Index(table["iso3_a"])), position.get_indexer(pd.Index(table["iso3_b"]))
    here = (a >= 0) & (b >= 0)
    out = np.full((len(rows), len(rows)), np.nan)
    values = table[column].to_numpy(np.float64)
    out[a[here], b[here]] = out[b[here], a[here]] = values[here]
    return out


def _dyads(
    pack: DataPack, countries: Countries, rows: Ints, start: int
) -> tuple[Floats, Floats, list[Imputation]]:
    """Tension and alignment of every pair, and what was filled in."""
    distance, filled = _ideal_distance(_matrix(pack, countries, rows, "un_ideal_distance"), countries, rows)
    rivalry = np.nan_to_num(_matrix(pack, countries, rows, "strategic_rivalry_ongoing"))
    disputes = _disputes(pack, countries, rows, start)
    strain = TENSION_IDEAL * distance + TENSION_RIVALRY * rivalry + TENSION_DISPUTES * np.log1p(disputes)
    tension = 1.0 - np.exp(-strain)
    np.fill_diagonal(tension, 0.0)
    pact = np.nan_to_num(_matrix(pack, countries, rows, "atop_defense_2018")) > 0
    aligned = np.where(pact, 1.0, np.maximum(1.0 - distance / ALIGNED_WITHIN, 0.0))
    np.fill_diagonal(aligned, 0.0)
    return tension, aligned, filled


def _ideal_distance(distance: Floats, countries: Countries, rows: Ints) -> tuple[Floats, list[Imputation]]:
    """Distance of voting ideal points; a state without one stands where the median of its sub-region does."""
    subregion = countries.subregion[rows]
    out = distance.copy()
    missing = np.isnan(distance)
    np.fill_diagonal(missing, val=False)
    silent = np.isnan(distance).sum(axis=1) == len(rows)
    for row in np.flatnonzero(silent):
        peers = (subregion == subregion[row]) & ~silent
        known = distance[peers] if peers.any() else distance[~silent]
        out[row] = _median_of_columns(known)
        out[:, row] = out[row]
    both = np.isnan(out) & missing
    if both.any():
        out[both] = np.nanmedian(distance)
    np.fill_diagonal(out, 0.0)
    pairs = len(rows) * (len(rows) - 1) // 2
    regional, world = int((missing & ~both).sum()) // 2, int(both.sum()) // 2
    return (out + out.T) / 2, [
        Imputation("tension", regional, pairs, "ideal-point distance: median of the state's UN sub-region"),
        Imputation(
            "tension", world, pairs, "ideal-point distance: median of all pairs (neither state votes)"
        ),
    ]


def _median_of_columns(values: Floats) -> Floats:
    """Median of each column, NaN in a column without values."""
    known = ~np.isnan(values).all(axis=0)
    out = np.full(values.shape[1], np.nan)
    out[known] = np.nanmedian(values[:, known], axis=0)
    return out


def _listed(pack: DataPack) -> list[str]:
    """Codes of the states that the file of dyads lists."""
    return sorted({*pack["dyads"]["iso3_a"].unique(), *pack["dyads"]["iso3_b"].unique()})


def _contiguous(pack: DataPack, countries: Countries, rows: Ints) -> Bools:
    """Contiguous by the Correlates of War, or by land border for states that its list leaves out."""
    out = np.isin(_matrix(pack, countries, rows, "contiguity"), CONTIGUOUS_CODES)
    listed = _listed(pack)
    position = {int(row): place for place, row in enumerate(rows)}
    for place, row in enumerate(rows):
        if countries.iso3[row] not in listed:
            for near in countries.neighbours[row]:
                if near in position:
                    out[place, position[near]] = out[position[near], place] = True
    return np.asarray(out)


def _silent_pairs(pack: DataPack, countries: Countries, rows: Ints) -> list[Imputation]:
    """Pairs of which the file of dyads has no row, because it does not list one of the states."""
    listed = np.isin(countries.iso3[rows].astype(str), _listed(pack))
    pairs, known = (n * (n - 1) // 2 for n in (len(rows), int(listed.sum())))
    return [
        Imputation(
            "contiguous", pairs - known, pairs, "state not in the dyads: land borders of the countries file"
        ),
        Imputation("past_conflict", pairs - known, pairs, "state not in the dyads: taken as none"),
    ]


def _past_conflict(pack: DataPack, countries: Countries, rows: Ints, start: int) -> Bools:
    """A militarised dispute since 1946 or a year of interstate conflict; silence counts as none.

    Before 2023 only what surely lies before the ``start``: years of conflict are not told apart, and
    disputes only as those before and since 1990.
    """
    if start < LAST_DISPUTES:
        return np.asarray(_disputes_before_1990(pack, countries, rows) > 0)
    disputes = np.nan_to_num(_matrix(pack, countries, rows, "mid_onsets_1946_2014"))
    if start < START_YEAR:
        return np.asarray(disputes > 0)
    wars = np.nan_to_num(_matrix(pack, countries, rows, "ucdp_interstate_years_1946_2024"))
    return np.asarray((disputes > 0) | (wars > 0))


def _disputes_before_1990(pack: DataPack, countries: Countries, rows: Ints) -> Floats:
    """Militarised disputes begun 1946–1989, (S, S)."""
    all_, late = (
        np.nan_to_num(_matrix(pack, countries, rows, f"mid_onsets_{first}_2014"))
        for first in (FIRST_DISPUTES, SPLIT_DISPUTES)
    )
    return np.asarray(all_ - late)


def _disputes(pack: DataPack, countries: Countries, rows: Ints, start: int) -> Floats:
    """Militarised disputes that strain a pair, (S, S): those begun 1990–2014.

    For a ``start`` before 1990, of which they are the future, those of 1946–1989 over as many years.
    """
    if start > SPLIT_DISPUTES:
        return np.nan_to_num(_matrix(pack, countries, rows, "mid_onsets_1990_2014"))
    years = (LAST_DISPUTES - SPLIT_DISPUTES) / (SPLIT_DISPUTES - FIRST_DISPUTES)
    return _disputes_before_1990(pack, countries, rows) * years


def _conflict(pack: DataPack, countries: Countries, rows: Ints, start: int) -> Bools:
    """Conflicts of early 2023, for an earlier ``start`` those that had begun in a year before it."""
    place = {code: position for position, code in enumerate(countries.iso3[rows])}
    out = np.zeros((len(rows), len(rows)), bool)
    for row in pack["conflicts_2023"].itertuples():
        a, b = place.get(str(row.iso3_a)), place.get(str(row.iso3_b))
        under_way = start >= START_YEAR or int(str(row.since)) < start
        if a is not None and b is not None and under_way:
            out[a, b] = out[b, a] = True
    return out
