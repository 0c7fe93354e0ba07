"""Networks and memberships of one's own, laid over the pack's."""

import difflib
from typing import Any

import numpy as np
import pandas as pd

from citysim.world.domains import DOMAINS
from citysim.world.folded import folded
from citysim.world.networks import memberships
from citysim.world.own.laying import ENDED, Laying, count
from citysim.world.own.read import Row
from citysim.world.sizes import START_YEAR

#: Traits that are not weights.
_TRAITS = ("scope", "region", "catchment", "by_invitation", "min_population", "reported_members")


def lay_networks(lay: Laying) -> None:
    """Add networks and change traits of the pack's."""
    rows = lay.own["networks"]
    if not rows:
        return
    lay.once("networks", rows, lambda row: folded(row["network"]), "network")
    traits = lay.frames["network_traits.csv"].copy()
    shown = {folded(name): name for name in traits["shown_as"]}
    made: list[dict[str, Any]] = []
    for row in rows:
        known = traits[traits["shown_as"] == shown.get(folded(row["network"]))]
        known = known.sort_values("keep", ascending=False, kind="stable")  # of merged ones the first kept
        before = {str(name): value for name, value in known.iloc[0].items()} if len(known) else None
        made.append(_traits(lay, row, before))
    names = [row["shown_as"] for row in made]
    if "networks" in lay.replace:
        traits.loc[~traits["shown_as"].isin(names), "keep"] = "no"
    others = traits[~traits["network"].isin([row["network"] for row in made])]
    # of networks that are merged under one name the first says what it is
    lay.frames["network_traits.csv"] = pd.concat((pd.DataFrame(made), others), ignore_index=True)[
        traits.columns
    ]
    lay.result.networks = tuple(names)
    new = [name for name in names if folded(name) not in shown]
    lay.tell("networks", f"{count(len(new), 'network')} new, {len(names) - len(new)} of the pack")


def _traits(lay: Laying, row: Row, before: dict[str, Any] | None) -> dict[str, Any]:
    """Traits of a network: those given, else as the pack has them, else open to all and of no one topic."""
    file = lay.own.file("networks")
    base: dict[str, Any] = before or {
        "network": row["network"], "shown_as": row["network"], "keep": "yes",
        **{domain.name: 1.0 / len(DOMAINS) for domain in DOMAINS},
        "scope": "global", "region": "", "catchment": "", "by_invitation": "no", "min_population": 0,
        "reported_members": np.nan, "reason": "own table",
    }  # fmt: skip
    given = {name: row[name] for name in _TRAITS if row[name] is not None}
    weights = np.array([row[domain.name] or 0.0 for domain in DOMAINS])
    if any(row[domain.name] is not None for domain in DOMAINS):
        if weights.sum() <= 0.0:
            lay.report.at(
                file, row, f"{DOMAINS[0].name} … {DOMAINS[-1].name}", "found no weight above 0, must hold one"
            )
            weights = np.ones(len(DOMAINS))
        given |= dict(zip([d.name for d in DOMAINS], weights / weights.sum(), strict=True))
    made = base | given | {"keep": "yes"}
    if given.get("scope") == "global":
        made["region"] = given.get("region", "")
    if (made["scope"] == "regional") != bool(made["region"]):
        what = (
            "filled in for a regional network"
            if made["scope"] == "regional"
            else "empty unless scope is regional"
        )
        lay.report.cell(file, row, "region", what)
    return made


def lay_memberships(lay: Laying) -> None:
    """Add and end memberships; the members named are in the world, and so are their networks."""
    rows, table = lay.own["memberships"], lay.frames["memberships.csv"]
    if "memberships" in lay.replace:
        table = lay.frames["memberships.csv"] = table.iloc[:0]
    numbers = lay.found("memberships", rows, lay.places(), "geonameid", "city", "iso3")
    traits = lay.frames["network_traits.csv"]
    shown = dict(zip(traits["network"], traits["shown_as"], strict=True))
    kept = traits[traits["keep"] == "yes"].drop_duplicates("shown_as")
    listed = dict(zip(kept["shown_as"], kept["network"], strict=True))
    names = {folded(name): shown_as for name, shown_as in shown.items()}
    names |= {folded(shown_as): shown_as for shown_as in shown.values()}
    found = [_network_of(lay, row, names, listed) for row in rows]
    pairs = [
        (row, (network, number) if network and number is not None else None)
        for row, network, number in zip(rows, found, numbers, strict=True)
    ]
    before = memberships(lay.result.pack)
    parted = lay.part(
        "memberships", pairs, set(zip(before["network"], before["geonameid"], strict=True)), "city"
    )
    if parted.ended:
        members = zip(table["network"].map(shown), table["geonameid"], strict=True)
        table = table[[pair not in parted.ended for pair in members]]
    added = [
        {
            "network": listed[network],
            "city": row["city"] or "",
            "geonameid": float(number),
            "as_of_year": START_YEAR,
            "source": "own",
            "confidence": "high",
        }
        for row, (network, number) in parted.added
    ]
    if added:
        more = pd.DataFrame(added).reindex(columns=table.columns)
        table = pd.concat((table, more), ignore_index=True)
    lay.frames["memberships.csv"] = table
    named = [pair for row, pair in pairs if pair and row["status"] not in ENDED]
    lay.result.always = np.union1d(lay.result.always, np.array([number for _, number in named], np.int64))
    lay.result.networks = tuple(dict.fromkeys((*lay.result.networks, *(network for network, _ in named))))
    if rows:
        changes = f"{len(parted.known)} that the pack has, {len(parted.ended)} ended"
        lay.tell("memberships", f"{count(len(added), 'membership')} added, {changes}")


def _network_of(lay: Laying, row: Row, names: dict[str, str], listed: dict[str, str]) -> str | None:
    """The network that a row names, as it is shown; None where it is none, and that is a fault."""
    network = names.get(folded(row["network"]))
    if network in listed:
        return network
    if network is None:
        near = difflib.get_close_matches(folded(row["network"]), names, n=1)
        hint = f"did you mean '{names[near[0]]}'?" if near else "a new one goes into networks.csv"
        why = f"which is no network of the pack or of networks.csv; {hint}"
    else:
        why = "which is left out of this world; a row in networks.csv brings it in"
    lay.report.at(lay.own.file("memberships"), row, "network", f"found {row['network']!r}, {why}")
    return None
