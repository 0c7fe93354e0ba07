"""Every outcome of the model, defined once: name, unit, direction, how it aggregates, label.

The recorder, the result tables, the analysis and the figures read this list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from citysim.world.domains import DOMAINS

Summary = Literal["final", "mean", "sum"]
Weight = Literal["people", "cities", "total", "world"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One recorded quantity.

    ``better`` is +1 where more is better, −1 where less is, 0 where neither.
    ``summary`` turns the quarters of a run into one number: value of the last quarter, mean over
    time, or sum over time. ``weight`` says how cities make a group: mean over people, mean over
    cities, total over cities, or ``world`` for what exists only for the world as a whole (NaN in
    other groups). ``unit_of_city``: of one city's final value, where that is another unit.
    """

    name: str
    label: str
    unit: str
    better: Literal[-1, 0, 1]
    summary: Summary
    weight: Weight = "people"
    unit_of_city: str | None = None

    @property
    def by_group(self) -> bool:
        """Whether groups of cities have a value of their own."""
        return self.weight != "world"


#: What makes a city pledge a practice, in the order of ``Flows.pledges``.
CHANNELS = {
    "invention": "Pledges by invention",
    "twins": "Pledges learned from twins",
    "networks": "Pledges learned in networks",
    "state": "Pledges learned through the state",
    "neighbours": "Pledges learned from neighbours",
    "mandate": "Pledges that mandates added",
}

_OUTCOMES = (
    Outcome("development", "Development", "index 0–1", 1, "final"),
    Outcome("service", "Service level, mean of domains", "share", 1, "final"),
    *(Outcome(f"service_{d.name}", f"Service: {d.label}", "share", 1, "final") for d in DOMAINS),
    Outcome("coverage", "Practices implemented", "share", 1, "final"),
    Outcome("coverage_pledged", "Practices pledged or implemented", "share", 1, "final"),
    *(
        Outcome(f"pledges_{name}", label, "practices per city, summed", 0, "sum", weight="cities")
        for name, label in CHANNELS.items()
    ),
    Outcome("marginalisation", "Marginalised share", "share of people", -1, "final"),
    Outcome("stress", "Stress", "loss-equivalents", -1, "mean"),
    Outcome("loss_expected", "Losses without services or aid", "share of a year's product, summed", 0, "sum"),
    Outcome("loss_prevented", "Losses prevented", "share of a year's product, summed", 0, "sum"),
    Outcome("relief_own", "Relief from own means", "share of a year's product, summed", 0, "sum"),
    Outcome("relief_insurance", "Relief from insurers", "share of a year's product, summed", 0, "sum"),
    Outcome("relief_state", "Relief from the state", "share of a year's product, summed", 0, "sum"),
    Outcome("relief_donations", "Relief from donations", "share of a year's product, summed", 0, "sum"),
    Outcome("relief_networks", "Relief from networks", "share of a year's product, summed", 0, "sum"),
    Outcome("relief_twins", "Relief from twins", "share of a year's product, summed", 0, "sum"),
    Outcome("loss", "Losses left over", "share of a year's product, summed", -1, "sum"),
    Outcome(
        "recovered", "Losses recovered from without services", "share of a year's product, summed", 0, "sum"
    ),
    Outcome(
        "recovered_services",
        "Losses recovered from faster by services",
        "share of a year's product, summed",
        0,
        "sum",
    ),
    Outcome("unrecovered", "Losses not recovered from", "share of a year's product, summed", -1, "sum"),
    Outcome("violence", "Outbreaks of urban violence", "per city, summed", -1, "sum", weight="cities"),
    Outcome(
        "conflict", "Conflict-quarters of pairs of states", "quarters, summed", -1, "sum", weight="world"
    ),
    Outcome("conflict_onsets", "Conflict onsets", "onsets, summed", -1, "sum", weight="world"),
    Outcome("conflict_hazard", "Expected conflict onsets", "onsets, summed", -1, "sum", weight="world"),
    Outcome("tension", "Mean tension of pairs of states", "index 0–1", -1, "mean", weight="world"),
    Outcome("action_capacity", "Action capacity of states", "share", 1, "mean"),
    Outcome("ties_crossborder", "Live cross-border twinnings", "per city", 0, "final", weight="cities"),
    Outcome("ties_suspended", "Suspended twinnings", "per city", 0, "mean", weight="cities"),
    Outcome(
        "ties_in_conflict",
        "Live share of ties between states in conflict",
        "share",
        0,
        "mean",
        weight="world",
    ),
    Outcome("twinnings", "Twinnings, suspended ones included", "per city", 0, "final", weight="cities"),
    Outcome("memberships", "Network memberships", "per city", 0, "final", weight="cities"),
    Outcome(
        "duplication", "Topics a city's networks share", "share of their focus", 0, "mean", weight="cities"
    ),
    Outcome("networks", "Live networks", "number", 0, "final", weight="world"),
    Outcome("engagement", "Engagement per tie", "share", 0, "mean", weight="cities"),
    Outcome("attention", "Attention spent", "membership equivalents", 0, "mean", weight="cities"),
    Outcome("autonomy", "National autonomy", "index 0–1", 1, "final"),
    Outcome("reach", "International reach", "index 0–1", 1, "final"),
    Outcome("service_gini", "Inequality of services between cities", "Gini", -1, "final", weight="world"),
    Outcome("urban_share", "Urban share of world population", "share", 0, "final", weight="world"),
    Outcome(
        *("population", "Population of the cities", "million people", 0, "final"),
        weight="total",
        unit_of_city="people",
    ),
)

#: Every outcome by its name, in the order of the columns of all tables; docs/outcomes.md is made from it.
OUTCOMES: dict[str, Outcome] = {outcome.name: outcome for outcome in _OUTCOMES}
#: Names of those that the model itself has.
MODEL_OUTCOMES: tuple[str, ...] = tuple(OUTCOMES)


def added_outcomes() -> list[Outcome]:
    """Those that the extensions of the experiment at hand add."""
    return [outcome for name, outcome in OUTCOMES.items() if name not in MODEL_OUTCOMES]


def set_added_outcomes(added: Iterable[Outcome]) -> None:
    """Have ``OUTCOMES`` hold, after the model's own, those that the extensions of an experiment add."""
    for outcome in added_outcomes():
        del OUTCOMES[outcome.name]
    OUTCOMES.update({outcome.name: outcome for outcome in added})
