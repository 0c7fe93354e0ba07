"""Cities by how people name them: number of GeoNames, name in any language, or name and country."""

from collections import defaultdict
from difflib import get_close_matches
from functools import lru_cache

from citysim.world.folded import folded
from citysim.world.names import alternatives_of
from citysim.world.world import World

#: Candidates that an error lists.
_MOST = 8
#: How alike a name must be to be proposed (``difflib``).
_ALIKE = 0.75

type _ByName = dict[str, list[int]]


@lru_cache(maxsize=4)
def _places(world: World) -> tuple[_ByName, dict[int, int]]:
    """Cities by folded name, and by number."""
    by_name = defaultdict(list)
    for city, name in enumerate(world.city_name):
        by_name[folded(name)].append(city)
    return dict(by_name), {int(number): city for city, number in enumerate(world.city_id)}


@lru_cache(maxsize=4)
def _other_names(world: World) -> _ByName:
    """Cities by the folded names that others give them; read only where a name is no city's own."""
    if world.kind != "real":  # its numbers are not of GeoNames
        return {}
    _, by_number = _places(world)
    found = defaultdict(list)
    for number, name in alternatives_of(frozenset(by_number)):
        found[name].append(by_number[number])
    return dict(found)


def city_of(world: World, named: str | int) -> int:
    """Index of the city. Raises ``ValueError`` where it is unknown or several have the name.

    A city's own name goes before names that others give it, as Köln is Cologne.
    """
    by_name, by_number = _places(world)
    if isinstance(named, int):
        if named not in by_number:
            raise ValueError(f"found {named}, no city of this world has that number of GeoNames")
        return by_number[named]
    name, comma, code = named.rpartition(",")
    state = _state(world, code) if comma else None
    whole = folded(named)
    found = (
        by_name.get(whole)
        or ([] if state is None else _within(world, folded(name), state))
        or _other_names(world).get(whole, [])
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"found '{named}', which may be {_listed(world, found)}")
    if comma and state is None:
        raise ValueError(
            f"found '{named}', '{code.strip().upper()}' is no code of a state of this world such as FRA"
        )
    same = _alike(world, folded(name) if comma else whole, state)
    hint = f"did you mean {_listed(world, same)}?" if same else "the world has no city of a name like it"
    raise ValueError(f"found '{named}', {hint}")


def _state(world: World, code: str) -> int | None:
    code = code.strip().upper()
    return world.state_iso3.index(code) if code in world.state_iso3 else None


def _within(world: World, plain: str, state: int) -> list[int]:
    """Cities of a state by folded name."""
    own = [city for city in _places(world)[0].get(plain, []) if world.state[city] == state]
    return own or [city for city in _other_names(world).get(plain, []) if world.state[city] == state]


def _alike(world: World, plain: str, state: int | None) -> list[int]:
    """Cities with names like it, the likest first; those of a state, if there are any."""
    own, others = _places(world)[0], _other_names(world)
    called = {name: own.get(name) or others[name] for name in {*own, *others}}
    if state is not None:
        here = {
            name: within
            for name, cities in called.items()
            if (within := [city for city in cities if world.state[city] == state])
        }
        if found := _nearest(plain, here):
            return found
    return _nearest(plain, called)


def _nearest(plain: str, called: _ByName) -> list[int]:
    near = get_close_matches(plain, sorted(called), n=3, cutoff=_ALIKE)
    return list(dict.fromkeys(city for name in near for city in called[name]))


def _listed(world: World, cities: list[int]) -> str:
    """Cities as a config can name them, so that each name is of one alone."""
    names = [f"{world.city_name[city]}, {world.state_iso3[world.state[city]]}" for city in cities]
    shown = [
        f"'{name}'" if names.count(name) == 1 else f"{world.city_id[city]} ({name})"
        for city, name in zip(cities, names, strict=True)
    ]
    return " or ".join(shown[:_MOST]) + (" or others" if len(shown) > _MOST else "")
