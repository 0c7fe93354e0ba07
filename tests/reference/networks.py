"""City networks: quality, leaving, closing, joining, founding."""

import math
from typing import TYPE_CHECKING

from citysim.model.streams import Draws
from citysim.world.world import World

from . import attention
from .agents import City, Network
from .arithmetic import DT, chance, keyed_uniforms, logistic, mean, roulette, uniforms
from .attention import lasting
from .campaigns import call_the_others, campaigning, latecomers

if TYPE_CHECKING:
    from .model import ReferenceModel

DOMAINS = range(7)


def begin(model: "ReferenceModel") -> None:
    """Networks of the data with their members, where networks are on at all."""
    world, p = model.world, model.parameters
    asked = p.initial_networks if p.networks and isinstance(p.initial_networks, int) else 0
    model.slots = max(p.max_networks, world.n_networks if p.networks else 0, asked + number_to_come(world), 1)
    model.first_networks = world.n_networks if p.networks else 0
    model.usual_networks = max(model.first_networks, round(len(model.cities) * 54 / 2105), 1)
    model.first_need = mean(unmet_needs(model))
    drive = {c: lasting(c, p.review_spread) * c.own_reach**p.review_reach for c in model.cities}
    usual = mean(drive.values())
    for city in model.cities:
        city.openness = drive[city] / usual if usual > 0 else 0.0
    model.threshold = keyed_uniforms(model.streams.at("networks", 0), "willing", range(len(model.cities)))
    for k in range(model.first_networks):
        network = Network(model, k, world.network_focus[k].tolist(), int(world.network_region[k]))
        network.state = int(world.network_state[k])
        network.states = states_of(model, k)
        network.by_invitation = bool(world.network_by_invitation[k])
        network.min_population = float(world.network_min_population[k])
        if world.network_founded is not None and not world.network_founded[k] <= world.start_year:
            network.alive, network.founded = False, -1
        model.networks.append(network)
    for i, k in zip(world.membership_city, world.membership_network, strict=True):
        if p.networks:
            model.networks[k].admit(model.cities[i])
    for network in model.networks:
        known = int(world.network_known_members[network.slot])
        network.outside_members = float(max(known - len(network.members), 0))
    if p.networks:
        absences(model)
        for name in p.placebo_networks.split(" + "):
            if name:
                draw_members(model, model.networks[world.network_name.index(name)])
    set_quality(model)


def absences(model: "ReferenceModel") -> None:
    """Close the networks of the data that this run does without."""
    p, names = model.parameters, model.world.network_name
    absent = {names.index(name) for name in p.absent_networks.split(" + ") if name}
    there = [k for k in range(len(names)) if model.networks[k].alive]
    if isinstance(p.initial_networks, int):
        luck = uniforms(model.streams.at("networks", 0), "kept", len(names))
        absent |= set(sorted(there, key=luck.__getitem__)[p.initial_networks :])
    for k in absent & set(there):
        network = model.networks[k]
        network.alive, network.closed = False, 0
        for city in list(network.members):
            network.dismiss(city)


def states_of(model: "ReferenceModel", k: int) -> set[int] | None:
    """States whose cities a network of the data takes, None for all."""
    listed = model.world.network_states
    if model.parameters.catchment_form == "open" or listed is None:
        return None
    return {state for state, taken in enumerate(listed[k]) if taken}


def draw_members(model: "ReferenceModel", network: Network) -> None:
    """Replace the members by as many cities that may join, by lot."""
    number, n = len(network.members), len(model.cities)
    keys = [network.slot * n + city.index for city in model.cities]
    luck = keyed_uniforms(model.streams.at("networks", 0), "placebo", keys)
    may = [city for city in model.cities if eligible(city, network)]
    may.sort(key=lambda city: luck[keys[city.index]])
    for city in list(network.members):
        network.dismiss(city)
    for city in may[:number]:
        network.admit(city)


