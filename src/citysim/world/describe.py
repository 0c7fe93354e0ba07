"""A world and its data as plain tables, for the command line and the docs."""

from typing import Any

import numpy as np
import pandas as pd

from citysim.world.domains import DOMAINS
from citysim.world.fields import SCOPES
from citysim.world.networks import NAMED
from citysim.world.pack import DataPack, load_pack
from citysim.world.regions import REGIONS
from citysim.world.world import World

#: Weight from which a domain counts as a network's focus.
MAIN_DOMAIN = 0.3


def world_summary(world: World) -> pd.DataFrame:
    """What a world holds: columns quantity, value, note."""
    degree = np.bincount(np.concatenate((world.twin_a, world.twin_b)), minlength=world.n_cities)
    member = np.bincount(world.membership_city, minlength=world.n_cities)
    pairs = world.n_states * (world.n_states - 1) // 2
    years = f"{world.start_year} and {world.start_year + world.urban_growth.shape[1]}"
    rows: list[tuple[str, str, str]] = [
        ("world", world.kind, world.title),
        ("cities", f"{world.n_cities:,}", f"in {world.n_states} states"),
        ("population of the cities", f"{world.population.sum() / 1e9:.2f} bn", _population_note(world)),
        ("urban population of the states", _two(world.urban_population, 1e9, " bn"), f"start of {years}"),
        ("urban share", _urban_share(world), f"of the states' people, start of {years}"),
        ("regions", _by_region(world), "cities by UN region, the Americas split"),
        ("Global North", f"{world.north.mean():.0%} of cities", "the UN's developed regions"),
        ("networks", f"{world.n_networks}", f"{int(world.network_by_invitation.sum())} by invitation"),
        ("memberships", f"{len(world.membership_city):,}", _ties_note(member)),
        ("twinnings", f"{len(world.twin_a):,}", _ties_note(degree)),
        ("cross-border twinnings", f"{_crossborder(world):.0%}", "share of twinnings"),
        ("tension", f"{_mean_pair(world.tension):.2f}", f"mean of {pairs:,} pairs of states"),
        (
            "contiguous pairs of states",
            f"{int(world.contiguous.sum()) // 2}",
            "by land or at most 12 miles of water",
        ),
        (
            "pairs with a past conflict",
            f"{int(world.past_conflict.sum()) // 2}",
            "disputes or wars since 1946",
        ),
        ("conflicts at the start", f"{int(world.conflict.sum()) // 2}", _conflict_note(world)),
        ("powers", f"{int(world.state_is_power.sum())}", _powers_note(world)),
        ("imputed values", f"{sum(i.filled for i in world.imputations):,}", "see the table of imputations"),
        ("digest", world.digest[:16], "equal digests, equal runs"),
    ]
    return pd.DataFrame(rows, columns=["quantity", "value", "note"])


def _population_note(world: World) -> str:
    low, middle, high = np.quantile(world.population, (0.0, 0.5, 1.0))
    return f"smallest {low:,.0f}, median {middle:,.0f}, largest {high:,.0f}"


def _two(paths: np.ndarray, unit: float, suffix: str) -> str:
    total = paths.sum(axis=0) / unit
    return f"{total[0]:.2f} → {total[-1]:.2f}{suffix}"


def _urban_share(world: World) -> str:
    share = world.urban_population.sum(axis=0) / world.total_population.sum(axis=0)
    return f"{share[0]:.1%} → {share[-1]:.1%}"


def _by_region(world: World) -> str:
    count = np.bincount(world.region, minlength=len(REGIONS))
    return ", ".join(f"{name} {number:,}" for name, number in zip(REGIONS, count, strict=True) if number)


def _ties_note(per_city: np.ndarray) -> str:
    none = np.mean(per_city == 0)
    return f"{per_city.mean():.2f} per city, most {per_city.max()}, none in {none:.0%} of cities"


def _crossborder(world: World) -> float:
    if not len(world.twin_a):
        return 0.0
    return float(np.mean(world.state[world.twin_a] != world.state[world.twin_b]))


def _mean_pair(matrix: np.ndarray) -> float:
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    return float(pairs.mean()) if len(pairs) else 0.0


def _conflict_note(world: World) -> str:
    a, b = np.nonzero(np.triu(world.conflict))
    return (
        ", ".join(f"{world.state_iso3[i]}–{world.state_iso3[j]}" for i, j in zip(a, b, strict=True)) or "none"
    )


