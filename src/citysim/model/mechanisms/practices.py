"""Practices: invented, pledged by learning, implemented, dropped; services follow (docs/model.md, 7.5).

Practices differ in how readily they spread, a network's secretariat teaches beside its members, and states
mandate or forbid what they know of. Retreat of the own state raises invention and learning from neighbours,
what cities do alone, by exp(β_alone · retreat), and learning from twins and in networks, what they do
together, by exp(β_pledge · retreat).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from citysim.arrays import Floats, Ints
from citysim.model.kernels import imitation, learners, thresholds
from citysim.model.kernels import practices as kernel
from citysim.model.kernels.laws import legislated
from citysim.model.kernels.teaching import as_states, national_shares, through_states
from citysim.model.mechanisms.diplomacy import reference, retreat
from citysim.model.mechanisms.twinning import live_rows
from citysim.model.setting import Setting
from citysim.model.state import (
    DT,
    IMPLEMENTED,
    N_DOMAINS,
    NONE,
    PLEDGED,
    Laws,
    Practices,
    RunState,
)
from citysim.model.streams import Draws
from citysim.world.world import World

#: Quality of the known practices is uniform over this range (assumed).
QUALITY = (0.3, 0.95)


@dataclass(frozen=True)
class Constants:
    """The catalogue of practices, the same in every arm of a replication."""

    miss: Floats  # 1 − B, (N, P); B = quality · exp(−‖c_i − c_p‖² / 2σ²)
    willing: Floats  # logit⁻¹((B − b₀) / s_b), (N, P)
    readiness: Floats  # ρ, how readily each spreads, log-normal of mean 1, (P,)
    fixed: learners.Fixed
    rules: learners.Rules
    retreat: Floats  # β of what cities do alone and of what they do together, (2, 1)
    onset: Ints  # quarter in which each becomes known, −1 before the run, (P,)


def constants(setting: Setting) -> Constants:
    """What the run's parameters make of the catalogue of practices."""
    p, world = setting.parameters, setting.world
    known = _catalogue(
        world=world,
        draw=setting.streams.at("practices", 0),
        count=p.practices_per_domain * N_DOMAINS,
        width=p.context_width,
        midpoint=p.benefit_midpoint,
        slope=p.benefit_slope,
        spread=p.readiness_spread,
    )
    fixed = learners.Fixed(
        willing=known.spreading,
        miss=known.miss,
        home=world.state,
        near=world.neighbours,
        drop=dropping(setting),
    )
    rules = learners.Rules(
        twins=p.learning_twins,
        networks=p.learning_networks,
        state=p.learning_state,
        neighbours=p.learning_neighbours,
        pledged=p.learning_pledged,
        effort=p.secretariat_effort,
        abroad=p.intergovernmental,
        implementation=p.implementation_rate,
        mandate=p.mandate_effect,
        mandate_rate=p.mandate_rate,
        ban_rate=p.ban_rate,
        midpoint=p.threshold_midpoint,
        softness=p.threshold_softness,
        gap=p.imitation_gap,
        dt=DT,
    )
    response = np.array([[p.retreat_alone], [p.retreat_pledging]])
    return Constants(
        miss=known.miss,
        willing=known.willing,
        readiness=known.readiness,
        fixed=fixed,
        rules=rules,
        retreat=response,
        onset=onsets(setting),
    )


class _Catalogue(NamedTuple):
    miss: Floats
    willing: Floats
    readiness: Floats
    spreading: Floats  # willing times readiness, (N, P)


@lru_cache(maxsize=1)  # the arms and stall levels of a replication are run one after another
def _catalogue(
    world: World, draw: Draws, count: int, width: float, midpoint: float, slope: float, spread: float
) -> _Catalogue:
    """Draw qualities and contexts of the practices, and what each is worth to each city; never written to."""
    quality = QUALITY[0] + (QUALITY[1] - QUALITY[0]) * draw.uniform("quality", count)
    context = draw.normal("context", count, 2)
    benefit, other = (world.context[:, None, axis] - context[None, :, axis] for axis in range(2))
    benefit *= benefit  # in place from here: large arrays cost more to get than to fill
    other *= other
    benefit += other
    benefit /= -2 * width**2
    np.exp(benefit, benefit)
    benefit *= quality
    willing = np.subtract(benefit, midpoint, other)
    willing /= slope
    expit(willing, willing)
    readiness = np.exp(spread * draw.normal("readiness", count) - spread**2 / 2)
    return _Catalogue(1.0 - benefit, willing, readiness, willing * readiness)


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """None → pledged at the learning hazard, pledged → implemented at μ a e, either → none at δ.

    Laws made in this quarter act from the next.
    """
    c, networks, ties = setting.derive(constants), state.networks, state.twinnings
    invents, response = invention(state, setting), np.exp(c.retreat * retreat(state, setting))
    learning = _form(setting.parameters.learning_form)
    state.practices, state.services, state.flows.pledges, state.law = learning(
        x=state.practices,
        services=state.services,
        law=state.law,
        known=c.onset < state.step,
        acting=state.action_capacity,
        tension=state.tension,
        response=response,
        fixed=c.fixed,
        cities=learners.Cities(
            state.population,
            state.capacity,
            state.autonomy,
            state.engagement,
            state.reach,
            invents,
        ),
        ties=learners.Ties(*live_rows(ties, setting.world.n_cities), ties.trust, ties.pair),
        members=learners.Members(
            networks.member_city,
            networks.member_network,
            networks.focus,
            networks.acting_quality(setting.parameters.campaign_strength),
            networks.state,
        ),
        rules=c.rules,
        word=draw.word("transition"),
        law_word=draw.word("law"),
    )
    begun = np.flatnonzero(c.onset == state.step)
    if len(begun):
        _pioneer(state, setting.world, begun, invents * response[0][setting.world.state], draw)


