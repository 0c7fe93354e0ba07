"""The parameters of the model with those of extensions: one class, so that all are checked in one way."""

from functools import lru_cache
from typing import Any

from pydantic import Field, create_model

from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameters import Parameters


@lru_cache(maxsize=64)
def parameters_with(
    switches: tuple[tuple[str, str], ...], specs: tuple[ParameterSpec, ...]
) -> type[Parameters]:
    """The model's parameters and those of extensions; equal ones are one class.

    ``switches``: name and description of each.
    """
    if not switches and not specs:
        return Parameters
    fields: dict[str, Any] = {
        name: (bool, Field(True, description=what, json_schema_extra={"switch": True}))
        for name, what in switches
    }
    for spec in specs:
        extra = {name: getattr(spec, name) for name in ("symbol", "unit", "source", "scale", "group")}
        fields[spec.name] = (
            float,
            Field(
                spec.default,
                ge=spec.low,
                le=spec.high,
                allow_inf_nan=False,
                description=spec.description,
                json_schema_extra={**extra, "prior": list(spec.prior) if spec.prior else None},
            ),
        )
    return create_model("Parameters", __base__=Parameters, **fields)