def _powers_note(world: World) -> str:
    return ", ".join(world.state_iso3[i] for i in np.flatnonzero(world.state_is_power))


def network_table(world: World) -> pd.DataFrame:
    """One row per network of a world, in its order.

    Columns: network, focus (the domain of most weight, with the weight), scope, entry, members (in this
    world), known (members that the data name anywhere), reported (members the network reports, missing
    where unknown), partial (known are fewer than half of the reported).
    """
    members = np.bincount(world.membership_network, minlength=world.n_networks)
    rows: list[dict[str, Any]] = []
    for index, name in enumerate(world.network_name):
        reported, known = world.network_reported_size[index], int(world.network_known_members[index])
        rows.append(
            {
                "network": name,
                "focus": _focus(world.network_focus[index]),
                "scope": _scope(world, index),
                "entry": "by invitation" if world.network_by_invitation[index] else "open",
                "members": int(members[index]),
                "known": known,
                "reported": pd.NA if np.isnan(reported) else int(reported),
                "partial": bool(known < reported / 2),
            }
        )
    columns = ["network", "focus", "scope", "entry", "members", "known", "reported", "partial"]
    return pd.DataFrame(rows, columns=columns).astype({"reported": "Int64"})


def _focus(weights: np.ndarray) -> str:
    if np.ptp(weights) < 0.05:
        return "all domains"
    best = int(weights.argmax())
    main = f"{DOMAINS[best].label} ({weights[best]:.0%})"
    return main if weights[best] >= MAIN_DOMAIN else f"several, most of all {main}"


def _scope(world: World, index: int) -> str:
    scope = SCOPES[world.network_scope[index]]
    if scope == "regional":
        return f"regional: {REGIONS[world.network_region[index]]}"
    if scope == "national":
        return f"national: {world.state_name[world.network_state[index]]}"
    return scope


def imputation_table(world: World) -> pd.DataFrame:
    """What was filled in: columns field, filled, total, share, rule."""
    rows = [
        (i.field, i.filled, i.total, i.filled / i.total if i.total else 0.0, i.rule)
        for i in world.imputations
    ]
    return pd.DataFrame(rows, columns=["field", "filled", "total", "share", "rule"])


def sources_table(pack: DataPack | None = None) -> pd.DataFrame:
    """Files of the data pack: columns file, content, origin, licence, data_year, notes."""
    table = (pack or load_pack())["sources"]
    return table[["file", "content", "origin", "licence", "data_year", "notes"]].copy()


def partial_lists(world: World) -> pd.DataFrame:
    """Networks of the dialogue's question and all of known partial membership: how many of how many."""
    table = network_table(world)
    return table[table["network"].isin(NAMED) | table["partial"]][["network", "known", "reported", "partial"]]


def left_out(pack: DataPack | None = None) -> pd.DataFrame:
    """What the data pack holds and no world uses: columns what, rows, reason."""
    pack = pack or load_pack()
    table, traits = pack["memberships"], pack["network_traits"]
    rows: list[tuple[str, int, str]] = []
    former = table["confidence"] == "former"
    rows.append(("memberships of former members", int(former.sum()), "left the network"))
    nowhere = table["geonameid"].isna()
    rows.append(("memberships without a place", int(nowhere.sum()), "no geonameid in the pack"))
    for network, reason in traits.loc[traits["keep"] == "no", ["network", "reason"]].itertuples(index=False):
        count = int(((table["network"] == network) & ~former & ~nowhere).sum())
        rows.append((f"memberships of {network}", count, str(reason).removeprefix("left out: ")))
    usable = table[~former & ~nowhere & ~table["network"].isin(traits.loc[traits["keep"] == "no", "network"])]
    shown = usable["network"].map(dict(zip(traits["network"], traits["shown_as"], strict=True)))
    pairs = pd.DataFrame({"network": shown, "geonameid": usable["geonameid"]})
    reason = "same city and network in another year, source or merged network"
    rows.append(("repeated memberships", int(pairs.duplicated().sum()), reason))
    empty = pack["cities_all"]["population"] == 0
    rows.append(
        ("places without a population", int(empty.sum()), "unless in one of the seven named networks")
    )
    return pd.DataFrame(rows, columns=["what", "rows", "reason"])