def dropping(setting: Setting) -> Floats:
    """Rate of dropping each practice, per year, (P,): δ, times a log-normal of mean 1 if unequal."""
    p, count = setting.parameters, setting.parameters.practices_per_domain * N_DOMAINS
    if p.dropping_form == "alike":
        return np.full(count, p.drop_rate)
    z = setting.streams.at("practices", 0).normal("dropping", count)
    return np.asarray(p.drop_rate * np.exp(p.drop_spread * z - p.drop_spread**2 / 2))


def _form(name: str) -> Any:
    """The loop of a form of learning, looked up when asked for, as profiling replaces it."""
    return {"hazard": kernel.spread, "threshold": thresholds.spread, "best": imitation.spread}[name]


def _pioneer(state: RunState, world: World, begun: Ints, invents: Floats, draw: Draws) -> None:
    """One city, drawn by its rate of invention, pledges each of the practices that become known."""
    up_to = np.cumsum(invents)
    u = draw.uniform("pioneer", len(state.practices[0]))[begun]
    if up_to[-1] <= 0.0:  # where nobody invents, all are alike
        up_to = np.arange(1.0, world.n_cities + 1.0)
    city = np.minimum(np.searchsorted(up_to, u * up_to[-1], side="right"), world.n_cities - 1)
    state.practices[city, begun] = PLEDGED
    np.add.at(state.flows.pledges, (city, 0), 1.0)


def onsets(setting: Setting) -> Ints:
    """Quarter in which each practice becomes known, −1 for those known before the run, (P,)."""
    p, count = setting.parameters, setting.parameters.practices_per_domain * N_DOMAINS
    if p.practice_onset == "before" or p.practices_known == 1.0:
        return np.full(count, -1)
    u = setting.streams.at("practices", 0).uniform("onset", count)
    years = p.onset_years * (u - p.practices_known) / (1.0 - p.practices_known)  # evenly over them
    return np.where(years < 0.0, -1, np.floor(years / DT)).astype(np.int64)


def initial_law(setting: Setting) -> Laws:
    """Laws of the years before the start, by what states then know and do at stall 0, (S, P)."""
    p, world, start = setting.parameters, setting.world, setting.derive(reference)
    practices = setting.derive(initial_practices)
    own = national_shares(practices, p.learning_pledged, world.population, world.state, world.n_states)
    states = as_states(own, start.capacity, start.tension, p.intergovernmental)
    word = setting.streams.at("practices", 0).word("law")
    return legislated(
        np.zeros(own.shape, dtype=np.int8), states, p.law_years, word, p.mandate_rate, p.ban_rate
    )


def initial_practices(setting: Setting) -> Practices:
    """Implemented with probability X₀ · capacity · willingness, (N, P); the same in every arm."""
    willing = setting.derive(constants).willing
    chance = setting.parameters.initial_coverage * setting.world.capacity[:, None] * willing
    u = setting.streams.at("practices", 0).uniform("initial", *willing.shape)
    held = (u < chance) & (setting.derive(constants).onset < 0)
    return np.where(held, IMPLEMENTED, NONE).astype(np.int8)


def initial_services(setting: Setting) -> Floats:
    """Service levels at the start, (N, domains)."""
    return services(setting.derive(initial_practices), setting)


def services(practices: Practices, setting: Setting) -> Floats:
    """S = 1 − Π over implemented practices of a domain of (1 − B), (N, domains)."""
    return kernel.serve_all(practices, setting.derive(constants).miss)


def invention(state: RunState, setting: Setting) -> Floats:
    """ι (n / n̄)^(β−1) (½ + a), per year, (N,): urban scaling of innovation (Bettencourt et al. 2007)."""
    p = setting.parameters
    size = state.population / state.population.mean()
    return p.invention_rate * size ** (p.urban_scaling - 1.0) * (0.5 + state.capacity)


def known_to_states(state: RunState, setting: Setting) -> Floats:
    """φ_s × what the state knows: of its own cities, and of other states that act, (S, P).

    The intergovernmental part weights another state by its action capacity and by 1 − tension.
    """
    p, world = setting.parameters, setting.world
    own = national_shares(state.practices, p.learning_pledged, state.population, world.state, world.n_states)
    return through_states(own, state.action_capacity, state.tension, p.intergovernmental)
