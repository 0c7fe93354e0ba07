"""What stands below a figure: how many replications, and of which world."""

import re

from citysim.analysis.results import RunSet
from citysim.language import gettext, ngettext, numeral
from citysim.store.manifest import any_manifest


def footer_of(results: RunSet) -> str:
    """Replications of the draw that is shown, the world, and what made both."""
    of_draw = results.runs[results.runs["draw"] == results.draw]
    count = len(of_draw[["draw", "seed"]].drop_duplicates())
    replications = ngettext("{count} replication", "{count} replications", count)
    world = any_manifest(results.path).get("world", {})
    parts = [replications, _world(str(world.get("title", "")), str(world.get("kind", ""))), "citysim"]
    return " · ".join(part for part in parts if part)


def _world(title: str, kind: str) -> str:
    """A world in short, or its title where that does not say it so."""
    found = re.match(r"([\d,]+) cities in ([\d,]+) states", title)
    if found is None:
        return title
    cities, states = map(numeral, found.groups())
    if kind == "synthetic":
        return gettext("{cities} made-up cities in {states} states", cities=cities, states=states)
    return gettext("{cities} cities in {states} states", cities=cities, states=states)
