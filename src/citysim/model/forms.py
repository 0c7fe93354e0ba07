"""Forms of a mechanism, one of which a run has, and the parameters that count under one of them alone.

They are what structural uncertainty is made of. A config that names none of them has the runs that it had
before there were any: with the ids of then, and drawing nothing more.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache

from citysim.model.parameters import Parameters, parameter_specs


@cache
def forms() -> dict[str, str]:
    """The default of each choice among forms."""
    return {
        name: str(field.default)
        for name, field in Parameters.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("form")
    }


@cache
def _of_forms() -> dict[str, tuple[str, str]]:
    """Parameters that count under one form alone: the choice, and what has to be chosen."""
    return {name: spec.only for name, spec in parameter_specs().items() if spec.only}


def silent(parameters: Mapping[str, object]) -> set[str]:
    """What says nothing in a run's parameters: forms at their defaults, and parameters of other forms."""
    defaults = forms()
    own = {name: parameters.get(name, default) for name, default in defaults.items()}
    names = {name for name, default in defaults.items() if own[name] == default}
    return names | {name for name, (form, value) in _of_forms().items() if own[form] != value}


def idle(settings: Iterable[Mapping[str, object]], axes: Mapping[str, Collection[object]]) -> set[str]:
    """Parameters that count in no run of an experiment.

    ``settings``: what is set for each arm, all that holds for it; ``axes``: swept values.
    """
    found = chosen(settings, axes)
    return {name for name, (form, value) in _of_forms().items() if value not in found[form]}


def chosen(
    settings: Iterable[Mapping[str, object]], axes: Mapping[str, Collection[object]]
) -> dict[str, set[object]]:
    """The forms that runs of an experiment have, by choice; arguments as of ``idle``."""
    each = [*settings]
    return {
        name: {*axes[name]} if name in axes else {own.get(name, default) for own in each}
        for name, default in forms().items()
    }
