"""The tables about a world say what its arrays hold."""

from pathlib import Path

import pandas as pd
import pytest

from citysim.world import describe
from citysim.world.networks import NAMED
from citysim.world.world import World


@pytest.fixture(scope="module")
def networks(real: World) -> pd.DataFrame:
    return describe.network_table(real).set_index("network")


def test_the_summary_has_a_row_for_each_thing_a_reader_asks_for(real: World) -> None:
    table = describe.world_summary(real)
    assert list(table.columns) == ["quantity", "value", "note"]
    values = table.set_index("quantity")["value"]
    assert values["cities"] == f"{real.n_cities:,}"
    assert values["twinnings"] == f"{len(real.twin_a):,}"
    assert real.digest.startswith(values["digest"])


@pytest.mark.parametrize("size", [(1, 1), (40, 5)])
def test_the_tables_of_a_tiny_world_can_be_made(size: tuple[int, int]) -> None:
    world = World.synthetic(*size, seed=2)
    assert len(describe.world_summary(world)) > 10
    assert len(describe.network_table(world)) == world.n_networks
    assert describe.imputation_table(world).empty


def test_members_in_the_table_sum_to_the_memberships(real: World, networks: pd.DataFrame) -> None:
    assert networks["members"].sum() == len(real.membership_city)
    assert (networks["members"] <= networks["known"]).all()


def test_the_named_networks_come_first_and_partial_lists_are_marked(networks: pd.DataFrame) -> None:
    assert tuple(networks.index[: len(NAMED)]) == NAMED
    assert networks.loc["UCLG", "reported"] == 240_000
    assert networks.loc["UCLG", "partial"]
    assert networks.loc["ICLEI", "partial"]
    assert not networks.loc["C40", "partial"]
    assert networks.loc["C40", "entry"] == "by invitation"
    assert networks.loc["C40", "focus"].startswith("climate")


def test_the_imputation_table_has_one_row_per_rule(real: World) -> None:
    table = describe.imputation_table(real)
    assert len(table) == len(real.imputations)
    assert table["filled"].sum() == sum(i.filled for i in real.imputations)


def test_partial_lists_hold_the_named_networks_and_the_partial_ones(real: World) -> None:
    found = set(describe.partial_lists(real)["network"])
    assert set(NAMED) | {"Mayors for Peace", "Covenant of Mayors (EU)"} <= found


def test_what_is_left_out_is_counted_and_every_source_has_a_licence() -> None:
    left = describe.left_out().set_index("what")["rows"]
    assert left["memberships of former members"] == 24
    assert left["memberships without a place"] == 2
    assert (describe.sources_table()["licence"] != "").all()


def test_the_imputations_in_the_docs_are_those_of_a_run(real: World) -> None:
    text = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    for item in real.imputations:
        assert f"| {item.field} | {item.filled:,} | {item.total:,} | {item.rule} |" in text
