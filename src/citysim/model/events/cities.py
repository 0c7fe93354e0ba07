"""Cities by how people name them: number of GeoNames, name, or name and country."""

import unicodedata
from collections import defaultdict
from difflib import get_close_matches
from functools import lru_cache

from citysim.world.world import World

#: Candidates that an error lists.
_MOST = 8


def folded(name: str) -> str:
    """A name without case, diacritics and doubled spaces."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


@lru_cache(maxsize=4)
def _places(world: World) -> tuple[dict[str, list[int]], dict[int, int]]:
    """Cities by folded name, and by number."""
    by_name = defaultdict(list)
    for city, name in enumerate(world.city_name):
        by_name[folded(name)].append(city)
    return dict(by_name), {int(number): city for city, number in enumerate(world.city_id)}


def city_of(world: World, named: str | int) -> int:
    """Index of the city. Raises ``ValueError`` where it is unknown or several have the name."""
    by_name, by_number = _places(world)
    if isinstance(named, int):
        if named not in by_number:
            raise ValueError(f"found {named}, no city of this world has that number of GeoNames")
        return by_number[named]
    found = by_name.get(folded(named), [])
    name, comma, code = named.rpartition(",")
    if not found and comma:
        code = code.strip().upper()
        if code not in world.state_iso3:
            raise ValueError(f"found '{named}', '{code}' is no code of a state of this world such as FRA")
        state = world.state_iso3.index(code)
        found = [city for city in by_name.get(folded(name), []) if world.state[city] == state]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"found '{named}', which may be {_listed(world, found)}")
    near = get_close_matches(folded(name if comma else named), by_name, n=3, cutoff=0.75)
    same = [city for match in near for city in by_name[match]]
    hint = f"did you mean {_listed(world, same)}?" if same else "the world has no city of a name like it"
    raise ValueError(f"found '{named}', {hint}")


def _listed(world: World, cities: list[int]) -> str:
    """Cities as a config can name them, so that each name is of one alone."""
    names = [f"{world.city_name[city]}, {world.state_iso3[world.state[city]]}" for city in cities]
    shown = [
        f"'{name}'" if names.count(name) == 1 else f"{world.city_id[city]} ({name})"
        for city, name in zip(cities, names, strict=True)
    ]
    return " or ".join(shown[:_MOST]) + (" or others" if len(shown) > _MOST else "")
