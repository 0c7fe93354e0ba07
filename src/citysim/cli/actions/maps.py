"""What ``map`` does: one map, printed by where it lies."""

from dataclasses import dataclass
from pathlib import Path

from citysim.analysis.by_city import by_city
from citysim.analysis.cities import named_cities, world_of_runs
from citysim.analysis.results import RunSet, read_results
from citysim.cli.actions.report import claimed
from citysim.cli.display import console, print_paths
from citysim.errors import ConfigError
from citysim.figures.caption import Drawn
from citysim.figures.drawing import as_pictures, write_pictures
from citysim.figures.letters import warn_of_letters
from citysim.figures.maps import members_map, outcome_map, ties_map
from citysim.figures.sizes import FORMATS, SIZES, USUAL, sized
from citysim.figures.style import letters_lacked
from citysim.language import speaking
from citysim.plan.faults import check_named

_WHAT = ("outcome", "network", "city")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a map is to show; exactly one of outcome, network and city."""

    outcome: str | None
    arm: str | None
    less: str | None
    network: str | None
    city: str | None
    stall: float | None

    def check(self) -> None:
        """Raise ``ConfigError`` unless it is one map."""
        given = [f"--{name}" for name in _WHAT if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ConfigError(f"--outcome, --network, --city: found {found}, name exactly one")
        if self.outcome is None:
            for name in ("arm", "less", "stall"):
                if getattr(self, name) is not None:
                    raise ConfigError(f"--{name}: goes with --outcome, not with {given[0]}")


def draw_map(
    folder: Path,
    asked: Asked,
    out: Path | None,
    language: str | None,
    size: str | None,
    formats: tuple[str, ...],
) -> None:
    """Draw a map into ``figures``, or into that of a size."""
    asked.check()
    check_named("--size", SIZES, [] if size is None else [size])
    check_named("--format", FORMATS, formats)
    results = read_results(folder, claimed(folder, out), language)
    with speaking(results.language), sized(size):
        drawn = _drawn(results, asked)
        caption, pictures = as_pictures(results, drawn, formats or USUAL)
    warn_of_letters(f"figure {caption.name}", letters_lacked(drawn[0]))
    name = f"{size}/{caption.name}" if size else caption.name
    console().print(caption.title, soft_wrap=True)
    print_paths("written:", write_pictures(pictures, results.out, name))


def _drawn(results: RunSet, asked: Asked) -> Drawn:
    if asked.outcome is not None:
        shown = by_city(results, asked.outcome, asked.arm, asked.less or "", asked.stall)
        return outcome_map(world_of_runs(results), shown)
    world = world_of_runs(results)
    if asked.network is not None:
        return members_map(world, asked.network)
    assert asked.city is not None  # noqa: S101  one of the three is given
    (city,) = named_cities(results, [int(asked.city) if asked.city.isdecimal() else asked.city])
    return ties_map(world, world.city_id.tolist().index(city.city))
