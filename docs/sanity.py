"""Writes docs/sanity.md: is the real world at the defaults sane? `uv run python docs/sanity.py [SEEDS]`."""

import sys
from pathlib import Path

import numpy as np

from citysim.model.model import CityModel
from citysim.model.state import DT
from citysim.world.world import World

PAGE = Path(__file__).parent / "sanity.md"
COMMAND = "uv run python docs/sanity.py"

HEAD = """<!-- made by docs/sanity.py -->
# Sanity of the default world

The real world of {cities} cities and {states} states, all mechanisms on, stall 0, default parameters, 2023–2050,
{seeds} seeds: `{command} {seeds}`. Means over seeds, standard deviation between seeds in brackets. This is a
check that nothing saturates and that what is recorded stays near its record; it is not a validation against data the
model has not seen.

| quantity | seen | record or bound |
|---|---|---|
"""


def spread(values: list[float], digits: int) -> str:
    """Mean and standard deviation."""
    return f"{np.mean(values):.{digits}f} ({np.std(values, ddof=1):.{digits}f})"


def main() -> None:
    """Run the default world and write the page."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    world = World.real(cities=2000)
    models = [CityModel(world, rng=seed).run() for seed in range(1, seeds + 1)]
    column = {name: place for place, name in enumerate(models[0].recorder.outcomes)}
    years = models[0].quarters * DT

    def first(name: str) -> float:
        return float(np.mean([m.recorder.series[0, 0, column[name]] for m in models]))

    def last(name: str, digits: int) -> str:
        return spread([m.recorder.series[-1, 0, column[name]] for m in models], digits)

    def per_year(name: str, digits: int, scale: float = 1.0) -> str:
        sums = [scale * m.recorder.series[:, 0, column[name]].sum() / years for m in models]
        return spread(sums, digits)

    def at_bounds(name: str) -> str:
        values = [getattr(m.state, name) for m in models]
        return f"{np.mean([((v <= 0.001) | (v >= 0.999)).mean() for v in values]):.1%} of cities at 0 or 1"

    mid_2050 = models[0].quarters - 3  # the quarter that ends on 1 July 2050, the UN's date
    urban = [m.recorder.series[mid_2050, 0, column["urban_share"]] for m in models]
    un = float(world.urban_population[:, 27:29].sum() / world.total_population[:, 27:29].sum())
    net_growth = np.log(
        np.mean([m.recorder.series[-1, 0, column["networks"]] for m in models]) / world.n_networks
    )
    rows = [
        ("conflict onsets a year", per_year("conflict_onsets", 2), "0.42–0.66 (patterns.md S3)"),
        (
            "conflicts under way",
            spread([m.recorder.series[:, 0, column["conflict"]].mean() for m in models], 2),
            ">= 0",
        ),
        ("mean tension of pairs of states, 2050", last("tension", 3), f"start {first('tension'):.3f}; 0–1"),
        (
            "action capacity of states, 2050",
            last("action_capacity", 3),
            f"start {first('action_capacity'):.3f}; 0–1",
        ),
        (
            "losses without services or aid, % of a year's product a year",
            per_year("loss_expected", 2, 100),
            "> 0",
        ),
        ("losses left over, % of a year's product a year", per_year("loss", 2, 100), "> 0"),
        ("stress, 2050", last("stress", 3), f"start 0, first quarter {first('stress'):.3f}; >= 0"),
        ("outbreaks of violence per city and year", per_year("violence", 4), "0.02 at the start's services"),
        (
            "development, 2050",
            last("development", 3),
            f"start {first('development'):.3f}; {at_bounds('development')}",
        ),
        (
            "development of 2023 by people of 2050",
            spread([float(np.average(world.development, weights=m.state.population)) for m in models], 3),
            "people move to poorer countries' cities: without any change of a city the mean would fall to this",
        ),
        (
            "marginalised share, 2050",
            last("marginalisation", 3),
            f"start {first('marginalisation'):.3f}; {at_bounds('marginalised')}",
        ),
        ("practices implemented, 2050", last("coverage", 3), f"start {first('coverage'):.3f}; 0–1"),
        ("mean service level, 2050", last("service", 3), f"start {first('service'):.3f}; 0–1"),
        (
            "memberships per city, 2050",
            last("memberships", 2),
            f"data {len(world.membership_city) / world.n_cities:.2f}; grows with the founding of networks",
        ),
        (
            "live networks, 2050",
            last("networks", 0),
            f"data {world.n_networks}; {100 * net_growth / years:.1f} % a year (patterns.md N1: 3–5.5)",
        ),
        (
            "twinnings per city, 2050",
            last("twinnings", 2),
            f"data {2 * len(world.twin_a) / world.n_cities:.2f}",
        ),
        ("engagement, 2050", last("engagement", 3), f"start {first('engagement'):.3f}; 0–1"),
        ("national autonomy, 2050", last("autonomy", 3), f"start {first('autonomy'):.3f}; 0–1"),
        ("international reach, 2050", last("reach", 3), f"start {first('reach'):.3f}; 0–1"),
        ("urban share, mid-2050", spread(urban, 4), f"UN WUP 2018 for these states: {un:.4f}"),
    ]
    head = HEAD.format(cities=f"{world.n_cities:,}", states=world.n_states, seeds=seeds, command=COMMAND)
    PAGE.write_text(head + "".join(f"| {a} | {b} | {c} |\n" for a, b, c in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
