"""What ``city`` does: cards of cities, printed, as JSON and as figures."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from citysim.analysis.cities import CAUTION, LEFT_OUT, Card, city_cards
from citysim.analysis.labels import arm_label
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.cli.actions.report import claimed
from citysim.cli.display import cell, console, print_paths, print_table
from citysim.errors import ConfigError
from citysim.language import speaking
from citysim.plan.report import level_text

_FORMATS = ("text", "json")


def city(
    folder: Path,
    names: Sequence[str],
    stall: float | None,
    format_: str,
    out: Path | None,
    language: str | None = None,
) -> None:
    """Print a card per city, and draw it unless ``format_`` is "json"."""
    if format_ not in _FORMATS:
        raise ConfigError(f"--format: found '{format_}', allowed: {', '.join(_FORMATS)}")
    asked = [int(name) if name.isdecimal() else name for name in names]
    if format_ == "json":
        cards = city_cards(read_results(folder), asked, stall)
        json.dump([_plain(card) for card in cards], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    target = claimed(folder, out)
    results = read_results(folder, target, language)
    cards = city_cards(results, asked, stall)
    for card in cards:
        _print(card)
    console().print(f"Caution: {CAUTION} {LEFT_OUT}", soft_wrap=True)
    print_paths("written:", _draw(results, cards))


def _draw(results: RunSet, cards: Sequence[Card]) -> list[Path]:
    """Draw the cards; only those at the level that all figures show belong into the report."""
    from citysim.figures.city_card import card_figure, card_name  # noqa: PLC0415  draws
    from citysim.figures.drawing import add_cards, save  # noqa: PLC0415
    from citysim.figures.rows import shown_arms  # noqa: PLC0415

    arms = shown_arms(results)
    with speaking(results.language):
        if cards[0].stall == shown_stall(results):
            return add_cards(results, [card_figure(card, arms) for card in cards])
        paths = []
        for card in cards:
            name = f"{card_name(card)}_stall_{level_text(card.stall)}"
            paths += save(card_figure(card, arms)[0], results.out, name)
        return paths


def _print(card: Card) -> None:
    town, out = card.city, console()
    people = f"{town.population:,.0f} people in {town.start_year}"
    out.print(f"\n{town.name}, {town.state} ({town.country})", style="bold")
    out.print(f"{people}, {town.region}, geonameid {town.city}", soft_wrap=True)
    out.print(f"Networks ({len(town.networks)}): {', '.join(town.networks) or 'none'}", soft_wrap=True)
    twins = "; ".join(f"{state}: {', '.join(names)}" for state, names in town.twins_by_state().items())
    out.print(f"Twins ({len(town.twins)}): {twins or 'none'}", soft_wrap=True)
    out.print(f"Peers ({len(town.peers):,}, itself included): {town.peer_group}", soft_wrap=True)
    if card.swept:
        at = ", ".join(f"{name} = {value}" for name, value in card.swept.items())
        out.print(f"At {at}, the first of the swept values", soft_wrap=True)
    reference = arm_label(str(card.effects["versus"].iloc[0]))
    title = f"Difference to {reference} at the end of {card.year}, {states_stalled(card.stall)}"
    print_table(_effects(card), title, right=("90 % interval", "rank", "90 % of ranks"))
    if len(card.services):
        shares = card.services.map(lambda share: f"{share:.2f}").reset_index()
        title = f"Services at the end of {card.year}: share of people served, median"
        print_table(shares, title, right=list(card.services.columns))


def _effects(card: Card) -> pd.DataFrame:
    versus = str(card.effects["versus"].iloc[0])
    rows = card.effects.sort_values(
        ["outcome", "arm"], key=lambda names: names.map({name: i for i, name in enumerate(names.unique())})
    )
    better = {1: "more", -1: "less"}
    return pd.DataFrame(
        {
            "outcome": rows["label"],
            "unit": rows["unit"],
            "better": rows["better"].map(better),
            "arm": rows["arm"],
            f"in {versus}": rows["without"].map(_short),
            "difference": rows["estimate"].map(_short),
            "90 % interval": rows["lower"].map(_short) + " … " + rows["upper"].map(_short),
            "replications": rows["n_seeds"],
            "rank": rows["rank"].map(_whole) + f" of {len(card.city.peers):,}",
            "90 % of ranks": rows["rank_lower"].map(_whole) + " … " + rows["rank_upper"].map(_whole),
        }
    )


def _short(value: float) -> str:
    """A number to three digits; 0 has no sign."""
    return cell(float(f"{value:.3g}") + 0.0)


def _whole(rank: float) -> str:
    return cell(rank if pd.isna(rank) else round(rank))


def _plain(card: Card) -> dict[str, Any]:
    """A card as JSON has it: null where a number is not known."""
    town = card.city
    effects = card.effects.astype(object).where(card.effects.notna(), None)
    names = ("city", "name", "country", "state", "region", "population", "latitude", "longitude", "networks")
    return {
        **{name: getattr(town, name) for name in names},
        "twins": town.twins_by_state(),
        "peers": {"group": town.peer_group, "number": len(town.peers)},
        "stall": card.stall,
        "year": card.year,
        "swept": {name: str(value) for name, value in card.swept.items()},
        "effects": effects.to_dict("records"),
        "services": {arm: {d: float(v) for d, v in of.items()} for arm, of in card.services.items()},
        "caution": CAUTION,
    }
