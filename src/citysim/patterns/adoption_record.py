"""When cities of a world adopted, as recorded: dated practices matched to its cities, and counts of others."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from citysim.arrays import Bools, Floats, Ints
from citysim.patterns.course import OPEN, Spells
from citysim.patterns.spread import Counts
from citysim.world.adoption import load_adoption
from citysim.world.folded import folded
from citysim.world.geography import EARTH_RADIUS_KM, unit_vectors
from citysim.world.pack import load_pack
from citysim.world.world import World

#: The practices of which each adopter is known, in the order of ``Adoption.pledged.second``. The second is
#: called as the network that it is, whose own members then do not count as a city's co-members.
PRACTICES = ("parking reform", "Covenant of Mayors (EU)")
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
#: What is recorded of plastic bags ends in the course of this year, what of the Covenant at its start.
RECORD_ENDS = 2024.0


class Adoption(NamedTuple):
    """Dated practices of N cities: ``pledged`` are spells of a city in one of ``PRACTICES``."""

    pledged: Spells
    names: tuple[str, ...]
    suited: Bools  # cities that the record covers, (N, practices)
    adoptions: Floats  # of the Covenant, in which alone it is known who was backed, (N,)
    pushed: Floats  # those with a coordinator behind them, (N,)


def adoption(world: World, last: float = RECORD_ENDS) -> Adoption:
    """What is recorded of the world's cities until ``last``: nothing in a world that is not real."""
    tables, real = load_adoption(), world.kind == "real"
    parking, covenant = tables["parking_reform"], tables["covenant_signatories"]
    if not real:
        parking, covenant = parking.iloc[:0], covenant.iloc[:0]
    known = parking["adopted"].notna().to_numpy() & (parking["adopted"] < last).to_numpy()
    parking = parking[known]
    joined = _first(covenant[(covenant["joined"] < last).to_numpy()])
    reformer, member = place_cities(world, parking), _by_number(world, joined)
    ends = parking["repealed"].to_numpy()
    ends = np.where(np.isnan(ends) | (ends >= last), OPEN, ends)
    first = _once(reformer, parking["adopted"].to_numpy())
    city = np.concatenate((reformer[first], member[member >= 0]))
    backed = np.zeros(world.n_cities)
    backed[member[member >= 0]] = joined["coordinated"].to_numpy()[member >= 0]
    return Adoption(
        pledged=Spells(
            first=city,
            second=np.repeat(np.arange(2), (len(first), int((member >= 0).sum()))),
            begin=np.concatenate((parking["adopted"].to_numpy()[first], joined["joined"][member >= 0])),
            end=np.concatenate((ends[first], np.full(int((member >= 0).sum()), OPEN))),
            known=0.0,
        ),
        names=PRACTICES,
        suited=np.stack([_covered(world, _iso3(tables[name], real)) for name in _LISTS], axis=1),
        adoptions=np.bincount(member[member >= 0], minlength=world.n_cities).astype(np.float64),
        pushed=backed,
    )


_LISTS = ("parking_reform", "covenant_signatories")


def recorded_counts(last: float = RECORD_ENDS) -> dict[str, Counts]:
    """New adopters by year of the four recorded practices, towns of any size included."""
    tables = load_adoption()
    terms, bags = tables["participatory_budgeting_brazil"], tables["plastic_bags_us_by_year"]
    year = np.arange(int(bags["year"].min()), int(np.ceil(last)))
    towns = bags.set_index("year")["adopted"].reindex(year).fillna(0).to_numpy(np.float64)
    kept = (terms["to"] <= last).to_numpy()
    return {
        "parking reform": Counts.of_dates(tables["parking_reform"]["adopted"].dropna().to_numpy(), last),
        "participatory budgeting": Counts(
            np.append(terms["from"][kept], terms["to"][kept].iloc[-1:]).astype(np.float64),
            terms["adopted"][kept].to_numpy(np.float64),
            float(terms["had"].iloc[0]),
        ),
        "plastic bags": Counts(np.append(year, year[-1] + 1).astype(np.float64), towns, 0.0),
        "Covenant of Mayors": Counts.of_dates(
            _first(tables["covenant_signatories"])["joined"].to_numpy(), last
        ),
    }


def recorded_drops(last: float = RECORD_ENDS) -> dict[str, tuple[float, float]]:
    """Of each recorded practice: how often it was dropped, and for how many holder-years it could have been.

    The Covenant's signatories on hold count as drops at the end, since they carry no date.
    """
    tables = load_adoption()
    parking, covenant = tables["parking_reform"].dropna(subset="adopted"), tables["covenant_signatories"]
    gone = parking["repealed"] < last
    held = parking["repealed"].where(gone, last) - parking["adopted"]
    terms = tables["participatory_budgeting_brazil"]
    # A term holds only who had it before and after: the hazard is −ln(1 − share) per year.
    hazard = -np.log1p(-terms["dropped"] / terms["had"]) / (terms["to"] - terms["from"])
    bags = tables["plastic_bags_us_by_year"]
    return {
        "parking reform": (float(gone.sum()), float(held[held > 0].sum())),
        "participatory budgeting": (
            float(terms["dropped"].sum()),
            float((terms["dropped"] / hazard).sum()),
        ),
        "plastic bags": (
            float(BAGS_REPEALED),
            float((bags["adopted"] * (last - bags["year"] - 0.5).clip(lower=0)).sum()),
        ),
        "Covenant of Mayors": (
            float((covenant["status"] == "on_hold").sum()),
            float((last - covenant["joined"]).clip(lower=0).sum()),
        ),
    }


def place_cities(world: World, places: pd.DataFrame) -> Ints:
    """City of each place by country, name and position, −1 where the world has none, (places,)."""
    found = np.full(len(places), -1)
    code = _iso3(places, real=True)
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


def _iso3(table: pd.DataFrame, real: bool) -> np.ndarray:
    """Code of the country of each row, "" where the list names it otherwise than the pack."""
    if not real:
        return np.empty(0, dtype=str)
    by = "iso2" if "iso2" in table else "name"
    codes = load_pack()["countries"].set_index(by)["iso3"]
    named = table["iso2" if by == "iso2" else "country"].map(codes)
    return named.fillna("").to_numpy(str)


def _covered(world: World, code: np.ndarray) -> Bools:
    """Cities of the countries that a list covers, (N,)."""
    named, count = np.unique(code[code != ""], return_counts=True)
    covered = np.isin(np.array(world.state_iso3), named[count >= COVERED])
    return np.asarray(covered[world.state])


def _first(covenant: pd.DataFrame) -> pd.DataFrame:
    """Each signatory's first joining; those without a place of the pack stand for themselves."""
    ordered = covenant.sort_values("joined", kind="stable")
    return ordered[~ordered["geonameid"].duplicated() | ordered["geonameid"].isna()]


def _by_number(world: World, joined: pd.DataFrame) -> Ints:
    """City of each signatory by its number, −1 where the world has none."""
    number = joined["geonameid"].fillna(-1).to_numpy().astype(np.int64)
    return pd.Index(world.city_id).get_indexer(pd.Index(number))


def _once(city: Ints, when: Floats) -> Ints:
    """Rows of the first adoption by each city that the world has."""
    order = np.argsort(when, kind="stable")
    order = order[city[order] >= 0]
    _, first = np.unique(city[order], return_index=True)
    return np.asarray(order[np.sort(first)])
