"""Draws the pictures of docs/briefings.md from results, and writes the page.

uv run --with pypdfium2 python docs/briefings.py RESULTS

RESULTS holds a folder for each of the experiments, as `citysim run NAME` writes it. They are not written to.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2  # type: ignore[import-not-found,unused-ignore]

from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.briefing import write_briefing
from citysim.briefing.sheet import write_sheet
from citysim.briefing.short import short_answer
from citysim.figures import draw_all
from citysim.language import LANGUAGES, speaking

EXPERIMENTS = (
    *("claim", "partnerships", "added_value", "scope", "how_many_networks"),
    *("crises", "peace", "urban_2050", "who_stalls"),
)
PAGE = Path(__file__).parent / "briefings.md"
PICTURES = Path(__file__).parent / "_static" / "briefings"
#: Of a picture: dots per inch of paper, and how many colours it has, which is what its size hangs on.
DPI, COLOURS = {"dialogue_sheet": 130, "page": 100}, 128
HEAD = """# Sheet and briefings

<!-- made by docs/briefings.py -->

The dialogue sheet has the questions of all experiments, each with its answer, its one number and how sure that is, on one page:

    uv run citysim compare results/claim results/crises results/peace --language de

writes `dialogue_sheet.pdf`, `.html` and `.csv` into `results/compared/`, in the order of the folders; up to nine fit on the
page. Each answer and number is the one of page 1 of the experiment's briefing, made by the same rule. Runs that are missing
are counted, and tables that are not of the runs as they are now are made anew without touching the folder. Words for chances are
those of the IPCC; the interval below a number is its 90 % interval.

Two experiments of one kind (the same question asked of the same arms, at the same stall level) are drawn side by side
on the same axes as well, with the settings in which they differ. Where seeds, drawn parameters, world and model are the same, runs
pair, and the difference is taken replication by replication: `side_by_side.csv` has its median, where nine of ten lie, and the 90 %
confidence interval of the median; the verdict is *more* or *less* where that leaves out 0. Where runs do not pair, or two
experiments are not of one kind, a line says why.

The pictures here are of the runs of [verdicts.md](verdicts.md), drawn from the posterior, and of `who_stalls` under it; the sheet counts
them. [findings.md](findings.md) says beside them what draws of the prior give.
"""
ALT = "Page 1 of the briefing of {name} in {language}"


def main() -> None:
    """Draw all pictures and write the page."""
    folders = {name: Path(sys.argv[1]) / name for name in EXPERIMENTS}
    PICTURES.mkdir(parents=True, exist_ok=True)
    text = HEAD
    for language, called in LANGUAGES.items():
        with TemporaryDirectory() as made:
            (file,) = write_sheet(list(folders.values()), Path(made), language, ["pdf"])
            picture(file, f"dialogue_sheet_{language}", DPI["dialogue_sheet"])
        text += f"\n## {called}\n\n![The dialogue sheet in {called}](_static/briefings/dialogue_sheet_{language}.png)\n"
        for name, folder in folders.items():
            with TemporaryDirectory() as made:
                picture(page_1(folder, Path(made), language), f"{name}_{language}", DPI["page"])
            alt = ALT.format(name=name, language=called)
            text += f"\n### {name} ({language})\n\n![{alt}](_static/briefings/{name}_{language}.png)\n"
    PAGE.write_text(text, encoding="utf-8")


def page_1(folder: Path, made: Path, language: str) -> Path:
    """The briefing of an experiment with the one figure that its page 1 shows."""
    write_tables(folder, made)
    results = read_results(folder, made, language)
    with speaking(language):
        named = short_answer(results).picture or "difference"
    draw_all(folder, made, [named], language)
    (file,) = write_briefing(folder, made, language, ["pdf"])
    return file


def picture(file: Path, name: str, dpi: int) -> None:
    """Draw the first page of a PDF."""
    page = pypdfium2.PdfDocument(file)[0].render(scale=dpi / 72).to_pil()
    page.quantize(COLOURS).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
