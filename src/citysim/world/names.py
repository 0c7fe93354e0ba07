"""Cities found by name: in any language that GeoNames knows, without regard to case and diacritics."""

import difflib
import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from citysim.arrays import Floats, Ints
from citysim.errors import DataError
from citysim.world.folded import folded
from citysim.world.pack import SHIPPED

ALTERNATIVES = SHIPPED / "alternate_names.csv.gz"
_MOST_SHOWN = 5
#: How alike a name must be to be proposed (``difflib``).
_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Unfound:
    """Why a name means no city, in words that follow "found 'Springfield', ".

    ``several``: it means more than one.
    """

    why: str
    several: bool = False


@dataclass(frozen=True)
class Places:
    """Places among which names are looked up, (n,) each; ``country``: code of three letters."""

    ids: Ints
    names: Sequence[str]
    country: Sequence[str]
    population: Floats

    def find(self, asked: Sequence[tuple[str, str | None]]) -> list[int | Unfound]:
        """Place of each name within its country (None: anywhere), or why there is none or more than one.

        A place's own name goes before names that others give it.
        """
        if not asked:
            return []
        wanted = {folded(name) for name, _ in asked}
        own: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self.names):
            if (plain := folded(name)) in wanted:
                own[plain].append(place)
        missing = frozenset(
            folded(name) for name, code in asked if not self._within(own.get(folded(name), []), code)
        )
        other: dict[str, list[int]] = defaultdict(list)
        if missing:
            position = {int(number): place for place, number in enumerate(self.ids)}
            for number, name in _alternatives(missing):
                if number in position:
                    other[name].append(position[number])
        return [self._one(name, code, own, other) for name, code in asked]

    def _within(self, places: Iterable[int], code: str | None) -> list[int]:
        return [place for place in places if code is None or self.country[place] == code]

    def _one(
        self, name: str, code: str | None, own: dict[str, list[int]], other: dict[str, list[int]]
    ) -> int | Unfound:
        plain = folded(name)
        found = self._within(own.get(plain, []), code) or self._within(other.get(plain, []), code)
        if len(found) == 1:
            return found[0]
        if found:
            return Unfound(f"which may be {self.shown(found)}; give its geonameid", several=True)
        near, elsewhere = self._alike(plain, code), [*own.get(plain, []), *other.get(plain, [])]
        hints = [f"did you mean {self.shown(near)}?"] if near else []
        if elsewhere:
            hints.append(f"in another country there is {self.shown(elsewhere)}")
        return Unfound("; ".join(hints) or "and no name is like it")

    def _alike(self, plain: str, code: str | None) -> list[int]:
        """Places with names like it, the likest first."""
        places = self._within(range(len(self.names)), code)
        names: dict[str, int] = {}
        for place in sorted(places, key=lambda place: self.population[place]):
            names[folded(self.names[place])] = place  # of equal names that of the largest
        if code is not None:
            numbers = {int(self.ids[place]): place for place in places}
            for number, name in alternatives_of(frozenset(numbers)):
                names.setdefault(name, numbers[number])
        near = difflib.get_close_matches(plain, names, n=_MOST_SHOWN, cutoff=_ALIKE)
        return list(dict.fromkeys(names[name] for name in near))

    def shown(self, places: Sequence[int]) -> str:
        """The largest of some places, each with its country and number."""
        largest = sorted(places, key=lambda place: -self.population[place])
        texts = [
            f"{self.names[place]} ({self.country[place]}, {self.population[place]:,.0f} people, "
            f"geonameid {self.ids[place]})"
            for place in largest[:_MOST_SHOWN]
        ]
        more = len(places) - len(texts)
        return " or ".join(texts) + (f" or {more} more" if more else "")


def _lines() -> Iterator[tuple[int, list[str]]]:
    """The geonameid and its other names, folded."""
    try:
        text = gzip.decompress(ALTERNATIVES.read_bytes()).decode()
        for line in text.splitlines()[1:]:
            number, _, names = line.partition(",")
            yield int(number), names.split("|")
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{ALTERNATIVES.name}: cannot be read ({error})") from None


@lru_cache(maxsize=8)
def _alternatives(wanted: frozenset[str]) -> tuple[tuple[int, str], ...]:
    """The geonameid and name wherever one of the wanted names is another name of a place."""
    return tuple(
        (number, name)
        for number, names in _lines()
        if not wanted.isdisjoint(names)
        for name in names
        if name in wanted
    )


@lru_cache(maxsize=8)
def alternatives_of(numbers: frozenset[int]) -> tuple[tuple[int, str], ...]:
    """The geonameid and name for all other names of some places."""
    return tuple((number, name) for number, names in _lines() if number in numbers for name in names)


#: Languages in which countries may be named, beside the data's English: the largest of the web, by CLDR.
LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "pt",
    "it",
    "nl",
    "pl",
    "cs",
    "sv",
    "ru",
    "uk",
    "tr",
    "ar",
    "zh",
    "ja",
    "ko",
)


class Countries:
    """Countries by what they may be called: codes of two and three letters, names in many languages."""

    def __init__(self, table: Iterable[tuple[str, str, str]]) -> None:
        """``table``: code of three letters, of two, and name of each."""
        self._by_code: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for three, two, name in table:
            self._by_code |= {folded(two): three, folded(three): three}
            self._by_name[folded(name)] = three

    def code(self, name: str) -> str | None:
        """Code of three letters; None where the name is none of a country's."""
        plain = folded(name)
        found = self._by_code.get(plain) or self._by_name.get(plain)
        return found or self._by_code.get(_territories().get(plain, ""))


@cache
def _territories() -> dict[str, str]:
    """Code of two letters, folded, by the names that the Unicode CLDR gives a territory."""
    from babel import Locale  # noqa: PLC0415  takes a tenth of a second, and most names need none

    names: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(folded(name), folded(code))
    return names
