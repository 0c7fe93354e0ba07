"""The section ``[calibration]`` of a config: which parameters are held against what, and in how many runs."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from citysim.model.parameters import parameter_specs
from citysim.model.strict import StrictModel
from citysim.plan import faults as checks
from citysim.plan.design.read import UNCERTAIN
from citysim.plan.faults import Fault
from citysim.plan.targets import target_faults

_MOST_DRAWS = 65_536


def _names(found: Any) -> object:
    if found == UNCERTAIN:
        return found
    given = list(found) if isinstance(found, list | tuple) else []
    if not given or not all(isinstance(name, str) for name in given) or len(set(given)) < len(given):
        raise ValueError(
            f"found {checks.shown(found)}, expected '{UNCERTAIN}' or a list of parameters, each once"
        )
    return tuple(given)


def _ends(found: Any) -> object:
    given = list(found) if isinstance(found, list | tuple) else []
    numbers = [end for end in given if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(given) != 2 or len(numbers) != 2 or not all(map(math.isfinite, numbers)) or given[0] >= given[1]:
        raise ValueError(f"found {checks.shown(found)}, expected two numbers [low, high], the lower first")
    return (float(given[0]), float(given[1]))


type _Range = Annotated[tuple[float, float], BeforeValidator(_ends)]


class CalibrationConfig(StrictModel):
    """How an experiment's parameters are calibrated: ``citysim calibrate``."""

    #: CSV with a row per statistic that is held against the record; relative to the config.
    targets: Annotated[str | None, Field(min_length=1)] = None
    #: Other selections of targets, CSVs as ``targets``: what their C statistics foretell of their V ones.
    cross: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False)] = ()
    #: Parameters that data may move: names, or all that are uncertain.
    over: Annotated[str | tuple[str, ...], BeforeValidator(_names)] = UNCERTAIN
    #: Ranges of parameters in place of those of their priors, or of what is else not uncertain.
    ranges: dict[str, _Range] = Field(default_factory=dict)
    #: Parameter sets of each wave of history matching.
    draws: Annotated[int, Field(ge=64, le=_MOST_DRAWS)] = 512
    waves: Annotated[int, Field(ge=1, le=10)] = 2
    #: Implausibility from which a parameter set is ruled out …
    cut: Annotated[float, Field(gt=0, le=100)] = 3.0
    #: … by the highest of the statistics (1), or the second or third highest.
    rank: Annotated[int, Field(ge=1, le=10)] = 1
    #: Statistics whose emulator explains less of the variance of left-out runs are not used; −1 uses all.
    least_r2: Annotated[float, Field(ge=-1, lt=1)] = 0.1
    #: Share of the runs, those nearest to the record, that the posterior is made from.
    accepted: Annotated[float, Field(gt=0, le=1)] = 0.3
    #: Draws of the posterior that are written.
    posterior: Annotated[int, Field(ge=100, le=_MOST_DRAWS)] = 1000
    #: Runs at draws of the posterior, for the posterior predictive check.
    predictive: Annotated[int, Field(ge=20, le=_MOST_DRAWS)] = 128
    #: Settings ``KEY=VALUE`` of ``--quick``.
    quick: Annotated[tuple[str, ...], Field(strict=False)] = ()


def check_calibration(
    calibration: CalibrationConfig,
    folder: Path,
    *,
    arms: Collection[str],
    fixed: Collection[str],
    axes: Collection[str],
) -> list[Fault]:
    """Faults of names and of the file of targets; ``fixed``: parameters that are the same in all runs.

    ``folder`` is the config's. Only of a config that names targets: nothing is calibrated otherwise.
    """
    if calibration.targets is None:
        return []
    path, faults = ("calibration", "over"), []
    uncertain = {spec.name for spec in parameter_specs().values() if spec.uncertain}
    for name in () if calibration.over == UNCERTAIN else calibration.over:
        if name not in parameter_specs():
            text = f"unknown parameter {checks.shown(name)}, {checks.suggestion(name, uncertain)}"
            faults.append(Fault(path, text))
        elif name not in uncertain:
            faults.append(Fault(path, f"'{name}' has no prior, so there is nothing to calibrate"))
        elif name in fixed:
            faults.append(Fault(path, f"'{name}' is fixed in [parameters]"))
    faults += _range_faults(calibration.ranges, fixed)
    if axes:
        text = f"an experiment that is calibrated sweeps nothing, found [design] {', '.join(axes)}"
        faults.append(Fault(("calibration", "targets"), text))
    if calibration.predictive > calibration.posterior:
        text = f"found {calibration.predictive}, allowed: at most posterior ({calibration.posterior})"
        faults.append(Fault(("calibration", "predictive"), text))
    for key, file in [("targets", calibration.targets), *(("cross", file) for file in calibration.cross)]:
        found = target_faults(folder / file, file, arms, foretells=key == "cross")
        faults += [Fault(("calibration", key), text) for text in found]
    names = [Path(file).stem for file in calibration.cross]
    if len(set(names)) < len(names):
        text = f"found {', '.join(calibration.cross)}, expected files of different names"
        faults.append(Fault(("calibration", "cross"), text))
    return faults


def _range_faults(ranges: Mapping[str, tuple[float, float]], fixed: Collection[str]) -> list[Fault]:
    """Faults of ranges: of what is no parameter, is fixed, or may not be so small or large."""
    faults: list[Fault] = []
    for name, ends in ranges.items():
        path = ("calibration", "ranges", name)
        spec = parameter_specs().get(name)
        if spec is None:
            faults.append(Fault(path, f"unknown parameter, {checks.suggestion(name, parameter_specs())}"))
        elif not isinstance(spec.default, float):
            faults.append(Fault(path, "is counted or chosen, allowed: parameters that are measured"))
        elif name in fixed:
            faults.append(Fault(path, "is fixed in [parameters]"))
        elif spec.scale == "log" and ends[0] <= 0:
            faults.append(
                Fault(path, f"found {ends[0]:g} for its lower end, allowed: above 0, its scale is log")
            )
        else:
            faults += [fault for end in ends for fault in checks.check_value(path, name, end)]
    return faults
