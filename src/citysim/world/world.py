"""The world a run starts from: its fields, what follows from them, and how it is built."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.world.cache import kept_or_built
from citysim.world.digest import digest_of_fields
from citysim.world.fields import WorldFields
from citysim.world.geography import unit_vectors
from citysim.world.patches import Patches, patches_of
from citysim.world.regions import REGIONS
from citysim.world.sizes import (
    REAL_CITIES,
    START_YEAR,
    SYNTHETIC_CITIES,
    SYNTHETIC_SEED,
    SYNTHETIC_STATES,
)
from citysim.world.start import checked_propensity, checked_start

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

    from citysim.world.own.laid import Overlay


@dataclass(frozen=True, eq=False)
class World(WorldFields):
    """N cities, S states, K networks, E twinnings: see ``WorldFields``.

    Two worlds of equal ``digest`` give equal runs.
    """

    @cached_property
    def xyz(self) -> Floats:
        """Unit vectors of the cities, (N, 3)."""
        return unit_vectors(self.latitude, self.longitude)

    @cached_property
    def tree(self) -> "cKDTree":
        """Search tree over ``xyz``."""
        from scipy.spatial import cKDTree  # noqa: PLC0415  no run needs it

        return cKDTree(self.xyz)

    @cached_property
    def northward(self) -> tuple[Ints, Floats]:
        """Cities from south to north, and their heights over the plane of the equator, (N,) each."""
        order = np.argsort(self.xyz[:, 2], kind="stable")
        return order, self.xyz[order, 2]

    @cached_property
    def patches(self) -> Patches:
        """Groups of nearby cities alike in all that partner choice looks at but distance."""
        return patches_of(self, self.xyz)

    @cached_property
    def state_region(self) -> Ints:
        """Region in which most cities of each state are, (S,)."""
        count = np.zeros((self.n_states, len(REGIONS)), dtype=np.int64)
        np.add.at(count, (self.state, self.region), 1)
        return np.argmax(count, axis=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names, shapes and bytes of every array and label that there is."""
        return digest_of_fields(self)

    @classmethod
    def real(
        cls,
        cities: int = REAL_CITIES,
        propensity: str | None = None,
        *,
        start: int = START_YEAR,
        data: Path | str | None = None,
        replace: Sequence[str] = (),
        regions: Sequence[str] = (),
        countries: Sequence[str] = (),
        networks: Sequence[str] = (),
        min_population: int = 0,
        ties: bool = True,
    ) -> Self:
        """The ``cities`` largest cities of the data pack plus every member of the named networks.

        ``propensity`` to tie is made of the ties of the "record", or, for tests against those ties, of
        "covariates" (income, capital, region) or of "chance" alone.

        ``start``: year from whose first quarter on runs go. Before 2023 it makes a hindcast: the same cities
        with the people that they had along the UN's urban path of their country, networks by their founding
        dates with the members whose joining is dated by then, no twinnings, no disputes and conflicts that
        came later, and a propensity of "covariates"; what has no path is as today (docs/hindcast.md).

        ``data``: folder of tables of one's own that are laid over the pack (docs/own_data.md); those named in
        ``replace`` ("memberships", …) take the place of the pack's. Kept are cities in the ``regions`` and of
        the ``countries`` (codes of three letters) with ``min_population`` people, and the ``networks`` named;
        empty means all, and cities named in tables of one's own stay. Without ``ties`` there are neither
        memberships nor twinnings at the start.

        What was built once of the pack alone is kept in the user's cache folder (``citysim.world.cache``).

        The pack's sources and licences are in docs/data.md; ``imputations`` says what was filled in. Raises
        ``ConfigError`` where ``cities`` is no number of cities that the pack has or another argument none of
        these, ``DataError`` where a file of the pack or a table is missing, damaged or inconsistent.
        """
        year = checked_start(start)
        given: dict[str, Any] = {
            "cities": cities,
            "propensity": checked_propensity(propensity, year),
            "start": year,
            "regions": tuple(regions),
            "countries": tuple(countries),
            "networks": tuple(networks),
            "min_population": min_population,
            "ties": ties,
        }
        if data is not None:
            from citysim.world.own.overlay import laid_over  # noqa: PLC0415  for those who have tables

            return cls(**vars(_real(**given, own=laid_over(Path(data), replace))))
        return cls(**vars(kept_or_built(given, _real)))

    @classmethod
    def synthetic(
        cls, cities: int = SYNTHETIC_CITIES, states: int = SYNTHETIC_STATES, seed: int = SYNTHETIC_SEED
    ) -> Self:
        """A world of any size with the statistics of the real one; equal arguments make equal worlds.

        Raises ``ConfigError`` on sizes that no world has.
        """
        from citysim.world.synthetic import synthetic_fields  # noqa: PLC0415  takes pandas

        return cls(**vars(synthetic_fields(cities, states, seed)))


def _real(
    *, cities: int, propensity: str, start: int, own: "Overlay | None" = None, **keep: Any
) -> WorldFields:
    """The fields of a real world; ``keep``: the fields of ``Keep``."""
    from citysim.world.keep import Keep  # noqa: PLC0415  takes pandas
    from citysim.world.real import real_fields  # noqa: PLC0415  takes pandas

    return real_fields(cities, propensity_from=propensity, own=own, keep=Keep(**keep), start=start)
