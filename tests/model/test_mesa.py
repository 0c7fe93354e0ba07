"""CityModel is a Mesa model: Mesa's own tools work on it, and agents read and write its arrays."""

import mesa
import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from citysim.errors import ConfigError, ResultError
from citysim.model.agents import City, CityNetwork, NationState
from citysim.model.model import CityModel
from citysim.model.outcomes import OUTCOMES
from citysim.model.parameters import Parameters
from worlds import BUSY, Size, small_world

WORLD = small_world(Size(cities=30, states=5, networks=6, memberships=1.5), seed=2)


@pytest.fixture
def model() -> CityModel:
    return CityModel(WORLD, BUSY, rng=1, quarters=6)


def cities(model: CityModel) -> mesa.agent.AgentSet:
    return model.agents_by_type[City]


class TestAgentSets:
    def test_agents_are_all_cities_states_and_networks(self, model):
        assert isinstance(model, mesa.Model)
        assert len(model.agents) == 30 + 5 + 6
        assert model.agent_types == [City, NationState, CityNetwork]
        assert {kind: len(agents) for kind, agents in model.agents_by_type.items()} == {
            City: 30,
            NationState: 5,
            CityNetwork: 6,
        }
        assert len({agent.unique_id for agent in model.agents}) == 41

    def test_the_old_name_of_a_nation_state_warns_and_still_selects(self, model):
        with pytest.warns(DeprecationWarning, match="now NationState"):
            from citysim.model.agents import State
        assert model.agents.select(agent_type=State).get("name") == list(WORLD.state_name)
        with pytest.raises(ImportError, match="Nation"):
            from citysim.model.agents import Nation  # noqa: F401

    def test_agents_that_are_removed_do_not_come_back(self, model):
        model.remove_all_agents()
        assert len(model.agents) == 0
        assert len(model.state.population) == 30

    def test_agents_of_a_users_own_join_those_of_the_model(self, model):
        class Observer(mesa.Agent):
            pass

        own = Observer(model)
        assert own in model.agents
        assert len(model.agents) == 42
        assert len({agent.unique_id for agent in model.agents}) == 42

    def test_asking_again_makes_no_more_agents(self, model):
        assert list(model.agents) == list(model.agents)
        model.step()
        before = set(model.agents)
        assert before <= set(model.agents)
        assert len(model.agents_by_type[City]) == 30

    def test_select_and_get_read_the_arrays(self, model):
        large = cities(model).select(lambda city: city.population > 500_000)
        assert {city.index for city in large} == set(np.flatnonzero(WORLD.population > 500_000))
        assert cities(model).get("population") == WORLD.population.tolist()
        assert model.agents.select(agent_type=NationState).get("name") == list(WORLD.state_name)
        assert len(cities(model).select(at_most=4)) == 4

    def test_agg_reduces_the_arrays(self, model):
        assert cities(model).agg("population", sum) == pytest.approx(WORLD.population.sum())
        assert cities(model).agg("capacity", [min, max]) == [WORLD.capacity.min(), WORLD.capacity.max()]

    def test_groupby_gathers_cities_by_state(self, model):
        by_state = cities(model).groupby("state")
        assert by_state.count() == {
            state: int((WORLD.state == state.index).sum()) for state in model.agents_by_type[NationState]
        }
        people = by_state.agg("population", sum)
        for state in model.agents_by_type[NationState]:
            assert people[state] == pytest.approx(WORLD.population[WORLD.state == state.index].sum())

    def test_do_map_set_sort_and_shuffle_write_and_order(self, model):
        def double_stress(city):
            city.stress = 2 * city.stress + 0.1

        cities(model).do(double_stress)
        assert np.all(model.state.stress == 0.1)
        cities(model).set("stress", 0.4)
        assert np.all(model.state.stress == 0.4)
        assert cities(model).map(lambda city: city.index) == list(range(30))
        ordered = cities(model).sort("population", ascending=True).get("population")
        assert ordered == sorted(WORLD.population)
        shuffled = cities(model).shuffle()
        assert set(shuffled) == set(cities(model))
        assert list(shuffled) != list(cities(model))
        cities(model).shuffle_do(double_stress)
        assert np.all(model.state.stress == 2 * 0.4 + 0.1)


