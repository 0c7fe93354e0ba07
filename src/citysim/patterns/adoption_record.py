"""When cities adopted, as recorded: dated practices matched to a world's cities, and counts of others."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from citysim.arrays import Bools, Floats, Ints
from citysim.patterns.course import OPEN, Course, Spells
from citysim.patterns.spread import Counts
from citysim.world.adoption import load_adoption
from citysim.world.folded import folded
from citysim.world.geography import EARTH_RADIUS_KM, unit_vectors
from citysim.world.pack import load_pack
from citysim.world.world import World

#: The practices of which each adopter is known, in the order of ``Adoption.pledged.second``. The second is
#: called as the network that it is, whose own members then do not count as a city's co-members.
PRACTICES = ("parking reform", "Covenant of Mayors (EU)")
LISTS = ("parking_reform", "covenant_signatories")
#: A list covers the countries of which it names at least so many places (assumed): their other cities could
#: have adopted and had not.
COVERED = 10
#: A place is the city of the same name and country within this distance.
SAME_NAME_KM = 50.0
#: Or the one within this distance whose name begins alike: "Lexington" is "Lexington-Fayette".
NEAR_KM = 5.0
#: Rules on plastic bags that were repealed, of all: rows of policies.xlsx with a date of repeal
#: (pappanna/plasticbag, commit 5f4df82); the counts by year that are shipped do not hold it.
BAGS_REPEALED = 21


class Adoption(NamedTuple):
    """Dated practices of N cities: ``pledged`` are spells of a city in one of ``PRACTICES``."""

    pledged: Spells
    names: tuple[str, ...]
    suited: Bools  # cities that the record covers, (N, practices)


def with_adoption(course: Course) -> Course:
    """A recorded course with what is recorded of practices; one of a world that is not real has none."""
    if course.world.kind != "real":
        return course
    own = adoption(course.world, course.first, course.last)
    return replace(
        course,
        pledged=own.pledged,
        practice_name=own.names,
        suited=own.suited,
    )


def adoption(world: World, first: float, last: float) -> Adoption:
    """What is recorded of the cities of a real world until ``last``; years are counted from ``first``."""
    tables = load_adoption()
    parking = tables["parking_reform"]
    parking = parking[(parking["adopted"] < last).to_numpy()]
    joined = _signed(last)
    city, begin, end = _reformers(world, parking, last)
    member = pd.Index(world.city_id).get_indexer(pd.Index(joined["geonameid"].fillna(-1).astype(np.int64)))
    when, member = joined["joined"].to_numpy()[member >= 0], member[member >= 0]
    return Adoption(
        pledged=Spells(
            first=np.concatenate((city, member)),
            second=np.repeat(np.arange(2), (len(city), len(member))),
            begin=np.concatenate((begin, when)),
            end=np.concatenate((end, np.full(len(member), OPEN))),
            known=first,
        ),
        names=PRACTICES,
        suited=np.stack([_covered(world, _iso3(tables[name])) for name in LISTS], axis=1),
    )


def _reformers(world: World, parking: pd.DataFrame, last: float) -> tuple[Ints, Floats, Floats]:
    """City, adoption and repeal of each city's first reform of parking."""
    city = place_cities(world, parking)
    when, until = (parking[name].to_numpy() for name in ("adopted", "repealed"))
    order = np.argsort(when, kind="stable")
    order = order[city[order] >= 0]
    first = order[np.sort(np.unique(city[order], return_index=True)[1])]
    ends = np.where(np.isnan(until) | (until >= last), OPEN, until)
    return city[first], when[first], ends[first]


def recorded_counts(first: float, last: float) -> dict[str, Counts]:
    """New adopters of the four recorded practices from ``first`` to ``last``, towns of any size included."""
    tables = load_adoption()
    terms, bags = tables["participatory_budgeting_brazil"], tables["plastic_bags_us_by_year"]
    year = np.arange(int(first), int(last))
    towns = bags.set_index("year")["adopted"].reindex(year).fillna(0).to_numpy(np.float64)
    kept = (terms["to"] <= last).to_numpy()
    return {
        "parking reform": Counts.of_dates(
            tables["parking_reform"]["adopted"].dropna().to_numpy(), first, last
        ),
        "participatory budgeting": Counts(
            np.append(terms["from"][kept], terms["to"][kept].iloc[-1:]).astype(np.float64),
            terms["adopted"][kept].to_numpy(np.float64),
            float(terms["had"].iloc[0]),
        ),
        "plastic bags": Counts(np.append(year, year[-1] + 1).astype(np.float64), towns, 0.0),
        "Covenant of Mayors": Counts.of_dates(
            _first(tables["covenant_signatories"])["joined"].to_numpy(), first, last
        ),
    }


