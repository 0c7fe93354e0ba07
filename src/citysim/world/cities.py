"""Attributes of cities from those of their country, their size and whether they are a capital.

Where no city figure exists for the whole world, the attribute is a proxy; each function says which.
The weights are assumed, as named below.
"""

import numpy as np
from scipy.special import ndtr

from citysim.arrays import Bools, Floats, Ints
from citysim.world.countries import Countries

#: GDP per head, USD, from which the cities of a country count as rich: the World Bank's lower limit of
#: high-income countries in its fiscal year 2024 (on GNI per head of 2022; here on GDP per head of 2022).
RICH_USD = 13_845.0
#: The same limit of low-income countries.
POOR_USD = 1_135.0

#: Income index: 0 at the first, 1 at the second GDP per head (USD), linear in the logarithm.
INCOME_INDEX_USD = (500.0, 80_000.0)
#: Size index: 0 at the first, 1 at the second log10 of population.
SIZE_INDEX_LOG10 = (4.0, 7.5)

CAPACITY_BASE, CAPACITY_GOVERNANCE, CAPACITY_SIZE = 0.2, 0.5, 0.25
REACH_BASE, REACH_SIZE, REACH_INCOME, REACH_CAPITAL = 0.1, 0.35, 0.25, 0.2
DEVELOPMENT_PER_DECADE = 0.02  # per factor of ten in population above the median city
MARGINAL_BASE, MARGINAL_POVERTY, MARGINAL_INEQUALITY = 0.05, 0.4, 0.5
MARGINAL_RANGE = (0.05, 0.6)
#: Gini of incomes from which inequality adds to marginalisation: about that of the most equal countries.
EQUAL_GINI = 0.25
#: Downturns hit the poorest this much harder; cyber outages need something digital to fail.
DOWNTURN_POVERTY = 0.5
CYBER_BASE = 0.5
#: Exposures are kept within this factor of their median, either way.
EXPOSURE_FACTOR = 5.0


def income_index(log_gdp_head: Floats) -> Floats:
    """0 (poorest) … 1 (richest) by ln GDP per head."""
    low, high = np.log(INCOME_INDEX_USD)
    return np.asarray(np.clip((log_gdp_head - low) / (high - low), 0.0, 1.0))


def size_index(population: Floats) -> Floats:
    """0 (10,000 people) … 1 (30 million)."""
    low, high = SIZE_INDEX_LOG10
    return np.asarray(np.clip((np.log10(population) - low) / (high - low), 0.0, 1.0))


def standardised(values: Floats) -> Floats:
    """Mean 0 and standard deviation 1 over cities; all 0 where they do not differ."""
    if np.ptp(values) <= 0.0:  # the deviation of equal values is not quite 0 after rounding
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / values.std())


def capacity(effectiveness: Floats, population: Floats) -> Floats:
    """Capacity a ∈ [.2, .95]: percentile of the state's government effectiveness, and city size. Proxy."""
    return CAPACITY_BASE + CAPACITY_GOVERNANCE * ndtr(effectiveness) + CAPACITY_SIZE * size_index(population)


def reach(log_gdp_head: Floats, population: Floats, capital: Bools) -> Floats:
    """Reach w⁰ ∈ [.1, .9]: size, income of the country, and capital or not. Proxy."""
    return (
        REACH_BASE
        + REACH_SIZE * size_index(population)
        + REACH_INCOME * income_index(log_gdp_head)
        + REACH_CAPITAL * capital
    )


def development(hdi: Floats, population: Floats) -> Floats:
    """Development y ∈ [.05, .98]: human development index of the country, and a small term in city size."""
    size = np.log10(population / np.median(population))
    return np.clip(hdi + DEVELOPMENT_PER_DECADE * size, 0.05, 0.98)


def marginalised(log_gdp_head: Floats, gini: Floats) -> Floats:
    """Marginalised share m ∈ [.05, .6]: poverty and inequality of the country. Proxy: no city has a count."""
    poverty = MARGINAL_POVERTY * (1.0 - income_index(log_gdp_head)) ** 2
    inequality = MARGINAL_INEQUALITY * np.maximum(gini - EQUAL_GINI, 0.0)
    return np.clip(MARGINAL_BASE + poverty + inequality, *MARGINAL_RANGE)


def context(income: Floats, latitude: Floats) -> Floats:
    """(N, 2): standardised income and climate; distance from the equator stands in for climate. Proxy."""
    return np.column_stack((income, standardised(np.abs(latitude))))


def exposure(countries: Countries, city_country: Ints) -> Floats:
    """(N, 4) relative exposure to climate, displacement, downturn, cyber; each column has mean 1. Proxies.

    Climate: country's climatic hazard-years with a disaster 1980–2020 by the root of its area, ln(1 + x).
    Displacement: conflict years 1990–2024 of the country and half those of its neighbours, ln(1 + x).
    Downturn: about the same for all, somewhat more in poor countries. Cyber: grows with income.
    """
    income = income_index(countries.log_gdp_head.values[city_country])
    return exposure_columns(countries.disasters[city_country], countries.conflict[city_country], income)


def exposure_columns(disasters: Floats, conflict: Floats, income: Floats) -> Floats:
    """(N, 4) exposure from disaster density, conflict years and the income index, one value per city."""
    columns = (
        np.log1p(disasters),
        np.log1p(conflict),
        1.0 + DOWNTURN_POVERTY * (1.0 - income),
        CYBER_BASE + income,
    )
    return np.column_stack([_relative(column) for column in columns])


def _relative(values: Floats) -> Floats:
    middle = np.median(values)
    if middle <= 0.0:
        middle = values.mean()
    if middle <= 0.0:
        return np.ones_like(values)
    kept = np.clip(values / middle, 1.0 / EXPOSURE_FACTOR, EXPOSURE_FACTOR)
    return np.asarray(kept / kept.mean())
