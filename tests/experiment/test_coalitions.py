"""Coalitions of networks as design points, and the faults of a config that asks for them."""

from itertools import combinations
from pathlib import Path

import pytest

from citysim.errors import ConfigError
from citysim.plan.config import ExperimentConfig, config_toml, load_config
from citysim.plan.design.coalitions import absent_text, coalitions, orderings
from citysim.plan.design.points import design_points, number_of_points

SEVEN = ["UCLG", "C40", "U20", "ICLEI", "Metropolis", "Pact of Free Cities", "Peace in Our Cities"]
BASE = 'name = "x"\nseeds = 2\n[arms.both]\ntwinning = true\n'


def loaded(folder: Path, design: str) -> ExperimentConfig:
    file = folder / "x.toml"
    file.write_text(BASE + design, encoding="utf-8")
    return load_config(file)


class TestOrderings:
    """The cyclic Latin square and its reversals."""

    @pytest.mark.parametrize("n", [2, 3, 6, 7])
    def test_every_player_stands_equally_often_at_each_place(self, n: int) -> None:
        rows = orderings([str(i) for i in range(n)])
        assert len(rows) == 2 * n
        for place in range(n):
            assert sorted(row[place] for row in rows) == sorted(2 * [str(i) for i in range(n)])

    @pytest.mark.parametrize("n", [2, 3, 6, 7])
    def test_every_pair_stands_equally_often_in_each_order(self, n: int) -> None:
        rows = orderings([str(i) for i in range(n)])
        for a, b in combinations(map(str, range(n)), 2):
            assert sum(row.index(a) < row.index(b) for row in rows) == n


class TestCoalitions:
    @pytest.mark.parametrize("n", [2, 3, 5, 7])
    def test_their_number_is_as_documented(self, n: int) -> None:
        players = SEVEN[:n]
        assert len(set(coalitions(players, "latin"))) == len(coalitions(players, "latin")) == n * (n - 1) + 2
        assert len(set(coalitions(players, "all"))) == len(coalitions(players, "all")) == 2**n
        assert set(coalitions(players, "latin")) <= set(coalitions(players, "all"))

    @pytest.mark.parametrize("which", ["latin", "all"])
    def test_all_come_first_and_the_steps_of_one_less_are_there(self, which: str) -> None:
        found = coalitions(SEVEN, which)
        assert found[0] == frozenset(SEVEN)
        assert found[-1] == frozenset()
        assert {frozenset(SEVEN) - {name} for name in SEVEN} <= set(found)

    def test_absent_networks_are_those_outside_in_the_order_of_the_config(self) -> None:
        assert absent_text(SEVEN, {"C40", *SEVEN[3:]}) == "UCLG + U20"
        assert absent_text(SEVEN, SEVEN) == ""


class TestConfig:
    def test_a_list_holds_each_coalition_and_each_placebo_once(self, tmp_path: Path) -> None:
        config = loaded(
            tmp_path, f"[design]\nkind='list'\ncoalitions = {{networks = {SEVEN}, placebos = true}}\n"
        )
        points = design_points(config.design)
        assert len(points) == number_of_points(config.design) == 44 + 7
        assert points[0] == {"absent_networks": "", "placebo_networks": ""}
        assert [point["placebo_networks"] for point in points if point["placebo_networks"]] == SEVEN
        assert all(not (point["absent_networks"] and point["placebo_networks"]) for point in points)

    def test_a_grid_crosses_coalitions_with_stall(self, tmp_path: Path) -> None:
        design = f'[design]\nstall = [0, 0.5]\ncoalitions = {{networks = {SEVEN[:3]}, which = "all"}}\n'
        assert number_of_points(loaded(tmp_path, design).design) == 2 * 8

    @pytest.mark.parametrize("which", ["latin", "all"])
    def test_it_reads_back_as_itself(self, tmp_path: Path, which: str) -> None:
        table = f"{{networks = {SEVEN}, which = '{which}', placebos = true}}"
        config = loaded(tmp_path, f"[design]\nkind = 'list'\ncoalitions = {table}\n")
        again = tmp_path / "again.toml"
        again.write_text(config_toml(config), encoding="utf-8")
        assert load_config(again) == config

    @pytest.mark.parametrize(
        ("design", "fault"),
        [
            (
                "coalitions = 'latin'",
                "design.coalitions: found 'latin', expected a table {networks = […], which = \"latin\"}",
            ),
            ("coalitions = {}", "design.coalitions.networks: missing; name at least two networks"),
            (
                "coalitions = {networks = ['C40']}",
                "design.coalitions.networks: name at least two, and each once",
            ),
            (
                "coalitions = {networks = ['C40', 'C40']}",
                "design.coalitions.networks: name at least two, and each once",
            ),
            (
                "coalitions = {networks = ['C40', 3]}",
                "design.coalitions.networks: found ['C40', 3], expected a list of names",
            ),
            (
                "coalitions = {networks = ['C40 + U20', 'UCLG']}",
                "design.coalitions.networks: found ['C40 + U20', 'UCLG'], name one network at a time",
            ),
            (
                "coalitions = {networks = ['C40', 'U20'], which = 'cyclic'}",
                "design.coalitions.which: found 'cyclic', allowed: latin, all",
            ),
            (
                "coalitions = {networks = ['C40', 'U20'], wich = 'all'}",
                "design.coalitions.wich: unknown key, did you mean 'which'?",
            ),
            (
                "coalitions = {networks = ['C40', 'U20'], placebos = 1}",
                "design.coalitions.placebos: found 1, allowed: true or false",
            ),
            (
                "coalitions = {networks = ['C40', 'U20'], placebos = true}",
                "design.coalitions.placebos: only for kind = 'list'; others would cross them with coalitions",
            ),
            (
                f"coalitions = {{networks = {[*'abcdefghijk']}, which = 'all'}}",
                "design.coalitions.networks: found 11 networks, allowed for which = 'all': at most 10",
            ),
            (
                "absent_networks = ['', 'C40']\ncoalitions = {networks = ['C40', 'U20']}",
                "design.absent_networks: swept by design.coalitions, too; keep one",
            ),
            (
                "coalitions = {networks = ['C40', 'U20']}\n[parameters]\nabsent_networks = 'C40'",
                "design.absent_networks: swept here and also set in parameters; keep one",
            ),
        ],
    )
    def test_each_fault_is_one_line(self, tmp_path: Path, design: str, fault: str) -> None:
        with pytest.raises(ConfigError) as caught:
            loaded(tmp_path, f"[design]\n{design}\n")
        assert [line.split("x.toml: ", 1)[1] for line in caught.value.messages] == [fault]
