"""Which parameters a posterior has moved: the others stay at the prior, and are named in every verdict."""

import numpy as np
import pandas as pd

from citysim.analysis.results import RunSet
from citysim.language import gettext, numeral
from citysim.model.forms import forms
from citysim.model.parameters import parameter_specs
from citysim.plan.posterior import forms_of, moved_in, posterior_draws
from citysim.plan.runs import drawn_names

#: Below this shrinkage a parameter stays what it was.
MOVED = 0.1
#: Variance of a uniform parameter on the unit scale.
PRIOR_VARIANCE = 1.0 / 12.0


def shrinkage(draws: pd.DataFrame) -> "pd.Series[float]":
    """1 − Var(posterior) / Var(prior) on the prior's scale by parameter, as in ``marginals.csv``."""
    found = {}
    for name in map(str, draws.columns):
        spec = parameter_specs()[name]
        if spec.prior is None:
            continue
        scale = np.log if spec.scale == "log" else np.asarray
        low, high = scale(np.array(spec.prior, dtype=float))
        share = (scale(draws[name].to_numpy(dtype=float)) - low) / (high - low)
        found[name] = 1.0 - float(share.var(ddof=1)) / PRIOR_VARIANCE if len(share) > 1 else np.nan
    return pd.Series(found, dtype=float)


def stay_prior(results: RunSet) -> tuple[list[str], int] | None:
    """Parameters of an experiment that its posterior leaves at the prior, and of how many that it draws.

    As the calibration judged it, where the file says so; else by the shrinkage of all its draws, of which the
    replications may take the first ones. None without a posterior.
    """
    draws = posterior_draws(results.config)
    if draws is None:
        return None
    # A column that is the same throughout is a choice of whoever made the file.
    names = [name for name in drawn_names(results.config) if draws[name].nunique() > 1]
    moved = moved_in(draws)
    if moved is None:
        found = shrinkage(draws[names])
        moved, names = set(found.index[found >= MOVED]), [*found.index]
    return [name for name in names if name not in moved], len(names)


def stay_in_words(results: RunSet, most: int | None = None) -> str | None:
    """A sentence that names them, at most ``most``; None without a posterior."""
    found = stay_prior(results)
    if found is None:
        return None
    stay, count = found
    if not stay:
        return gettext("The posterior has moved all of the {count} parameters that are drawn.", count=count)
    named = ", ".join(stay[:most])
    if most and len(stay) > most:
        named = gettext("{first} and {count} more", first=named, count=len(stay) - most)
    return gettext(
        "{stay} of the {count} parameters that are drawn stay at the prior, as the record does not tell "
        "them (shrinkage below {shrinkage}, or no more than chance): {names}.",
        stay=len(stay),
        count=count,
        shrinkage=numeral(f"{MOVED:g}"),
        names=named,
    )


def other_forms(results: RunSet) -> dict[str, str]:
    """Forms of mechanisms that a posterior was calibrated under, where they are not the defaults."""
    draws = posterior_draws(results.config)
    found = {} if draws is None else forms_of(draws)
    return {name: value for name, value in found.items() if value != forms()[name]}


def forms_in_words(results: RunSet) -> str | None:
    """A sentence that names them; None where there are none."""
    found = other_forms(results)
    if not found:
        return None
    named = ", ".join(
        gettext("{name} “{value}” (default “{default}”)", name=name, value=value, default=forms()[name])
        for name, value in found.items()
    )
    return gettext(
        "The posterior was calibrated under other forms of mechanisms than the defaults: {names}.",
        names=named,
    )
