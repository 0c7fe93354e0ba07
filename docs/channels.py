"""Writes docs/channels.md: how cities come by practices, beside the record. `uv run python docs/channels.py [DRAWS]`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels.teaching import through_networks
from citysim.model.mechanisms.practices import constants, known_to_states
from citysim.model.model import CityModel
from citysim.model.outcomes import CHANNELS
from citysim.model.state import IMPLEMENTED, MANDATED, NONE, PLEDGED
from citysim.plan.draws import prior_draws
from citysim.world.world import World

PAGE = Path(__file__).parent / "channels.md"
HEAD = """<!-- made by docs/channels.py -->
# How cities come by their practices

The real world of {cities} cities at stall 0, 2023–2050: the default parameters (one run) and {draws} draws of the prior, by
`uv run python docs/channels.py {draws}`. A run from the data gives shares of the year's pledges by channel and laws; a
second one, with coverage of a hundredth at the start, gives speed and shape of spread. Practices of
which there is a series are known because they spread, so they are held against the fastest quarter. Sources of the
record are in [priors.md](priors.md); sizes of cities are as in the results (small below 300,000, mega from 5 million).

| quantity | default | prior: median (5–95 %) | record |
|---|---|---|---|
"""
YEAR = 4  # quarters
#: A practice is followed from its tenth city for as long as the series of the record are, eight years or so.
FIRST, FOLLOWED = 10, 8 * YEAR
#: Coverage at the start of the runs that show take-off.
RARE = 0.01
SIZES = ("small", "medium", "large", "mega")


def main() -> None:
    """Run and write the page."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    world = World.real(cities=2000)
    at_default = seen(world, {}, 1)
    drawn = [seen(world, given, seed) for seed, given in prior_draws(range(1, draws + 1)).items()]
    lines = []
    for name, record in RECORD.items():
        low, middle, high = np.nanquantile([one[name] for one in drawn], (0.05, 0.5, 0.95))
        lines.append(
            f"| {name} | {at_default[name]:.2g} | {middle:.2g} ({low:.2g}–{high:.2g}) | {record} |\n"
        )
    head = HEAD.format(cities=f"{world.n_cities:,}", draws=draws)
    PAGE.write_text(head + "".join(lines), encoding="utf-8")


def seen(world: World, given: Mapping[str, Any], seed: int) -> dict[str, float]:
    """Every quantity of the table, of one run from the data and one of take-off."""
    found: dict[str, float] = {}
    model = CityModel(world, given, rng=seed)
    model.step()
    found["networks over state, own topic of members, 2023"] = on_own_topic(model)
    model.run()
    series = {name: model.recorder.series[:, :, place] for place, name in enumerate(model.recorder.outcomes)}
    group = {name: place for place, name in enumerate(model.recorder.groups)}
    for year, quarters in (("2023", slice(0, YEAR)), ("2050", slice(-YEAR, None))):
        pledges = {c: series[f"pledges_{c}"][quarters].sum(axis=0) for c in CHANNELS}
        total = sum(pledges.values())
        for channel, number in pledges.items():
            found[f"share: {channel}, {year}"] = float(number[0] / total[0])
        peers = pledges["twins"] + pledges["networks"] + pledges["neighbours"]
        found[f"peers over state, mandates apart, {year}"] = float(peers[0] / pledges["state"][0])
        for size in SIZES:
            by_state = (pledges["state"] + pledges["mandate"]) / total
            found[f"share: state and mandate, {size} cities, {year}"] = float(by_state[group[size]])
        found[f"share: state and mandate, {year}"] = float(by_state[0])
    found["networks over state, own topic of members, 2050"] = on_own_topic(model)
    mandated = model.state.law[world.state] == MANDATED
    held = model.state.practices != NONE
    found["held under a mandate, mean practice, 2050"] = float(mandated[held].mean())
    by_practice = (mandated & held).sum(axis=0) / np.maximum(held.sum(axis=0), 1)
    found["held under a mandate, upper decile of practices, 2050"] = float(np.quantile(by_practice, 0.9))
    found["coverage implemented, 2050 over 2023"] = float(
        series["coverage"][-1, 0] / series["coverage"][0, 0]
    )
    return found | took_off(world, given, seed) | {"dropping, 1/year": model.parameters.drop_rate}


def on_own_topic(model: CityModel) -> float:
    """What networks teach over what the state teaches, of members and practices of a network's main topic."""
    state, p, world = model.state, model.parameters, model.world
    k, city, network = state.networks, state.networks.member_city, state.networks.member_network
    taught = through_networks(
        x=state.practices,
        pledged=p.learning_pledged,
        engagement=state.engagement,
        city=city,
        network=network,
        focus=k.focus,
        effort=p.secretariat_effort,
    )
    strength = k.quality[network] * np.where(k.state[network] < 0, state.reach[city], 1.0)
    heard, own = np.zeros(state.practices.shape), np.zeros(state.practices.shape, dtype=bool)
    np.add.at(heard, city, (state.engagement[city] * strength)[:, None] * taught[network])
    main_topic = np.repeat(k.focus >= 0.5, p.practices_per_domain, axis=1)
    np.logical_or.at(own, city, main_topic[network])
    own &= state.practices == NONE
    # what gates both alike counts once: capacity, autonomy, willingness, readiness
    gate = (state.capacity * state.autonomy)[:, None] * model.setting.derive(constants).fixed.willing * own
    by_state = known_to_states(state, model.setting)[world.state]
    both = p.learning_networks * (gate * heard).sum(), p.learning_state * (gate * by_state).sum()
    return float(both[0] / both[1])