def found_first(model: "ReferenceModel") -> None:
    """Found those that are asked for beyond the data's, twenty at a time."""
    p = model.parameters
    asked = p.initial_networks if p.networks and isinstance(p.initial_networks, int) else 0
    if model.world.network_founded is not None:
        unmanned = [network for network in model.networks if network.alive and not network.members]
        for network, members in [(network, dated_founders(model, network)) for network in unmanned]:
            for city in members:
                network.admit(city)
        attention.begin(model)
    asked += number_to_come(model.world)
    while p.networks and len(model.networks) < asked:
        number = min(20, asked - len(model.networks))
        first = len(model.networks)
        establish(model, new_networks(model, model.streams.at("networks", 0), number, first))
        attention.begin(model)
    set_quality(model)


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Who leaves, closes, joins and founds is settled on the quarter's beginning, then carried out."""
    set_quality(model)
    leavers = leaving(model, draw)
    closing = closing_networks(model, draw)
    joiners = joining(model, draw)
    late = latecomers(model, draw)
    founders = founding(model, draw)
    places = model.slots - len(model.networks) - len(founders)
    campaigns, others = campaigning(model, draw, places, unmet_needs(model))
    dated = dated_openings(model)

    for city, network in leavers:
        network.dismiss(city)
    for network in closing:
        network.alive = False
        network.closed = model.quarters_done
        for city in list(network.members):
            network.dismiss(city)
    for city, network in joiners:
        if network.alive:
            network.admit(city)
    for city, network in late:
        if network.alive and city not in network.members:
            network.admit(city)
    establish(model, founders)
    first = len(model.networks)
    establish(model, campaigns, campaign=True)
    call_the_others(model, others, model.networks[first:])
    for network, members in dated:
        network.alive, network.founded = True, model.quarters_done
        for city in members:
            network.admit(city)


def number_to_come(world: World) -> int:
    """Networks of the data that have not been founded by the start."""
    if world.network_founded is None:
        return 0
    return sum(not year <= world.start_year for year in world.network_founded)


def dated_openings(model: "ReferenceModel") -> list[tuple[Network, list[City]]]:
    """Networks of the data whose year begins with the quarter, and their founders."""
    world, p = model.world, model.parameters
    if world.network_founded is None or p.initial_networks != "dated":
        return []
    now = world.start_year + model.quarters_done * DT
    return [
        (network, dated_founders(model, network))
        for network, year in zip(model.networks, world.network_founded, strict=False)
        if year == now > world.start_year
        and world.network_name[network.slot] not in p.absent_networks.split(" + ")
    ]


def dated_founders(model: "ReferenceModel", network: Network) -> list[City]:
    """Cities that had joined by the year of the founding, else as many drawn as found a network."""
    world, p, n = model.world, model.parameters, len(model.cities)
    joined = zip(world.joined_city, world.joined_network, world.joined_year, strict=True)
    year = world.network_founded[network.slot]
    recorded = [model.cities[i] for i, k, since in joined if k == network.slot and since <= year]
    if len(recorded) >= 2:
        return recorded
    keys = [network.slot * n + city.index for city in model.cities]
    luck = keyed_uniforms(model.streams.at("networks", 0), "recorded", keys)
    willing = []
    for city in model.cities:
        if city.openness > 0 and fits(city, network):
            weight = math.log(city.openness * (match(city, network) + 1e-9)) - p.join_cost * city.overload
            u = max(luck[keys[city.index]], 1e-300)
            willing.append((weight - math.log(-math.log(u)), city))
    willing.sort(key=lambda pair: pair[0], reverse=True)
    return [city for _, city in willing[: max(2, round(p.founding_share * n))]]


def establish(
    model: "ReferenceModel", founders: list[tuple[int, int, list[City]]], campaign: bool = False
) -> None:
    """Make networks of those who found them."""
    for topic, region, members in founders:
        focus = [0.7 if domain == topic else 0.3 / 6 for domain in DOMAINS]
        network = Network(model, len(model.networks), focus, region)
        network.campaign = campaign
        model.networks.append(network)
        for city in members:
            network.admit(city)


