"""Campaigns that answer a retreat of states: whom they call, who comes at once, and who later."""

from typing import TYPE_CHECKING

from citysim.model.streams import Draws

from .agents import City, Network
from .arithmetic import chance, keyed_uniforms, roulette, uniforms
from .attention import lasting

if TYPE_CHECKING:
    from .model import ReferenceModel


def campaigning(
    model: "ReferenceModel", draw: Draws, places: int, needs: list[float]
) -> tuple[list[tuple[int, int, list[City]]], list[City]]:
    """Topic, region and members of the campaigns that answer a retreat of states, region by region.

    And cities that are as willing, but in no hurry.
    """
    p = model.parameters
    willing, others = [], []
    if p.campaign_pool == 0:
        return [], []
    hurry = uniforms(model.streams.at("networks", 0), "at once", len(model.cities))
    for state in model.states:
        before, now = state.answered, state.stall
        if now - before < 0.1 - 1e-9:
            continue
        state.answered = now
        for city in state.cities:
            each = p.campaign_pool * lasting(city, p.review_spread)
            if each * before <= model.threshold[city.index] < each * now:
                at_once = p.campaign_form == "sudden" or hurry[city.index] < p.campaign_speed
                (willing if at_once else others).append(city)
    willing.sort(key=lambda city: city.index)
    regions = sorted({city.region for city in willing})
    called = []
    for region in regions:
        members = [city for city in willing if city.region == region]
        if len(members) >= 2 and len(called) < places:
            luck = keyed_uniforms(draw, "campaign", [region])[region]
            called.append((roulette(needs, luck), region, members))
    return called, others


def call_the_others(model: "ReferenceModel", others: list[City], campaigns: list[Network]) -> None:
    """Have each campaign wait for the others of its region."""
    if campaigns and model.parameters.campaign_form == "gradual":
        model.called = model.called or []
        for campaign in campaigns:
            model.called += [(city, campaign) for city in others if city.region == campaign.region]


def latecomers(model: "ReferenceModel", draw: Draws) -> list[tuple[City, Network]]:
    """Those who follow a call in this quarter, at a constant rate, out of those who have not yet."""
    if model.called is None:
        return []
    waiting = [(city, k) for city, k in model.called if k.alive and city not in k.members]
    keys = {(city, k): city.index * model.slots + k.slot for city, k in waiting}
    luck = keyed_uniforms(draw, "called", keys.values())
    coming = [pair for pair in waiting if luck[keys[pair]] < chance(model.parameters.campaign_filling)]
    model.called = [pair for pair in waiting if pair not in coming]
    return coming
