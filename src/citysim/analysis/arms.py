"""What the arms of an experiment are to one another, by their settings."""

from collections.abc import Mapping
from typing import Any

from citysim.analysis.results import BASELINE_ARM
from citysim.model.parameters import parameter_specs
from citysim.plan.config import ExperimentConfig

#: Parameters by which cities that cooperate respond to a retreat of states together; 0 is no response.
RESPONSE = ("campaign_pool", "retreat_pledging", "solidarity")
#: Those by which every city responds alone, without cooperation too.
ALONE = ("retreat_alone",)


def counterparts(config: ExperimentConfig) -> dict[str, str]:
    """Arm → the arm that is equal to it but has no response: every one of ``RESPONSE`` is 0.

    Of the arm without cooperation it is the response of cities alone, ``ALONE``. An arm that is without
    response itself has none.
    """
    found = {}
    for arm, settings in config.arms.items():
        names = ALONE if arm == BASELINE_ARM else RESPONSE
        if _are_zero(config, settings, names):
            continue
        for other, others in config.arms.items():
            if _are_zero(config, others, names) and _bare(others, names) == _bare(settings, names):
                found[arm] = other
                break
    return found


def main_arms(config: ExperimentConfig) -> tuple[str, ...]:
    """Arms but those made from another one by taking away response, or response and more.

    Such an arm sets all that the other one does and, beside parameters of response at 0, others at 0 only.
    """
    return tuple(arm for arm in config.arms if not any(_taken_from(config, arm, of) for of in config.arms))


def _taken_from(config: ExperimentConfig, arm: str, other: str) -> bool:
    settings, others = config.arms[arm], config.arms[other]
    names = RESPONSE + ALONE
    no_response = any(settings.get(name) == 0 and others.get(name) != 0 for name in names)
    rest, base = _bare(settings, names), _bare(others, names)
    more = rest.keys() - base.keys()
    return (
        arm != other
        and no_response
        and all(rest.get(name) == value for name, value in base.items())
        and all(rest[name] == 0 for name in more)
    )


def _bare(settings: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}


def _are_zero(config: ExperimentConfig, settings: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    """Whether no draw of a parameter can bring one of these responses into an arm."""
    fixed = config.parameters | dict(settings)
    specs = parameter_specs()
    drawn = config.uncertainty.parameters != "defaults"
    values = [
        fixed.get(name, None if drawn and specs[name].uncertain else specs[name].default)
        for name in names
        if name not in config.axes
    ]
    return len(values) == len(names) and all(value == 0 for value in values)