def set_quality(model: "ReferenceModel") -> None:
    """q = R / (R + costs); R is fees and, topic by topic, a share of the grants by focus."""
    p, n = model.parameters, len(model.cities)
    on_topic = [sum(other.focus[d] for other in model.networks if other.alive) for d in DOMAINS]
    of_data = model.world.network_focus.sum(axis=0).tolist()
    on_topic = [
        now**p.grant_crowding * first ** (1 - p.grant_crowding)
        for now, first in zip(on_topic, of_data, strict=True)
    ]
    for network in model.networks:
        network.quality = 0.0
        if network.alive:
            grants = sum(
                p.grant_pool * n * network.focus[d] / on_topic[d] for d in DOMAINS if on_topic[d] > 0
            )
            resources = p.network_fee * network.size + grants * grants_paid(model, network)
            cost = p.network_fixed_cost * n + p.network_running_cost * network.size
            if resources + cost > 0:
                network.quality = resources / (resources + cost)


def grants_paid(model: "ReferenceModel", network: Network) -> float:
    """What the states of the members, or of all cities where none is known, still pay of its grants."""
    cities = network.members or model.cities
    lost = sum(city.population * city.lost_means for city in cities)
    return 1.0 - lost / sum(city.population for city in cities)


def match(city: City, network: Network) -> float:
    """How far a network's focus meets a city's unmet needs."""
    return sum(city.unmet(domain) * network.focus[domain] for domain in DOMAINS)


def key(model: "ReferenceModel", city: City, network: Network) -> int:
    """Name of a membership."""
    return city.index * model.slots + network.slot


def leaving(model: "ReferenceModel", draw: Draws) -> list[tuple[City, Network]]:
    """Overload, and benefit below cost, drive members out; those of many networks stay."""
    p = model.parameters
    pairs = [(city, network) for network in model.networks for city in network.members]
    u = keyed_uniforms(draw, "leave", (key(model, *pair) for pair in pairs))
    leavers = []
    for city, network in pairs:
        shortfall = max(p.benefit_threshold - network.acting_quality * match(city, network), 0.0)
        push = 1.0 + p.leave_overload * city.overload + p.leave_benefit * shortfall
        if u[key(model, city, network)] < chance(
            p.leave_rate * push / len(city.networks) ** p.leave_commitment
        ):
            leavers.append((city, network))
    return leavers


def closing_networks(model: "ReferenceModel", draw: Draws) -> list[Network]:
    """A poor secretariat may close; with fewer than two members a network is over."""
    p = model.parameters
    u = uniforms(draw, "close", model.slots)
    closing = []
    for network in model.networks:
        fails = network.quality < p.closing_threshold and u[network.slot] < chance(p.closing_rate)
        if network.alive and (fails or network.size < 2):
            closing.append(network)
    return closing


def joining(model: "ReferenceModel", draw: Draws) -> list[tuple[City, Network]]:
    """A city reviews one network, met by its size, and joins it by its utility."""
    p, n = model.parameters, len(model.cities)
    review, meet, join = (uniforms(draw, purpose, n) for purpose in ("review", "network", "join"))
    lasting = draw_efforts(model)
    visible = [
        (1 + network.size) ** p.join_size * effort(model, network, lasting) if network.alive else 0.0
        for network in model.networks
    ]
    if sum(visible) == 0:
        return []
    alive = sum(network.alive for network in model.networks)
    crowd = (alive / model.usual_networks) ** p.solicitation
    joiners = []
    for city in model.cities:
        rate = p.review_rate * crowd * city.openness
        if review[city.index] >= chance(rate):
            continue
        network = model.networks[roulette(visible, meet[city.index])]
        if not eligible(city, network) or city in network.members:
            continue
        probability = logistic(utility(model, city, network))
        if network.by_invitation:
            probability *= vote(model, city, network)
        if join[city.index] < probability:
            joiners.append((city, network))
    return joiners


def draw_efforts(model: "ReferenceModel") -> list[float]:
    """Lasting luck of every slot in recruiting, standard normal."""
    return model.streams.at("networks", 0).normal("effort", model.slots).tolist()