def took_off(world: World, given: Mapping[str, Any], seed: int) -> dict[str, float]:
    """Speed and shape of practices that hardly a city has at first, followed for 28 years."""
    model = CityModel(world, {**given, "initial_coverage": RARE}, rng=seed)
    cities, pledges, moved = [], [], []
    while model.running:
        before = model.state.practices
        model.step()
        after = model.state.practices
        cities.append((after != NONE).sum(axis=0))
        pledges.append(((before == NONE) & (after == PLEDGED)).sum(axis=0))
        was = before == PLEDGED
        moved.append([was.sum(), (was & (after == IMPLEMENTED)).sum()])
    count, new = np.array(cities), np.array(pledges)
    growth = growth_at_take_off(count)
    fastest = growth >= np.nanquantile(growth, 0.75) if np.isfinite(growth).any() else growth > 0
    yearly = new.reshape(-1, YEAR, new.shape[1]).sum(axis=1)
    peak = yearly[:, fastest].argmax(axis=0) if fastest.any() else np.array([np.nan])
    implemented = np.array(moved).sum(axis=0)
    return {
        "growth at take-off, 1/year: median practice": float(np.nanmedian(growth)),
        "growth at take-off, 1/year: fastest quarter": float(np.nanmedian(growth[fastest])),
        "growth at take-off, 1/year: fastest": float(np.nanmax(growth)),
        "S-shape: hazard at most over at first, fastest quarter": rise_of_hazard(count, new, world, fastest),
        "year of most pledges after the start, fastest quarter": float(np.median(peak)),
        "pledges implemented, 1/year": float(4 * implemented[1] / implemented[0]),
    }


def growth_at_take_off(count: Floats) -> Floats:
    """Growth of the log number of cities from the tenth, (practices,); NaN where too few ever have one."""
    growth = np.full(count.shape[1], np.nan)
    for practice, path in enumerate(count.T):
        reached = np.flatnonzero(path >= FIRST)
        if len(reached) and reached[0] + FOLLOWED < len(path):
            late = path[reached[0] + FOLLOWED]
            growth[practice] = np.log(max(late, 1) / path[reached[0]]) * YEAR / FOLLOWED
    return growth


def rise_of_hazard(count: Floats, new: Floats, world: World, chosen: Floats) -> float:
    """Highest four-year hazard of pledging over that of the first four years with ten cities, median."""
    span, ratios = 4 * YEAR, []
    for practice in np.flatnonzero(chosen):
        first = int(np.flatnonzero(count[:, practice] >= FIRST)[0])
        hazards = [
            new[at : at + span, practice].sum() / (world.n_cities - count[at, practice])
            for at in range(first, len(count) - span, span)
        ]
        ratios.append(max(hazards) / hazards[0] if hazards and hazards[0] > 0 else np.nan)
    return float(np.nanmedian(ratios)) if ratios else float("nan")


#: Where the record gives a number (docs/priors.md).
CHANNEL_RECORD = {"invention": "far less than .5", "mandate": "0–.58"}
#: Signatories of the Covenant of Mayors with a territorial or national coordinator, by size of city.
COORDINATED = (".33 (joining the Covenant)", ".25", ".22", ".22")
#: By the same measure, from about the tenth city to eight years later (bike sharing: nine).
GROWTH = ".27 (participatory budgeting, Brazil), .42 (bag rules, US), .46 (bike sharing)"
YEARS = ("2023", "2050")
RECORD = {
    **{
        f"share: {channel}, {year}": CHANNEL_RECORD.get(channel, "") for year in YEARS for channel in CHANNELS
    },
    **{f"share: state and mandate, {year}": ".33–.83" for year in YEARS},
    **{
        f"share: state and mandate, {size} cities, {year}": record
        for year in YEARS
        for size, record in zip(SIZES, COORDINATED, strict=True)
    },
    **{f"peers over state, mandates apart, {year}": "above 1" for year in YEARS},
    **{f"networks over state, own topic of members, {year}": "about 1" for year in YEARS},
    "held under a mandate, mean practice, 2050": "",
    "held under a mandate, upper decile of practices, 2050": ".58 (participatory budgeting, 2019)",
    "coverage implemented, 2050 over 2023": "",
    "growth at take-off, 1/year: median practice": "",
    "growth at take-off, 1/year: fastest quarter": GROWTH,
    "growth at take-off, 1/year: fastest": GROWTH,
    "S-shape: hazard at most over at first, fastest quarter": "4.5 (participatory budgeting, Brazil)",
    "year of most pledges after the start, fastest quarter": "",
    "pledges implemented, 1/year": "about .7 for a written plan (UK councils)",
    "dropping, 1/year": ".005 (bag rules), .02 (Covenant), .11–.24 (participatory budgeting)",
}

if __name__ == "__main__":
    main()
