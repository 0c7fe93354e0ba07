"""Mesa is imported without its spaces, and is whole for whoever asks for more; each in a fresh process."""

import subprocess
import sys

import pytest

from citysim.world.world import World

BEFORE = "import sys; from citysim import CityModel, World; from citysim.model.mesa_light import mesa\n"


def ran(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_run_imports_neither_tables_nor_graphs_nor_trees():
    World.real()  # is kept from here on
    code = """
CityModel(World.real(), rng=1, quarters=1).run().summary()
print(*{"pandas", "networkx", "pyarrow", "tqdm", "scipy.spatial", "scipy.sparse"} & set(sys.modules))
"""
    assert ran(BEFORE + code) == ""


def test_the_model_is_one_of_mesas():
    code = "import mesa as whole; print(whole is mesa, issubclass(CityModel, whole.Model))"
    assert ran(BEFORE + code) == "True True"


@pytest.mark.parametrize(
    "code",
    [
        "print(mesa.discrete_space.OrthogonalMooreGrid.__name__)",
        "from mesa.discrete_space import OrthogonalMooreGrid as it; print(it.__name__)",
        "import mesa.discrete_space as it; print(it.grid.OrthogonalMooreGrid.__name__)",
        "import mesa.discrete_space.grid as it; print(it.OrthogonalMooreGrid.__name__)",
        "from mesa import discrete_space as it; print(it.OrthogonalMooreGrid.__name__)",
    ],
)
def test_a_space_is_there_when_it_is_asked_for(code: str):
    assert ran(BEFORE + code) == "OrthogonalMooreGrid"


@pytest.mark.parametrize("name", ["space", "experimental.devs", "experimental.continuous_space"])
def test_what_stood_in_gives_the_names_of_the_module(name: str):
    code = f"import importlib; real = importlib.import_module('mesa.{name}')\n"
    known = f"print(set(dir(mesa.{name})) >= set(dir(real)), sys.modules['mesa.{name}'] is real)"
    assert ran(BEFORE + code + known) == "True True"


def test_mesas_tables_are_pandas():
    code = """
model = CityModel(World.synthetic(cities=8, states=2), rng=1, quarters=1).run()
import pandas
print(isinstance(model.datacollector.get_model_vars_dataframe(), pandas.DataFrame))
print(isinstance(model.agents.get(["unique_id"]), list))
"""
    assert ran(BEFORE + code).split() == ["True", "True"]


def test_agents_are_made_from_a_series_as_from_a_list():
    code = """
import pandas as pd
class Counted(mesa.Agent):
    def __init__(self, model, wealth):
        super().__init__(model)
        self.wealth = wealth
made = Counted.create_agents(mesa.Model(), 3, wealth=pd.Series([1, 2, 3]))
print(*[agent.wealth for agent in made])
"""
    assert ran(BEFORE + code) == "1 2 3"


def test_mesas_batches_show_their_progress():
    code = """
class Empty(mesa.Model):
    def __init__(self, rng=None):
        super().__init__(rng=rng)
        self.datacollector = mesa.DataCollector(model_reporters={"time": "time"})
    def step(self):
        self.datacollector.collect(self)
        self.running = False
found = mesa.batch_run(Empty, {}, rng=[1, 2], display_progress=True)
print(len(found))
"""
    assert ran(BEFORE + code) == "2"


def test_mesa_that_is_there_already_is_left_as_it_is():
    code = "import mesa; space = mesa.discrete_space\n" + BEFORE + "print(mesa.discrete_space is space)"
    assert ran("import sys\n" + code) == "True"


def test_pandas_that_is_there_already_is_what_mesa_has():
    code = "import pandas\n" + BEFORE + "import mesa.agent; print(mesa.agent.pd is pandas)"
    assert ran(code) == "True"