class Collecting(CityModel):
    """As one writes a Mesa model: a data collector made at the start, fed at every step."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "development": lambda model: model.state.development.mean(),
                "seed": lambda model: model.setting.streams.seed,
                "quarter": "steps",
            },
            agenttype_reporters={
                City: {"stress": "stress", "twins": lambda city: len(city.twins)},
                CityNetwork: {"members": lambda network: len(network.members)},
            },
        )

    def step(self):
        super().step()
        self.datacollector.collect(self)


class TestDataCollector:
    def test_model_and_agent_type_reporters_see_every_quarter(self):
        model = Collecting(WORLD, {**BUSY, "stall": 0.25}, rng=1, quarters=6).run()
        table = model.datacollector.get_model_vars_dataframe()
        assert len(table) == 6
        assert table["development"].iloc[-1] == model.state.development.mean()
        stress = model.datacollector.get_agenttype_vars_dataframe(City)
        assert len(stress) == 6 * 30
        assert stress["stress"].to_numpy()[-30:].tolist() == model.state.stress.tolist()
        members = model.datacollector.get_agenttype_vars_dataframe(CityNetwork)
        assert members.loc[6, "members"].sum() == len(model.state.networks.key)

    def test_agent_reporters_see_all_agents(self, model):
        collector = mesa.DataCollector(agent_reporters={"name": "name"})
        model.step()
        collector.collect(model)
        table = collector.get_agent_vars_dataframe()
        assert table["name"].tolist() == [agent.name for agent in model.agents]


class TestBatchRun:
    def test_batch_run_sweeps_parameters_and_seeds(self):
        rows = mesa.batch_run(
            Collecting,
            {"world": WORLD, "quarters": 3, "stall": [0.0, 0.5, 1.0], "networks": [True, False]},
            rng=[1, 2],
            number_processes=1,
            display_progress=False,
        )
        runs = {row["RunId"]: row for row in rows}
        assert len(runs) == 12
        assert {(row["stall"], row["networks"], row["rng"]) for row in runs.values()} == {
            (stall, networks, seed)
            for stall in (0.0, 0.5, 1.0)
            for networks in (True, False)
            for seed in (1, 2)
        }
        for row in runs.values():
            alone = Collecting(
                WORLD, rng=row["rng"], quarters=3, stall=row["stall"], networks=row["networks"]
            )
            assert row["development"] == alone.run().state.development.mean()

    def test_batch_run_collects_every_quarter_when_asked(self):
        rows = mesa.batch_run(
            Collecting,
            {"world": WORLD, "quarters": 4, "stall": 1.0},
            rng=5,
            data_collection_period=1,
            number_processes=1,
            display_progress=False,
        )
        assert {row["Step"] for row in rows} == {1, 2, 3, 4}

    @pytest.mark.slow
    @pytest.mark.parametrize("processes", [1, 2])
    def test_batch_run_takes_the_model_as_it_stands_and_gives_its_outcomes(self, processes):
        rows = mesa.batch_run(
            CityModel,
            {"world": [WORLD], "quarters": 3, "stall": [0.0, 1.0]},
            rng=[1],
            number_processes=processes,
            display_progress=False,
        )
        assert [row["stall"] for row in sorted(rows, key=lambda row: row["RunId"])] == [0.0, 1.0]
        for row in rows:
            alone = CityModel(WORLD, rng=1, quarters=3, stall=row["stall"]).run()
            assert row["Step"] == 3
            last = dict(zip(OUTCOMES, alone.recorder.series[-1, 0], strict=True))
            assert {name: row[name] for name in OUTCOMES} == pytest.approx(last, rel=0, nan_ok=True)

    def test_a_swept_switch_keeps_its_column_beside_the_outcome_of_its_name(self):
        rows = mesa.batch_run(
            CityModel,
            {"world": WORLD, "quarters": 4, "networks": [True, False]},
            rng=[1],
            data_collection_period=1,
            number_processes=1,
            display_progress=False,
        )
        assert [(row["Step"], row["networks"]) for row in rows] == [
            (quarter, networks) for networks in (True, False) for quarter in (1, 2, 3, 4)
        ]
        assert [row["networks_outcome"] > 0 for row in rows] == [True] * 4 + [False] * 4

    def test_the_models_own_collector_follows_the_run_and_gives_way_to_another(self, model):
        collector = model.datacollector
        model.step()
        collector.collect(model)
        assert len(collector.get_model_vars_dataframe()) == 1
        model.run()
        table = collector.get_model_vars_dataframe()
        assert list(table) == list(OUTCOMES)
        assert np.array_equal(table.to_numpy(), model.recorder.series[:, 0], equal_nan=True)
        model.datacollector = mesa.DataCollector(model_reporters={"quarter": "steps"})
        model.datacollector.collect(model)
        assert model.datacollector.model_vars == {"quarter": [6]}


class TestResetRng:
    def test_before_the_first_quarter_the_model_is_that_of_the_new_seed(self, model):
        model.reset_rng(9)
        other = CityModel(WORLD, BUSY, rng=9, quarters=6)
        assert np.array_equal(model.state.practices, other.state.practices)
        assert np.array_equal(model.run().recorder.values, other.run().recorder.values, equal_nan=True)

    @pytest.mark.parametrize("rng", [9, np.int64(9), np.random.default_rng(9)])
    def test_later_what_has_been_stays_and_what_comes_is_another(self, model, rng):
        plain = CityModel(WORLD, BUSY, rng=1, quarters=6).run().recorder.series
        model.run_for(3)
        model.reset_rng(rng)
        changed = model.run().recorder.series
        assert np.array_equal(changed[:3], plain[:3], equal_nan=True)
        assert not np.array_equal(changed[3:], plain[3:], equal_nan=True)

    def test_without_a_seed_the_streams_stay(self, model):
        plain = CityModel(WORLD, BUSY, rng=1, quarters=6).run().recorder.series
        model.step()
        model.reset_rng()
        assert np.array_equal(model.run().recorder.series, plain, equal_nan=True)

    def test_the_older_way_does_the_same(self, model):
        with pytest.warns(FutureWarning, match="deprecated"):
            model.reset_randomizer(9)
        other = CityModel(WORLD, BUSY, rng=9, quarters=6).run()
        assert np.array_equal(model.run().recorder.values, other.recorder.values, equal_nan=True)


class TestTime:
    def test_steps_and_time_count_quarters_and_running_ends(self, model):
        assert (model.steps, model.time, model.running) == (0, 0.0, True)
        model.step()
        assert (model.steps, model.time, model.state.step) == (1, 1.0, 1)
        model.run()
        assert (model.steps, model.time, model.running) == (6, 6.0, False)
        assert len(model.recorder.series) == 6

    def test_mesas_own_ways_of_running_agree(self, model):
        model.run_model()
        other = CityModel(WORLD, BUSY, rng=1, quarters=6)
        other.run_for(6)
        assert not other.running
        assert np.array_equal(model.recorder.values, other.recorder.values, equal_nan=True)

    def test_a_model_that_has_ended_can_go_on(self, model):
        model.run().step()
        longer = CityModel(WORLD, BUSY, rng=1, quarters=7).run()
        assert np.array_equal(model.recorder.series, longer.recorder.series, equal_nan=True)

    def test_running_again_does_nothing(self, model):
        steps = model.run().steps
        assert model.run().steps == steps


ROWS = (
    "population",
    "capacity",
    "autonomy",
    "reach",
    "stress",
    "marginalised",
    "development",
    "unrest",
    "attention",
    "engagement",
)


class TestViews:
    @pytest.mark.parametrize("name", ROWS)
    def test_a_city_reads_and_writes_its_row(self, model, name):
        city = cities(model).to_list()[7]
        array = getattr(model.state, name)
        array[7] = 0.375
        assert getattr(city, name) == 0.375
        others = np.delete(array, 7).copy()
        setattr(city, name, 0.625)
        assert getattr(model.state, name)[7] == 0.625
        assert np.array_equal(np.delete(getattr(model.state, name), 7), others)

    @pytest.mark.parametrize("name", ROWS)
    def test_a_view_follows_the_arrays_through_a_run(self, model, name):
        city = cities(model).to_list()[7]
        model.run()
        assert getattr(city, name) == getattr(model.state, name)[7]

    def test_what_is_written_to_a_city_acts_in_the_next_quarter(self):
        calm, hurt = (CityModel(WORLD, {**BUSY, "crises": False}, rng=1, quarters=2) for _ in range(2))
        cities(hurt).to_list()[3].stress = 5.0
        calm.step()
        hurt.step()
        assert hurt.state.development[3] < calm.state.development[3]
        assert np.array_equal(np.delete(hurt.state.development, 3), np.delete(calm.state.development, 3))

    def test_services_practices_and_focus_are_writable_rows(self, model):
        city, network = cities(model).to_list()[4], model.agents_by_type[CityNetwork].to_list()[2]
        city.services[:] = 0.5
        city.practices[0] = 1
        network.focus[:] = 1 / 7
        assert np.all(model.state.services[4] == 0.5)
        assert model.state.practices[4, 0] == 1
        assert city.pledged >= 1
        assert np.all(model.state.networks.focus[2] == 1 / 7)

    def test_action_capacity_is_read_and_written(self, model):
        state = model.agents_by_type[NationState].to_list()[1]
        state.action_capacity = 0.125
        assert model.state.action_capacity[1] == 0.125
        assert state.action_capacity == 0.125

    def test_networks_and_members_are_two_sides_of_one_thing(self, model):
        model.run()
        pairs = {(city, network) for city in cities(model) for network in city.networks}
        assert pairs == {
            (city, network) for network in model.agents_by_type[CityNetwork] for city in network.members
        }
        keys = {city.index * model.state.networks.slots + network.index for city, network in pairs}
        assert keys == set(model.state.networks.key.tolist())

    def test_twins_are_mutual(self, model):
        model.run()
        assert any(city.twins for city in cities(model))
        for city in cities(model):
            assert all(city in twin.twins for twin in city.twins)

    def test_states_and_their_cities_are_two_sides_of_one_thing(self, model):
        states = model.agents_by_type[NationState]
        assert all(city.state is state for state in states for city in state.cities)
        assert sum(len(state.cities) for state in states) == 30

    def test_tension_and_enmity_are_mutual(self, model):
        model.run()
        states = model.agents_by_type[NationState].to_list()
        for one in states:
            assert one.tension(one) == 0.0
            assert one not in one.enemies
            for other in states:
                assert one.tension(other) == other.tension(one)
                assert (one in other.enemies) == (other in one.enemies)
        assert sum(len(state.enemies) for state in states) == 2 * model.state.conflict.sum()

    def test_names_and_places_are_those_of_the_world(self, model):
        city = cities(model).to_list()[9]
        assert city.name == "city 9"
        assert city.position == (WORLD.latitude[9], WORLD.longitude[9])
        assert model.agents_by_type[CityNetwork].to_list()[0].name == "network 0"


class TestFounded:
    @pytest.fixture
    def founding(self) -> CityModel:
        return CityModel(WORLD, {**BUSY, "founding_rate": 1.0}, rng=1, quarters=12)

    def test_networks_founded_in_a_run_appear_as_agents(self, founding):
        assert len(founding.agents_by_type[CityNetwork]) == 6
        founding.run()
        networks = founding.agents_by_type[CityNetwork].to_list()
        assert len(networks) == founding.state.networks.count > 6
        assert [network.index for network in networks] == list(range(len(networks)))
        assert networks[-1].name == f"network {len(networks)}"
        assert [network.alive for network in networks] == founding.state.networks.alive[
            : len(networks)
        ].tolist()
        assert [network.quality for network in networks] == founding.state.networks.quality[
            : len(networks)
        ].tolist()

    def test_a_city_met_before_sees_networks_founded_since(self, founding):
        met = cities(founding).to_list()
        founding.run()
        seen = {network.index for city in met for network in city.networks}
        assert seen == set(founding.state.networks.member_network.tolist())
        assert max(seen) >= 6

    def test_a_closed_network_stays_an_agent_without_members(self):
        model = CityModel(
            WORLD, {**BUSY, "closing_threshold": 1.0, "closing_rate": 20.0}, rng=1, quarters=4
        ).run()
        closed = model.agents_by_type[CityNetwork].select(lambda network: not network.alive)
        assert len(closed) > 0
        assert all(network.members == [] and network.quality == 0.0 for network in closed)


class TestConstruction:
    def test_parameters_come_as_object_mapping_or_keywords(self):
        ways = (
            CityModel(WORLD, Parameters(stall=0.5), rng=1, quarters=2),
            CityModel(WORLD, {"stall": 0.5}, rng=1, quarters=2),
            CityModel(WORLD, rng=1, quarters=2, stall=0.5),
            CityModel(WORLD, {"stall": 0.1}, rng=1, quarters=2, stall=0.5),
            CityModel(WORLD, Parameters(stall=0.1), rng=1, quarters=2, stall=0.5),
        )
        results = [model.run().recorder.values for model in ways]
        assert all(np.array_equal(values, results[0], equal_nan=True) for values in results)

    @pytest.mark.parametrize("wrong", [{"stal": 0.5}, {"stall": 1.5}, {"learning_twins": float("nan")}])
    def test_wrong_parameters_raise(self, wrong):
        with pytest.raises(ValidationError, match=next(iter(wrong))):
            CityModel(WORLD, wrong, rng=1)
        with pytest.raises(ValidationError, match=next(iter(wrong))):
            CityModel(WORLD, rng=1, **wrong)

    def test_the_seed_may_be_any_whole_number_or_a_generator(self):
        def numbers(rng):
            return CityModel(WORLD, BUSY, rng=rng, quarters=2).run().recorder.values

        zero = numbers(0)
        assert np.array_equal(zero, numbers(np.int64(0)), equal_nan=True)
        assert not np.array_equal(zero, numbers(1), equal_nan=True)
        assert not np.array_equal(numbers(None), numbers(None), equal_nan=True)
        assert not np.array_equal(numbers(2**64 - 1), numbers(2**63 - 1), equal_nan=True)
        same = [numbers(np.random.default_rng(5)) for _ in range(2)]
        assert np.array_equal(*same, equal_nan=True)

    def test_numbers_of_numpy_and_whole_floats_make_the_same_model(self):
        plain = CityModel(WORLD, BUSY, rng=3, quarters=2, max_networks=100, twinning=False).run()
        other = CityModel(
            WORLD,
            pd.Series(BUSY),
            rng=np.uint8(3),
            quarters=np.float64(2),
            max_networks=np.int64(100),
            twinning=np.bool_(False),
        ).run()
        assert np.array_equal(plain.recorder.values, other.recorder.values, equal_nan=True)
        assert other.parameters == plain.parameters

    @pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "4", None])
    def test_a_number_of_quarters_that_is_none_raises(self, wrong):
        with pytest.raises(ConfigError, match=r"quarters: found .*, must be a whole number of at least 1"):
            CityModel(WORLD, rng=1, quarters=wrong)

    def test_a_summary_before_the_first_quarter_raises(self, model):
        with pytest.raises(ResultError, match="no quarter has been run yet"):
            model.summary()
        with pytest.raises(ResultError, match="no quarter has been run yet"):
            model.recorder.summaries()
        model.step()
        assert list(model.summary()) == list(OUTCOMES)
