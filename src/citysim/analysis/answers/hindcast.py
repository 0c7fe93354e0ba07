"""Whether the world of an earlier year, left to the model, becomes what is recorded."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from citysim.analysis.intervals import spread
from citysim.analysis.labels import arm_label
from citysim.analysis.results import RunSet
from citysim.analysis.rounding import fields_in_digits
from citysim.language import N_, gettext

if TYPE_CHECKING:
    from citysim.patterns.course import Course

TITLE = N_("The hindcast beside the record")

COLUMNS = (
    *("statistic", "unit", "pattern", "arm", "stall", "source", "record"),
    *("estimate", "lower", "upper", "n_seeds", "given", "inside"),
)
#: Are drawn or foretold: numbers by year, and halves of the course, would count what is told many times.
_APART = ("yearly", "earlier", "later")
#: Given to an arm whose networks are founded at their recorded dates.
_GIVEN = ("networks.", "earlier.networks_", "later.networks_")
#: Statistics that are named as furthest from the record.
_NAMED = 3


def table(results: RunSet) -> pd.DataFrame:
    """A row per statistic of the runs' courses, arm, stall level and source of its record.

    ``record``: the same function of the record; NaN where it has no data for it. ``estimate``, ``lower``,
    ``upper``: median and 5–95 % quantiles over replications that have a value, ``n_seeds``.
    ``given``: the arm is told it, so that it tests nothing. ``inside``: the record lies within 5–95 %.
    Raises ``ResultError`` where no statistics were recorded.
    """
    from citysim.patterns.families import described  # noqa: PLC0415  brings compiled loops, and few results need it

    runs = results.statistics()
    runs = runs[runs["draw"] == results.draw]
    names = [name for name in runs.columns if "." in name]
    record = record_values(results)
    parts = []
    for (arm, stall), own in runs.groupby(["arm", "stall"], sort=False):
        over = spread(own[names].to_numpy(float))
        of_runs = pd.DataFrame(
            {
                "statistic": names,
                "unit": [described(name).unit for name in names],
                "pattern": [described(name).pattern for name in names],
                "arm": arm,
                "stall": stall,
                "estimate": over.median,
                "lower": over.lower,
                "upper": over.upper,
                "n_seeds": over.count,
                "given": [_is_given(results, str(arm), name) for name in names],
            }
        )
        parts.append(of_runs.merge(record, on="statistic", how="left"))
    found = pd.concat(parts, ignore_index=True)
    found = found.assign(
        source=found["source"].fillna(""),
        inside=(found["lower"] <= found["record"]) & (found["record"] <= found["upper"]),
    )
    return found.loc[found["n_seeds"] > 0, list(COLUMNS)].reset_index(drop=True)


def _is_given(results: RunSet, arm: str, name: str) -> bool:
    dated = results.config.arms[arm].get("initial_networks") == "dated"
    return dated and name.startswith(_GIVEN)


def record_values(results: RunSet) -> pd.DataFrame:
    """Statistics of the record: columns statistic, source, record; several sources are several rows."""
    from citysim.patterns.adoption_targets import adoption_targets  # noqa: PLC0415  as above
    from citysim.patterns.families import RECORDED_IN, statistics_of  # noqa: PLC0415  as above

    course = recorded(results)
    ties = pd.DataFrame(
        [(name, RECORDED_IN[name.partition(".")[0]], value) for name, value in statistics_of(course).items()],
        columns=["statistic", "source", "record"],
    )
    adoption = adoption_targets(course, 0).rename(columns={"value": "record"})
    return pd.concat((ties, adoption[list(ties.columns)]), ignore_index=True)


@lru_cache(maxsize=1)
def recorded(results: RunSet) -> "Course":
    """What is recorded of the very cities and networks of the runs. Raises ``DataError`` on a broken pack."""
    from citysim.patterns.record import record_course  # noqa: PLC0415  as above
    from citysim.plan.world import build_world  # noqa: PLC0415  as above

    return record_course(build_world(results.config.world))


def cities_recorded(results: RunSet) -> pd.DataFrame:
    """Memberships and twinnings of every city in the record at its end, by geonameid, with their places."""
    course = recorded(results)
    world, held = course.world, course.memberships.at(course.last)
    return pd.DataFrame(
        {
            "memberships": np.bincount(course.memberships.first[held], minlength=world.n_cities),
            "twinnings": course.degree(course.last),
            "latitude": world.latitude,
            "longitude": world.longitude,
        },
        index=pd.Index(world.city_id, name="city"),
    )


def tested(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose statistic the record has, that the arm was not told, and that are told once."""
    apart = rows["statistic"].str.partition(".")[0].isin(_APART)
    return rows[rows["record"].notna() & ~rows["given"].astype(bool) & ~apart]


def words(rows: pd.DataFrame) -> list[str]:
    """How many statistics of the record lie within the range of the replications, and which are furthest."""
    found = tested(rows)
    sentences = []
    for arm, own in found.groupby("arm", sort=False):
        inside = own["inside"].astype(bool)
        family = own["statistic"].str.partition(".")[0]
        by = ", ".join(
            gettext(
                "{family} {inside} of {count}",
                family=name,
                inside=int(inside[family == name].sum()),
                count=int((family == name).sum()),
            )
            for name in dict.fromkeys(family)
        )
        count = int(own["n_seeds"].max())
        sentences.append(
            gettext(
                "In arm {arm}, {inside} of {tested} statistics of the record lie within 5–95 % of {count} "
                "replications ({by}).",
                arm=arm_label(str(arm)),
                inside=int(inside.sum()),
                tested=len(own),
                count=count,
                by=by,
            )
        )
        if not inside.all():
            sentences.append(gettext("Furthest from it: {statistics}.", statistics=_furthest(own[~inside])))
    return sentences or [gettext("No statistic of the runs has a record to be held against.")]


def _furthest(rows: pd.DataFrame) -> str:
    """Those furthest outside, in widths of the range; what has none comes first."""
    beyond = np.maximum(rows["lower"] - rows["record"], rows["record"] - rows["upper"])
    width = rows["upper"] - rows["lower"]
    far = pd.Series(beyond / width.where(width > 0, 1e-12), rows.index).sort_values(ascending=False)
    named = rows.loc[far.index[:_NAMED]]
    return "; ".join(
        gettext(
            "{statistic} {record} (runs {estimate}, {lower} to {upper})",
            statistic=row["statistic"],
            **fields_in_digits(row, ("record", "estimate", "lower", "upper")),
        )
        for row in named.to_dict("records")
    )
