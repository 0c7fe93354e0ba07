"""Twinning: trust, suspension, ending, and new ties by gravity (docs/model.md, 7.4)."""

import math
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.gravity import NEAREST_KM, gravity, law, own_weight
from citysim.model.kernels import ties as kernel
from citysim.model.kernels.gravity import Proposing, proposals
from citysim.model.mechanisms import attention
from citysim.model.mechanisms.diplomacy import begun
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState, Twinnings
from citysim.model.streams import Draws


@dataclass(frozen=True)
class Constants:
    """Fixed by world and parameters, as the kernels take them."""

    usual_population: float
    lasting: Floats  # (N,) what a city brings to a pair beside its population
    near: Floats  # (C, C), see ``Gravity``
    most: Floats  # (C, C)
    proposing: Proposing
    rates: kernel.TieRates
    closure: float  # introductions a step of two partners of mean size
    at_home: float  # factor of one within a state


def constants(setting: Setting) -> Constants:
    """Rates of a step."""
    p, pairs, g = setting.parameters, setting.derive(law), setting.derive(gravity)
    return Constants(
        usual_population=pairs.usual_population,
        lasting=pairs.lasting,
        near=g.near,
        most=g.most,
        proposing=Proposing(
            unit=pairs.unit * DT,
            solidarity=math.exp(p.solidarity),
            exponent=p.gravity_distance,
            nearest=NEAREST_KM,
            divide=p.gravity_tension,
        ),
        rates=kernel.TieRates(
            suspension=p.suspension,
            suspension_trust=p.suspension_trust,
            rupture=p.rupture_onset if p.rupture_form == "burst" else p.rupture,
            fade=p.rupture_fade if p.rupture_form == "burst" else 1.0,
            resumption=p.resumption_rate,
            distrust_kept=math.exp(-p.trust_growth * DT),
            trust_kept=math.exp(-p.trust_decay * DT),
            floor=p.trust_floor,
            ending=p.ending_rate,
            overload=p.leave_overload,
            embedding=p.ending_embedding if p.ending_form == "embedded" else 0.0,
            dt=DT,
            trust_start=p.trust_start,
        ),
        closure=p.closure * DT,
        at_home=math.exp(p.gravity_same_country),
    )


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Old ties live, are suspended, resume or end; new ones form. Keys hold the draws of a tie.

    Suspended with p_S (1 − ζ v) per quarter of conflict, with p_R p_S (1 − ζ v) between a side of it and the
    cities of a third state that stands with the other, in the form ``burst`` with p_B p_S (1 − ζ v) when it
    begins and φ_R times that after; resumed after it at rate r_R v. Trust follows
    dv = g (1 − v) dt, or dv = −d_v v dt while suspended; both exact. Suspended ties end below the trust
    floor; live ones at r_E, faster where a city is overloaded, in the form ``embedded`` slower by
    (1 + common partners)^−ε_E.
    """
    world, dyads, ties, c = setting.world, setting.dyads, state.twinnings, setting.derive(constants)
    new = _new_ties(state, setting, draw)
    new.sort()
    rows, partner, _ = live_rows(ties, world.n_cities)
    state.twinnings = Twinnings(
        *kernel.renewed(
            rates=c.rates,
            words=draw.words("suspend", "end"),
            key=ties.key,
            a=ties.a,
            b=ties.b,
            pair=ties.pair,
            trust=ties.trust,
            suspended=ties.suspended,
            start=ties.start,
            new=new,
            rows=rows,
            partner=partner,
            used=state.used,
            attention=state.attention,
            conflict_left=state.conflict_left,
            begun=begun(state),
            first=dyads.first,
            second=dyads.second,
            dyad=dyads.index,
            aligned=world.aligned,
            home=world.state,
            step=state.step,
        )
    )


def before(state: RunState, setting: Setting) -> None:
    """Twinnings of the years before a hindcast, which the record does not date: by the same law, in peace."""
    p, conflicts = setting.parameters, state.conflict_left
    state.conflict_left = np.zeros_like(conflicts)
    for quarter in range(round(p.twinning_years / DT)):
        if p.attention:
            attention.step(state, setting, setting.streams.at("attention", 0))
        step(state, setting, setting.streams.at("twinning before", quarter))
    state.conflict_left = conflicts


def live_rows(ties: Twinnings, cities: int) -> tuple[Ints, Ints, Ints]:
    """Row pointers (N + 1,), partners and ties (2 · live ties,) of the cities' live ties."""
    return ties.rows(lambda of: kernel.live_rows(cities, of.a, of.b, of.suspended))


def room(state: RunState, setting: Setting) -> Floats:
    """Share of the limit κ_T that k twinnings leave to a city, (N,): 1 − k/κ_T, and never below 0.

    With proposals at rate λ and endings at r_E it keeps κ_T L / (κ_T + L) of the L = λ/r_E that it would.
    """
    ties, cities = state.twinnings, setting.world.n_cities
    held = np.bincount(ties.a, minlength=cities) + np.bincount(ties.b, minlength=cities)
    return np.maximum(1.0 - held / setting.parameters.twinning_limit, 0.0)


def _new_ties(state: RunState, setting: Setting, draw: Draws) -> Ints:
    """Keys of the ties proposed and accepted in this quarter; one may come twice, or exist already.

    Proposals are by gravity, those hit by crisis or war being wanted more. Two partners of a city are
    brought together at c_Δ w_i w_j a year and common partner, times e^γ_c where both are of one state: w is
    √(n / n̄), or in the form ``seeking`` own over its root mean square, so that who seeks ties finds them.
    Either needs the will of both: engagement, in the form ``limited`` times the room that a city has left.
    """
    world, patches, dyads = setting.world, setting.world.patches, setting.dyads
    p, c = setting.parameters, setting.derive(constants)
    usual = float(state.population.mean()) if p.gravity_form == "relative" else c.usual_population
    own = own_weight(state.population, usual, c.lasting, p.gravity_population)
    willing = state.engagement if p.twinning_form == "open" else state.engagement * room(state, setting)
    met = proposals(
        law=c.proposing,
        words=draw.words("propose", "gravity", "accept"),
        own=own,
        engagement=willing,
        hit=state.flows.hit,
        conflict_left=state.conflict_left,
        tension=state.tension,
        first=dyads.first,
        second=dyads.second,
        pair=dyads.index,
        home=world.state,
        xyz=world.xyz,
        start=patches.start,
        order=patches.order,
        near=c.near,
        most=c.most,
    )
    if c.closure == 0.0:
        return met
    start, partner, _ = live_rows(state.twinnings, world.n_cities)
    words = draw.words("closure", "closure partners", "accept introduction")
    squared, mean = state.population, usual
    if p.closure_form == "seeking":
        squared = own**2
        mean = float(squared.mean())
    brought = kernel.introductions(
        rate=c.closure,
        at_home=c.at_home,
        words=words,
        start=start,
        partner=partner,
        squared=squared,
        usual=mean,
        engagement=willing,
        home=world.state,
    )
    return np.concatenate((met, brought))