def recorded_drops() -> dict[str, tuple[float, float]]:
    """Of each recorded practice: how often it was dropped, and for how many holder-years it could have been.

    Repeals of parking reforms count even where the adoption has no date. The Covenant's
    signatories on hold count as drops at the end of its list, since they carry no date.
    """
    tables = load_adoption()
    parking, covenant = tables["parking_reform"], tables["covenant_signatories"]
    until = parking["repealed"].fillna(parking["adopted"].max())
    terms, bags = tables["participatory_budgeting_brazil"], tables["plastic_bags_us_by_year"]
    # Of a term it is known who had it before and after: the hazard is −ln(1 − share) a year.
    hazard = -np.log1p(-terms["dropped"] / terms["had"]) / (terms["to"] - terms["from"])
    held = {
        "parking reform": (until - parking["adopted"]).sum(),
        "participatory budgeting": (terms["dropped"] / hazard).sum(),
        "plastic bags": (bags["adopted"] * (bags["year"].max() - bags["year"])).sum(),
        "Covenant of Mayors": (covenant["joined"].max() - covenant["joined"]).sum(),
    }
    dropped = {
        "parking reform": parking["repealed"].notna().sum(),
        "participatory budgeting": terms["dropped"].sum(),
        "plastic bags": BAGS_REPEALED,
        "Covenant of Mayors": (covenant["status"] == "on_hold").sum(),
    }
    return {name: (float(dropped[name]), float(years)) for name, years in held.items()}


def recorded_backing(last: float) -> tuple[Floats, Floats]:
    """People of the Covenant's signatories until ``last``, and whether a coordinator backs each, (M,).

    All towns of the list, as shares by class of size need no place in the pack.
    """
    signed = _signed(last)
    return signed["population"].to_numpy(np.float64), signed["coordinated"].to_numpy(np.float64)


def place_cities(world: World, places: pd.DataFrame) -> Ints:
    """City of each place by country, name and position, −1 where the world has none, (places,)."""
    found = np.full(len(places), -1)
    code = _iso3(places)
    names = [_plain(name) for name in world.city_name]
    point = unit_vectors(places["lat"].to_numpy(), places["lon"].to_numpy())
    for iso3 in set(code) & set(world.state_iso3):
        here = np.flatnonzero(world.state == world.state_iso3.index(iso3))
        rows = np.flatnonzero(code == iso3)
        chord = 2 * np.sin(SAME_NAME_KM / EARTH_RADIUS_KM / 2)
        near = cKDTree(world.xyz[here]).query_ball_point(point[rows], chord)
        for row, cities in zip(rows, near, strict=True):
            name = _plain(places["name"].iloc[row])
            for city in sorted(here[cities], key=lambda city: float(_km(world.xyz[city], point[row]))):
                close = _km(world.xyz[city], point[row]) <= NEAR_KM
                if names[city] == name or (close and _alike(names[city], name)):
                    found[row] = city
                    break
    return found


def _km(one: Floats, other: Floats) -> float:
    return float(2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, float(np.linalg.norm(one - other)) / 2)))


def _plain(name: str) -> str:
    return " ".join("saint" if word == "st" else word for word in folded(name).split())


def _alike(one: str, other: str) -> bool:
    """Whether all words of the shorter begin the longer."""
    short, long = sorted((one.split(), other.split()), key=len)
    return long[: len(short)] == short


def _iso3(table: pd.DataFrame) -> np.ndarray:
    """Code of the country of each row, "" where the list names it otherwise than the pack."""
    by, named = ("iso2", "iso2") if "iso2" in table else ("name", "country")
    codes = load_pack()["countries"].set_index(by)["iso3"]
    return table[named].map(codes).fillna("").to_numpy(str)


def _covered(world: World, code: np.ndarray) -> Bools:
    """Cities of the countries that a list covers, (N,)."""
    named, count = np.unique(code[code != ""], return_counts=True)
    covered = np.isin(np.array(world.state_iso3), named[count >= COVERED])
    return np.asarray(covered[world.state])


def _signed(last: float) -> pd.DataFrame:
    """Those of ``_first`` who joined before ``last``."""
    joined = _first(load_adoption()["covenant_signatories"])
    return joined[(joined["joined"] < last).to_numpy()]


def _first(covenant: pd.DataFrame) -> pd.DataFrame:
    """Each signatory's first joining; those without a place of the pack stand for themselves."""
    ordered = covenant.sort_values("joined", kind="stable")
    return ordered[~ordered["geonameid"].duplicated() | ordered["geonameid"].isna()]
