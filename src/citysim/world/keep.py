"""What a real world keeps of the cities, networks and ties that it could have."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citysim.arrays import Bools, Ints
from citysim.errors import ConfigError
from citysim.world.countries import Countries
from citysim.world.folded import folded
from citysim.world.regions import REGIONS


@dataclass(frozen=True)
class Keep:
    """Cities in any of the regions and of the countries, of at least so many people; the networks named.

    Empty means all. ``countries``: codes of three letters. Without ``ties`` the world starts with neither
    memberships nor twinnings.
    """

    regions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    min_population: int = 0
    ties: bool = True

    def cities(self, chosen: pd.DataFrame, countries: Countries, always: Ints) -> pd.DataFrame:
        """Those of the chosen cities that stay; ``always``: geonameids of those that do in any case.

        Raises ``ConfigError`` where a country or region is none of the data's, or no city is left.
        """
        self._check("regions", self.regions, REGIONS)
        self._check("countries", self.countries, map(str, countries.iso3))
        country = countries.rows(chosen["iso3"])
        stays: Bools = chosen["population"].to_numpy() >= self.min_population
        if self.regions:
            wanted = [REGIONS.index(region) for region in self.regions]
            stays &= np.isin(countries.region[country], wanted)
        if self.countries:
            stays &= chosen["iso3"].isin(self.countries).to_numpy(bool)
        stays |= chosen["geonameid"].isin(always.tolist()).to_numpy(bool)
        if not stays.any():
            raise ConfigError("world: no city is left; regions, countries and min_population go together")
        return chosen[stays].reset_index(drop=True)

    def network_names(self, known: Iterable[str]) -> list[str]:
        """Those of the known networks that stay. Raises ``ConfigError`` on a name that is none of them."""
        names = list(known)
        self._check("networks", self.networks, names)
        return [name for name in names if not self.networks or name in self.networks]

    @staticmethod
    def _check(field: str, found: Iterable[str], known: Iterable[str]) -> None:
        names = {folded(name): name for name in known}
        for name in found:
            if name not in names.values():
                near = difflib.get_close_matches(folded(name), names, n=1)
                hint = f"did you mean '{names[near[0]]}'?" if near else "it is none of the data's"
                raise ConfigError(f"world.{field}: found {name!r}, {hint}")


ALL = Keep()
