import logging
import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.tables import known_quarters, known_runs, write_quarters, write_runs
from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.errors import ConfigError, ResultError
from citysim.execute.processes import each_in_processes
from citysim.figures import FIGURES, draw_all
from citysim.figures.bands import DODGE, stall_limits
from citysim.figures.caption import CAPTIONS, read_captions
from citysim.figures.drawing import draw_figures, save
from citysim.figures.style import new_figure

ALL = ("development", "loss", "conflict", "marginalisation", "coverage")
#: Drawn for every experiment; a phase diagram needs a second axis.
ALWAYS = [name for name in FIGURES if name != "contour"]
KNOWN = {"none": 0.0, "twinning": 0.5, "networks": 0.2, "both": 1.1}


def drawn(folder):
    """Stems of the figures in a result folder that hold something."""
    files = [*(folder / "figures").glob("*.png"), *(folder / "figures").glob("*.svg")]
    assert all(file.stat().st_size > 5000 for file in files)
    return {file.stem for file in files}


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A result folder with every kind of figure."""
    folder = tmp_path_factory.mktemp("full")
    runs = known_runs(KNOWN, seeds=6, spread=0.2, noise=0.01, outcomes=ALL)
    defaults = known_runs(KNOWN, seeds=3, draw="defaults", noise=0.01, outcomes=ALL)
    write_quarters(write_runs(folder, runs, defaults), known_quarters(pd.concat([runs, defaults])))
    write_tables(folder)
    return folder, draw_all(folder)


class TestFullResults:
    def test_every_figure_is_drawn_as_png_and_svg(self, full):
        folder, paths = full
        assert drawn(folder) == set(ALWAYS)
        assert [path.suffix for path in paths] == [".png", ".svg"] * len(ALWAYS) + [".json"]

    def test_every_figure_has_a_caption_and_a_text_for_the_blind(self, full):
        captions = read_captions(read_results(full[0]))
        assert [caption.name for caption in captions] == ALWAYS
        assert all(caption.caption and caption.alt and caption.title for caption in captions)

    def test_captions_count_replications_and_cities(self, full):
        text = {caption.name: caption.caption for caption in read_captions(read_results(full[0]))}
        assert "6 replications" in text["compensation"]
        assert "6 replications" in text["trajectories"]
        assert "60 cities" in text["world_map"]

    def test_a_figure_drawn_again_is_the_same_file(self, full, tmp_path):
        figure, caption = FIGURES["difference"](read_results(full[0]))
        for again in save(figure, tmp_path, caption.name):
            assert again.read_bytes() == (full[0] / "figures" / again.name).read_bytes()

    def test_drawn_in_processes_the_files_are_the_same(self, full, tmp_path):
        two = partial(each_in_processes, processes=2, preload="citysim.figures.style")
        folder = shutil.copytree(full[0], tmp_path / "full", ignore=shutil.ignore_patterns("figures"))
        made = draw_figures(read_results(folder), each=two)
        assert [path.name for path in made] == [path.name for path in full[1]]
        for again in made:
            assert again.read_bytes() == (full[0] / "figures" / again.name).read_bytes()


class TestByName:
    def test_one_is_drawn_and_the_others_stay_as_they_are(self, full, tmp_path):
        folder = shutil.copytree(full[0], tmp_path / "full")
        captions = (folder / CAPTIONS).read_bytes()
        for file in (folder / "figures").glob("difference.*"):
            file.unlink()
        made = draw_all(folder, only=["difference"])
        assert [path.name for path in made] == ["difference.png", "difference.svg", "captions.json"]
        assert (folder / CAPTIONS).read_bytes() == captions
        assert drawn(folder) == set(ALWAYS)

    def test_the_first_one_has_a_caption_of_its_own(self, full, tmp_path):
        folder = shutil.copytree(full[0], tmp_path / "full", ignore=shutil.ignore_patterns("figures"))
        draw_all(folder, only=["groups"])
        draw_all(folder, only=["estimands"])
        assert [caption.name for caption in read_captions(read_results(folder))] == ["estimands", "groups"]

    def test_a_name_that_is_none_is_told_with_the_nearest_and_all_others(self, full):
        told = r"--only: no figure 'estimand'; did you mean 'estimands'\? allowed: .*groups"
        with pytest.raises(ConfigError, match=told):
            draw_all(full[0], only=["estimand"])

    def test_one_that_cannot_be_drawn_is_a_fault(self, full):
        with pytest.raises(ResultError, match="figure contour: the design does not ask for it"):
            draw_all(full[0], only=["contour"])


class TestDegenerateResults:
    @pytest.mark.parametrize(
        ("ratios", "settings"),
        [
            ({"none": 0.0, "both": 1.0}, {"seeds": 1}),
            ({"none": 0.0, "both": 1.0}, {"seeds": 6, "cost": 0.0}),
            ({"none": 0.0, "both": 900.0}, {"seeds": 6, "outcomes": ("loss",)}),
            ({"none": 0.0, "both": 1.0}, {"seeds": 3, "stalls": (0.0, 0.75)}),
            ({"none": 0.0} | {f"without_{i}": 0.1 * i for i in range(9)}, {"seeds": 2}),
        ],
        ids=["one seed", "undefined", "exploding", "one stall level", "ten arms"],
    )
    def test_tables_alone_give_ratio_and_difference(self, tmp_path, monkeypatch, ratios, settings):
        monkeypatch.delitem(FIGURES, "world_map")
        write_tables(write_runs(tmp_path, known_runs(ratios, **settings)))
        draw_all(tmp_path)
        assert drawn(tmp_path) == {"makes_up", "estimands", "compensation", "difference"}

    def test_gaps_leave_points_out(self, tmp_path, monkeypatch):
        monkeypatch.delitem(FIGURES, "world_map")
        runs = known_runs({"none": 0.0, "both": 1.1}, seeds=3)
        runs.loc[(runs["arm"] == "both") & (runs["stall"] == 0.5), "development"] = np.nan
        write_quarters(write_runs(tmp_path, runs), known_quarters(runs))
        write_tables(tmp_path)
        draw_all(tmp_path)
        assert drawn(tmp_path) == set(ALWAYS) - {"world_map"}

    def test_one_arm_has_differences_and_paths_and_the_rest_is_left_out_with_a_reason(
        self, tmp_path, caplog, monkeypatch
    ):
        monkeypatch.delitem(FIGURES, "world_map")
        runs = known_runs({"none": 0.0}, seeds=3)
        write_quarters(write_runs(tmp_path, runs), known_quarters(runs))
        write_tables(tmp_path)
        with caplog.at_level(logging.WARNING):
            draw_all(tmp_path)
        assert drawn(tmp_path) == {"difference", "trajectories"}
        assert "figure compensation left out: the headline table is empty" in caplog.text

    def test_nothing_to_draw_names_the_command(self, tmp_path, monkeypatch):
        monkeypatch.delitem(FIGURES, "world_map")
        write_runs(tmp_path, known_runs(KNOWN, seeds=2))
        with pytest.raises(ResultError, match="citysim effects"):
            draw_all(tmp_path)

    def test_damaged_captions_are_named(self, tmp_path):
        results = read_results(write_runs(tmp_path, known_runs(KNOWN, seeds=2)))
        (tmp_path / "figures").mkdir()
        (tmp_path / CAPTIONS).write_text("[{]")
        with pytest.raises(ResultError, match=r"captions.json: damaged.*citysim figures"):
            read_captions(results)


def test_letters_that_the_font_lacks_are_one_warning(tmp_path, monkeypatch, caplog):
    monkeypatch.delitem(FIGURES, "world_map")
    arms = {"none": 0.0, "城市": 0.5, "नगर": 1.1}
    write_tables(write_runs(tmp_path, known_runs(arms, seeds=6, spread=0.2, noise=0.01)))
    draw_all(tmp_path)  # a warning of Matplotlib's would be an error here
    assert drawn(tmp_path) == {"makes_up", "estimands", "compensation", "difference"}
    (told,) = [text for text in caplog.messages if " font " in text]
    letters = "ग (U+0917), न (U+0928), र (U+0930), 城 (U+57CE), 市 (U+5E02)"
    assert told == f"figures: the font lacks {letters}; a box stands for each"


def test_a_figure_by_itself_tells_its_own_letters(tmp_path, caplog):
    figure = new_figure(4)
    figure.suptitle("城 – ≥")
    save(figure, tmp_path, "one")
    assert caplog.messages == ["figure one: the font lacks 城 (U+57CE); a box stands for each"]


def test_points_of_many_arms_lie_within_a_panel():
    stalls = pd.Series([0.5, 1.0])
    for arms in (1, 3, 8, 12):
        low, high = stall_limits(stalls, arms)
        aside = DODGE * (arms - 1) / 2 * (high - low)
        assert low < 0.5 - aside
        assert high > 1.0 + aside
