"""Twinning: trust, suspension, ending, and new ties by gravity (docs/model.md, 7.4)."""

import math

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.gravity import NEAREST_KM, gravity, law, own_weight
from citysim.model.kernels import ties as kernel
from citysim.model.kernels.gravity import proposals
from citysim.model.mechanisms.attention import overload
from citysim.model.mechanisms.diplomacy import in_conflict, sides
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState, Twinnings
from citysim.model.streams import Draws


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Old ties live, are suspended, resume or end; new ones form. Keys hold the draws of a tie."""
    ties, world = state.twinnings, setting.world
    trust, suspended, lasts = _tie_dynamics(state, setting, draw)
    new = np.sort(_new_ties(state, setting, draw))
    state.twinnings = Twinnings(
        *kernel.renewed(
            key=ties.key,
            a=ties.a,
            b=ties.b,
            pair=ties.pair,
            trust=trust,
            suspended=suspended,
            start=ties.start,
            lasts=lasts,
            new=new,
            home=world.state,
            dyad=setting.dyads.index,
            trust_start=setting.parameters.trust_start,
            step=state.step,
        )
    )


def live_rows(ties: Twinnings, cities: int) -> tuple[Ints, Ints, Ints]:
    """Row pointers (N + 1,), partners and ties (2 · live ties,) of the cities' live ties."""
    return ties.rows(lambda of: kernel.live_rows(cities, of.a, of.b, of.suspended))


def conflict_of_ties(ties: Twinnings, state: RunState) -> Bools:
    """Whether the two states of each tie are in conflict, (E,)."""
    return kernel.in_conflict(ties.pair, state.conflict_left)


def _tie_dynamics(state: RunState, setting: Setting, draw: Draws) -> tuple[Floats, Bools, Bools]:
    """Trust, suspension, and whether it lasts, of every tie, (E,) each.

    Suspended with p_S (1 − ζ v) per quarter of conflict, with p_R p_S (1 − ζ v) between a side of it and the
    cities of a third state that stands with the other; resumed after it at rate r_R v. Trust follows
    dv = g (1 − v) dt, or dv = −d_v v dt while suspended; both exact. Suspended ties end below the trust
    floor; live ones at r_E, faster where a city is overloaded.
    """
    p, ties = setting.parameters, state.twinnings
    rates = kernel.TieRates(
        suspension=p.suspension,
        suspension_trust=p.suspension_trust,
        resumption=p.resumption_rate,
        distrust_kept=math.exp(-p.trust_growth * DT),
        trust_kept=math.exp(-p.trust_decay * DT),
        floor=p.trust_floor,
        ending=p.ending_rate,
        overload=p.leave_overload,
        dt=DT,
    )
    return kernel.tie_dynamics(
        key=ties.key,
        a=ties.a,
        b=ties.b,
        pair=ties.pair,
        trust=ties.trust,
        suspended=ties.suspended,
        conflict_left=state.conflict_left,
        divided=p.rupture * sides(state, setting) if p.rupture > 0.0 else np.zeros(len(state.tension)),
        overload=overload(state),
        suspend_word=draw.word("suspend"),
        end_word=draw.word("end"),
        rates=rates,
    )


def _new_ties(state: RunState, setting: Setting, draw: Draws) -> Ints:
    """Keys of the ties proposed and accepted in this quarter; one may come twice, or exist already."""
    met = kernel.accepted(*_proposals(state, setting, draw), state.engagement, draw.word("accept"))
    brought = _introductions(state, setting, draw)
    if brought is None:
        return met
    word = draw.word("accept introduction")
    return np.concatenate((met, kernel.accepted(*brought, state.engagement, word)))


def _introductions(state: RunState, setting: Setting, draw: Draws) -> tuple[Ints, Ints, Ints] | None:
    """Key and cities of each pair that a common partner of live ties brings together.

    At c_Δ √(n_i n_j) / n̄ a year and common partner, times e^γ_c where both are of one state.
    """
    p, world = setting.parameters, setting.world
    if p.closure == 0.0:
        return None
    start, twin, _ = live_rows(state.twinnings, world.n_cities)
    return kernel.introductions(
        start=start,
        partner=twin,
        weight=np.sqrt(state.population / setting.derive(law).usual_population),
        home=world.state,
        at_home=math.exp(p.gravity_same_country),
        rate=p.closure * DT,
        meet=draw.word("closure"),
        choose=draw.word("closure partners"),
    )


def _proposals(state: RunState, setting: Setting, draw: Draws) -> tuple[Ints, Ints, Ints]:
    """Key, proposer and partner of each proposal by gravity; those hit by crisis or war are wanted more."""
    p, world = setting.parameters, setting.world
    pairs, g, patches = setting.derive(law), setting.derive(gravity), world.patches
    struck = in_conflict(state, setting)[world.state] | state.flows.hit
    own = own_weight(state.population, pairs.usual_population, pairs.lasting, p.gravity_population)
    return proposals(
        propose=draw.word("propose"),
        choose=draw.word("gravity"),
        unit=pairs.unit * DT,
        own=own,
        wanted=own * np.where(struck, math.exp(p.solidarity), 1.0),
        start=patches.start,
        order=patches.order,
        near=g.near,
        most=g.most,
        xyz=world.xyz,
        exponent=p.gravity_distance,
        nearest=NEAREST_KM,
        home=world.state,
        divide=p.gravity_tension,
        tension=state.tension,
        pair=setting.dyads.index,
    )
