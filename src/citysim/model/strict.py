"""What parameters and sections of a config have in common: nothing is guessed, equal values are one."""

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from citysim.world.plain import plain, whole


class StrictModel(BaseModel):
    """Immutable fields of exactly the stated names and types.

    Numbers may be NumPy's, and a whole number a float such as 100.0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    counts: ClassVar[frozenset[str]] = frozenset()  # fields that hold a whole number

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Find the fields that count something."""
        cls.counts = frozenset(
            name
            for name, field in cls.model_fields.items()
            if int in (field.annotation, *get_args(field.annotation))
        )

    @model_validator(mode="before")
    @classmethod
    def _in_own_types(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {name: whole(value) if name in cls.counts else plain(value) for name, value in given.items()}
