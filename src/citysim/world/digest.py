"""What tells two worlds apart."""

import hashlib
from dataclasses import fields

import numpy as np

from citysim.world.fields import WorldFields


def digest_of_fields(world: WorldFields) -> str:
    """SHA-256 of names, shapes and bytes of all arrays and labels there are, without the imputations."""
    sha = hashlib.sha256()
    for item in fields(WorldFields):
        value = getattr(world, item.name)
        if isinstance(value, np.ndarray):
            sha.update(f"{item.name}:{value.dtype.str}:{value.shape}".encode())
            sha.update(np.ascontiguousarray(value).tobytes())
        elif item.name != "imputations" and value is not None:
            sha.update(f"{item.name}:{value!r}".encode())
    return sha.hexdigest()
