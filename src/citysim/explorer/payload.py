"""All that a page shows of one or several experiments, as one text."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from citysim import __version__
from citysim.analysis.answers.pairing import whole
from citysim.analysis.labels import arm_label, experiment_text, experiment_title, swept_label, value_label
from citysim.analysis.multiplicity import baseline
from citysim.analysis.results import DEFAULTS, RunSet, read_results
from citysim.analysis.stall import level_in_words, shown_stall, states_stalled
from citysim.briefing.credits import credits_of
from citysim.errors import ResultError
from citysim.explorer.answers import answers_of
from citysim.explorer.numbers import courses_of, numbers_of, outcomes_of
from citysim.explorer.packing import Pack, written
from citysim.explorer.places import of_cities, places_of, world_of
from citysim.explorer.settings import Settings, settings_of
from citysim.explorer.words import strings
from citysim.figures.rows import shown_arms
from citysim.language import DEFAULT, capitalised, gettext, numeral, speaking

#: South of this no city is.
_SOUTH = -58.0
_RECORDING = "citysim run CONFIG --set record.{name}=true --out FOLDER"


class Payload(NamedTuple):
    """What the page unpacks, and the language that its words are in."""

    data: bytes
    language: str

    @property
    def text(self) -> str:
        """The data as they stand in a page."""
        return written(self.data)


def payload_of(folders: Sequence[Path], language: str | None = None) -> Payload:
    """What the page unpacks: the experiments of result folders, their worlds, land and words.

    ``language``: of its words, if not that of the first config.
    Raises ``ResultError`` where runs or a table are missing, a design samples its settings, or two
    experiments have one name.
    """
    return payload_of_runs((partial(read_results, folder) for folder in folders), language)


def payload_of_runs(
    read: Iterable[Callable[..., RunSet]], language: str | None = None, *, quick: bool = False
) -> Payload:
    """``payload_of`` what gives the runs of each experiment in turn, in a language.

    ``quick``: sooner and larger.
    """
    pack = Pack()
    worlds: dict[str, int] = {}
    places: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    for given in read:
        # What extensions add is at hand of one experiment at a time, so each is done with before the next.
        results = given(language=language)
        language = results.language
        if any(results.config.name == other["name"] for other in told):
            raise ResultError(
                f"{results.path}: name: found '{results.config.name}' twice, expected experiments that differ"
            )
        with speaking(language):
            told.append(_experiment(results, pack, worlds, places))
    with speaking(language or DEFAULT):
        records = {
            "version": __version__,
            "credits": " ".join(credits_of(real=any(place["real"] for place in places))),
            "experiments": told,
            "worlds": places,
            "land": land() if places else [],
            "words": strings(),
        }
    return Payload(pack.data(records, quick=quick), language or DEFAULT)


@lru_cache(maxsize=1)
def land() -> list[Any]:
    """Polygons of the land without Antarctica, degrees."""
    text = files("citysim.world").joinpath("data/land_110m.json").read_text(encoding="utf-8")
    polygons = json.loads(text)["polygons"]
    return [rings for rings in polygons if max(lat for _, lat in rings[0]) > _SOUTH]


def _experiment(
    results: RunSet, pack: Pack, worlds: dict[str, int], places: list[dict[str, Any]]
) -> dict[str, Any]:
    settings = settings_of(results)
    config = results.config
    world = world_of(results)
    if world is not None and world.digest not in worlds:
        worlds[world.digest] = len(places)
        places.append(places_of(world, pack))
    return {
        "name": config.name,
        "title": experiment_title(config.name),
        "question": experiment_text(config.question or ""),
        "levers": [_lever(name, values) for name, values in settings.levers.items()],
        "chosen": settings.chosen.tolist(),
        "start": _start(settings),
        "reference": arm_label(baseline(results.arms)),
        "outcomes": outcomes_of(results),
        "numbers": numbers_of(settings, pack),
        "courses": courses_of(settings, pack) if config.record.trajectories else None,
        "answers": answers_of(settings),
        "world": None if world is None else worlds[world.digest],
        "cities": None if world is None else of_cities(settings, world, pack),
        "replications": len(settings.rows),
        "defaults": results.draw == DEFAULTS,
        "asked": results.asked,
        "missing": results.asked - len(results.runs),
        "year": int(config.world.start_year + (config.quarters - 1) // 4),
        "record": {
            **{name: _RECORDING.format(name=name) for name in ("cities", "trajectories")},
            "cities_every": _RECORDING.format(name="cities").replace(
                " --out", " --set record.cities_every=20 --out"
            ),
        },
    }


def _lever(name: str, values: Sequence[Any]) -> dict[str, Any]:
    labels = {"arm": arm_label, "stall": level_in_words}.get(name, _plain)
    return {
        "name": name,
        "label": capitalised(swept_label(name)),
        "values": [
            {"value": str(value), "label": labels(value), "words": _words(name, value)} for value in values
        ],
        "numbers": all(isinstance(value, int | float) and not isinstance(value, bool) for value in values),
    }


def _words(name: str, value: Any) -> str:
    """A lever's value where it stands among others."""
    if name == "stall":
        return states_stalled(value)
    return arm_label(value) if name == "arm" else f"{swept_label(name)} {_plain(value)}"


def _plain(value: object) -> str:
    if value == "":
        return gettext("none")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return numeral(f"{value:,g}") if number else value_label(value)


def _start(settings: Settings) -> list[int]:
    """Where the page starts: all cooperation at the stall level that figures show, and none there."""
    results = settings.results
    level, arms = shown_stall(results), shown_arms(results)
    wanted = [{"arm": whole(arms), "stall": level}, {"arm": baseline(results.arms), "stall": level}]
    found = []
    for of in wanted:
        fits = [n for n in range(len(settings.chosen)) if of.items() <= settings.of(n).items()]
        found.append(fits[0] if fits else 0)
    return found
