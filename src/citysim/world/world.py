"""The world a run starts from: its fields, what follows from them, and how it is built."""

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
from scipy.spatial import cKDTree

from citysim.arrays import Floats, Ints
from citysim.world.fields import WorldFields
from citysim.world.geography import unit_vectors
from citysim.world.patches import Patches, patches_of
from citysim.world.regions import REGIONS
from citysim.world.sizes import REAL_CITIES, SYNTHETIC_CITIES, SYNTHETIC_SEED, SYNTHETIC_STATES


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
    def tree(self) -> cKDTree:
        """Search tree over ``xyz``."""
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
        """SHA-256 over names, shapes and bytes of every array and label."""
        sha = hashlib.sha256()
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                sha.update(f"{item.name}:{value.dtype.str}:{value.shape}".encode())
                sha.update(np.ascontiguousarray(value).tobytes())
            elif item.name != "imputations":
                sha.update(f"{item.name}:{value!r}".encode())
        return sha.hexdigest()

    @classmethod
    def real(cls, cities: int = REAL_CITIES, propensity: str = "record") -> Self:
        """The ``cities`` largest cities of the data pack plus every member of the named networks.

        ``propensity`` to tie is made of the ties of the "record", or, for tests against those ties, of
        "covariates" (income, capital, region) or of "chance" alone.

        The pack's sources and licences are in docs/data.md; ``imputations`` says what was filled in. Raises
        ``ConfigError`` where ``cities`` is no number of cities that the pack has or ``propensity`` none of
        these, ``DataError`` where a file of the pack is missing, damaged or inconsistent.
        """
        from citysim.world.real import real_fields  # noqa: PLC0415  takes pandas

        return cls(**vars(real_fields(cities, propensity_from=propensity)))

    @classmethod
    def synthetic(
        cls, cities: int = SYNTHETIC_CITIES, states: int = SYNTHETIC_STATES, seed: int = SYNTHETIC_SEED
    ) -> Self:
        """A world of any size with the statistics of the real one; equal arguments make equal worlds.

        Raises ``ConfigError`` on sizes that no world has.
        """
        from citysim.world.synthetic import synthetic_fields  # noqa: PLC0415  takes pandas

        return cls(**vars(synthetic_fields(cities, states, seed)))
