"""Cities of a world, their ties, and what was recorded of each, packed."""

from typing import Any

import numpy as np

from citysim.analysis.cities import CAUTION, LEFT_OUT, card_outcomes, card_services
from citysim.analysis.intervals import spread
from citysim.analysis.labels import outcome_label, recorded_group
from citysim.analysis.results import RunSet
from citysim.arrays import Floats
from citysim.errors import CitysimError
from citysim.explorer.over_time import STEPS, STEPS_APART, at_dates, laid_out_cities, with_intervals
from citysim.explorer.packing import Pack
from citysim.explorer.settings import Settings
from citysim.language import country, gettext
from citysim.plan.world import build_world
from citysim.store.reader import load_results
from citysim.world.regions import REGIONS
from citysim.world.world import World

#: What services are rounded to: at least so many steps in their range.
_STEPS_SERVED = 90


def world_of(results: RunSet) -> World | None:
    """The world that the runs start from; None where it has changed since, or cannot be built any more."""
    try:
        world = build_world(results.config.world)
    except CitysimError:
        return None
    stored = results.stored or load_results(results.path)
    return world if world.digest == stored.world_digest else None


def places_of(world: World, pack: Pack) -> dict[str, Any]:
    """Cities with place, people (of the start), state and region; twinnings and memberships of the start."""
    return {
        "id": pack.whole(world.city_id),
        "name": list(world.city_name),
        "state": pack.whole(world.state),
        "region": pack.whole(world.region),
        "people": pack.whole(np.rint(world.population).astype(np.int64)),
        "place": pack.exact(np.stack([world.longitude, world.latitude])),
        "states": [country(*of) for of in zip(world.state_iso3, world.state_name, strict=True)],
        "codes": list(world.state_iso3),
        "regions": [_region(name) for name in REGIONS],
        "networks": list(world.network_name),
        "twins": pack.whole(np.stack([world.twin_a, world.twin_b])),
        "members": pack.whole(np.stack([world.membership_city, world.membership_network])),
        "year": world.start_year,
        "real": world.kind == "real",
    }


def _region(name: str) -> str:
    """A region in the language spoken; the catalogue has it as a group of cities."""
    group = name.lower()
    return name if recorded_group(group) == group else recorded_group(group)


def of_cities(settings: Settings, world: World, pack: Pack) -> dict[str, Any] | None:
    """Outcomes of cities in the last quarter, and at dates before; None where no cities were recorded.

    By outcome, rounded: ``level`` (3, settings, cities), median, 5 % and 95 % over replications, and
    ``against``: the same of the paired difference to the arm without cooperation at equal other levers, as
    on the card of ``citysim city``; ``services``: median alone, (settings, cities). ``then``: see
    ``at_dates``, None where cities were recorded at the end alone.
    """
    results = settings.results
    if not results.config.record.cities:
        return None
    shown, services = card_outcomes(results), card_services(results)
    stored = results.stored or load_results(results.path)
    ids = world.city_id.tolist()
    table = stored.of_cities([*shown, *services], ids, settings.runs["run"])
    by_city = laid_out_cities(table, settings, world)
    other = settings.against_reference()
    paired = np.flatnonzero(other >= 0)
    level, against = {}, {}
    for name in shown:
        own, apart = with_intervals(by_city(name), other)
        level[name] = pack.rounded(own, steps=STEPS)
        against[name] = pack.rounded(apart, steps=STEPS_APART)
    return {
        "level": level,
        "against": against,
        "paired": pack.whole(paired),
        "reference": pack.whole(other),
        "services": {name: _median(by_city(name), pack) for name in services},
        "then": at_dates(settings, world, shown, pack),
        "domains": {name: _domain(name) for name in services},
        "caution": f"{gettext(CAUTION)} {gettext(LEFT_OUT)}",
    }


def _domain(service: str) -> str:
    """What a service is for: its label without the word that all services begin with."""
    return outcome_label(service).partition(": ")[2] or outcome_label(service)


def _median(values: Floats, pack: Pack) -> dict[str, Any]:
    """Reference to the median over replications."""
    return pack.rounded(np.asarray(spread(values).median), steps=_STEPS_SERVED)