def effort(model: "ReferenceModel", network: Network, lasting: list[float]) -> float:
    """What a network does to be met: of its own, and more in its first ten years."""
    p, world = model.parameters, model.world
    if p.recruiting_form == "alike":
        return 1.0
    own = math.exp(p.recruiting_spread * lasting[network.slot] - p.recruiting_spread**2 / 2)
    if network.state < 0:
        admits = [
            city
            for city in model.cities
            if world.population[city.index] >= network.min_population
            and network.region in (-1, city.region)
            and (network.states is None or city.state.index in network.states)
        ]
        some = sum(city.openness for city in admits)
        if some > 0.0:
            own /= (some / sum(city.openness for city in model.cities)) ** p.recruiting_division
    age = (model.quarters_done - network.founded) * DT
    if network.slot < model.first_networks:
        dates = world.network_founded
        now = world.start_year + model.quarters_done * DT
        age = math.inf if dates is None else now - dates[network.slot]
    return own * math.exp(p.recruiting_youth) if age < 10 else own


def eligible(city: City, network: Network) -> bool:
    """Open to the city's size, region and country."""
    return network.alive and fits(city, network)


def fits(city: City, network: Network) -> bool:
    """What the network asks of a city's size, region, country and state."""
    return (
        city.population >= network.min_population
        and network.region in (-1, city.region)
        and network.state in (-1, city.state.index)
        and (network.states is None or city.state.index in network.states)
    )


def utility(model: "ReferenceModel", city: City, network: Network) -> float:
    """U = β₀ + β_f match + β_p peers + β_n country − β_c load; the network's size is in how it is met."""
    p = model.parameters
    peers = 0.0
    if city.neighbours:
        peers = sum(other in network.members for other in city.neighbours) / len(city.neighbours)
    load = city.used / city.attention
    country = 0.0
    if p.joining_form == "country":
        others = [other for other in model.cities if other.state is city.state and other is not city]
        if others:
            country = p.join_country * (sum(other in network.members for other in others) / len(others))
    odds = p.join_intercept + p.join_focus * match(city, network) + p.join_peers * peers - p.join_cost * load
    return odds + country


def vote(model: "ReferenceModel", city: City, network: Network) -> float:
    """Members' vote: the candidate's capacity against their own mean."""
    p = model.parameters
    theirs = mean(member.means_left for member in network.members) if network.members else 0.5
    return logistic(p.invitation_openness + p.invitation_capacity * (city.means_left - theirs))


def unmet_needs(model: "ReferenceModel") -> list[float]:
    """Unmet need of each domain, mean over people."""
    people = sum(city.population for city in model.cities)
    return [sum(city.population * city.unmet(d) for city in model.cities) / people for d in DOMAINS]


def founding(model: "ReferenceModel", draw: Draws) -> list[tuple[int, int, list[City]]]:
    """Topic, region and first members of each network founded in the quarter."""
    p = model.parameters
    needs = unmet_needs(model)
    parents = sum(network.alive and not network.campaign for network in model.networks)
    expected = p.founding_rate * parents * mean(needs) / model.first_need * DT
    number = min(draw.poisson("founded", expected), model.slots - len(model.networks))
    return new_networks(model, draw, number, 0)


def new_networks(
    model: "ReferenceModel", draw: Draws, number: int, first: int
) -> list[tuple[int, int, list[City]]]:
    """The same for a given number, of which the draws begin with row ``first``."""
    p, n, needs = model.parameters, len(model.cities), unmet_needs(model)
    shape = draw.uniform("shape", first + number, 2)[first:].tolist()
    luck = draw.uniform("members", first + number, n)[first:].tolist()
    together = max(2, round(p.founding_share * n))
    founded = []
    for k in range(number):
        topic = roulette(needs, shape[k][0])
        eager = {city: eagerness(model, city, topic, luck[k][city.index]) for city in model.cities}
        # where nothing draws a city at all it founds no network
        willing = sorted((c for c in eager if eager[c] > -math.inf), key=eager.__getitem__, reverse=True)
        region = -1
        if shape[k][1] < 0.5 and willing:
            region = willing[0].region
            willing = [city for city in willing if city.region == region]
        founded.append((topic, region, willing[:together]))
    return founded


def eagerness(model: "ReferenceModel", city: City, topic: int, u: float) -> float:
    """Log weight of a city as a founder plus Gumbel luck: the highest are a draw by weight."""
    p = model.parameters
    if city.openness == 0.0:
        return -math.inf
    weight = math.log(city.openness * (city.unmet(topic) + 1e-9)) - p.join_cost * city.overload
    return weight - math.log(-math.log(max(u, 1e-300)))
