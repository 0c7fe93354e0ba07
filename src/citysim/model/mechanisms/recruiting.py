"""Recruiting: how much each network does to be met by cities (docs/model.md, 7.3)."""

import math

import numpy as np

from citysim.arrays import Floats
from citysim.model.mechanisms.admission import takes
from citysim.model.mechanisms.attention import review_factor
from citysim.model.mechanisms.founding import slots_of
from citysim.model.setting import Setting
from citysim.model.state import DT, Networks

#: Years for which a network is young: the record's are compared before and after (docs/recruiting.py).
YOUTH = 10


def effort(networks: Networks, step: int, setting: Setting) -> Floats:
    """Recruiting effort of each network in the coming quarter, (K,): 1 where all recruit alike.

    A lasting factor of its own, log-normal of mean 1, and e^υ in its first ten years; over the cities that it
    admits it is divided, by the power ζ_K of their share of all reviews.
    """
    p = setting.parameters
    if p.recruiting_form == "alike":
        return np.ones(networks.slots)
    lasting = setting.derive(_lasting)
    if p.recruiting_division > 0.0:
        lasting = lasting * admitted(networks, setting) ** -p.recruiting_division
    if p.recruiting_youth == 0.0:
        return lasting
    begin = setting.derive(_begin)
    begin = np.where(np.isnan(begin), networks.founded, begin)
    return np.where(step - begin < YOUTH / DT, math.exp(p.recruiting_youth), 1.0) * lasting


def _lasting(setting: Setting) -> Floats:
    """A slot's own, whenever a network is founded in it and whatever others there are: alike in all arms."""
    slots, spread = slots_of(setting), setting.parameters.recruiting_spread
    z = setting.streams.at("networks", 0).normal("effort", slots)
    return np.exp(spread * z - spread**2 / 2)


def admitted(networks: Networks, setting: Setting) -> Floats:
    """Share of all reviews by the cities that each network admits by region, size and states, (K,).

    By population and reviews of the start. 1 for a network of one state, which campaigns alone are, and for
    one that admits no city.
    """
    share = np.ones(networks.slots)
    for region, (people, larger) in setting.derive(_by_size).items():
        own = (networks.state < 0) & (networks.region == region)
        share[own] = larger[np.searchsorted(people, networks.min_population[own])]
    listed = setting.derive(_of_listed)
    share[: len(listed)] = np.where(networks.state[: len(listed)] < 0, listed, 1.0)
    return np.where(share > 0.0, share, 1.0)


def _of_listed(setting: Setting) -> Floats:
    """That share of the networks of the data where their states are listed, (K,), else none."""
    world, takes_ = setting.world, setting.derive(takes)
    reviews = setting.derive(review_factor)
    fits = takes_[:, world.state]
    region, people = world.network_region[: len(fits), None], world.network_min_population[: len(fits), None]
    fits = fits & ((region < 0) | (region == world.region)) & (world.population >= people)
    return np.asarray(fits @ reviews / max(float(reviews.sum()), 1e-300))


def _by_size(setting: Setting) -> dict[int, tuple[Floats, Floats]]:
    """People of each region's cities in order, (n,), and the share of all reviews from each on, (n + 1,).

    −1 is the whole world.
    """
    world, reviews = setting.world, setting.derive(review_factor)
    total, found = max(float(reviews.sum()), 1e-300), {}
    for region in (-1, *np.unique(world.region).tolist()):
        city = np.flatnonzero((world.region == region) | (region < 0))
        city = city[np.argsort(world.population[city], kind="stable")]
        larger = np.append(np.cumsum(reviews[city][::-1])[::-1], 0.0)
        found[region] = world.population[city], larger / total
    return found


def _begin(setting: Setting) -> Floats:
    """Quarter in which each network of the data was founded, counted from the start, (K,); NaN of others.

    Where the world knows no date it is long ago.
    """
    world, begin = setting.world, np.full(slots_of(setting), np.nan)
    if not setting.parameters.networks:
        return begin
    dates = world.network_founded
    begin[: world.n_networks] = -np.inf if dates is None else (dates - world.start_year) / DT
    return begin
