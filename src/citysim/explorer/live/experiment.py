"""The experiment behind a live page: a config, and an arm for every setting that its reader has tried."""

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from citysim.errors import ConfigError
from citysim.execute.runner import plan_experiment
from citysim.explorer.live.events import event_faults, told_of_events
from citysim.language import DEFAULT
from citysim.model.parameters import parameter_specs, switches
from citysim.plan.config import load_config
from citysim.plan.events import KEY as EVENTS
from citysim.plan.faults import allowed_values, check_settings
from citysim.plan.shipped import config_path
from citysim.plan.toml import read_toml
from citysim.world.sizes import START_YEAR

#: Where a page without a config starts: few runs a replication, so that answers come quickly.
STANDARD: dict[str, Any] = {
    "name": "live",
    "question": "What if?",
    "seeds": 8,
    "world": {"kind": "real", "cities": 2000},
    "arms": {
        "none": {"twinning": False, "networks": False},
        "both": {"twinning": True, "networks": True},
    },
    "design": {"stall": [0.0, 0.75]},
}
_OWN = "mine_{number}"


class Experiment:
    """A config as a table, changed by what a reader tries; ``own``: settings of each arm of theirs.

    ``language``: of the page, if not the config's.
    """

    def __init__(self, table: Mapping[str, Any], language: str | None = None) -> None:
        self.table = copy.deepcopy(dict(table))
        self.own: dict[str, dict[str, Any]] = {}
        # Runs of chance alone, and figures, take time and are not shown.
        self.table["uncertainty"] = {**self.table.get("uncertainty", {}), "monte_carlo_seeds": 0}
        self.table["record"] = {**self.table.get("record", {}), "cities": True, "trajectories": True}
        self.table.pop("analyses", None)
        if language is not None:
            self.table["report"] = {**self.table.get("report", {}), "language": language}
        self.swept = tuple(name for name in self.table.get("design", {}) if self._is_lever(name))

    @staticmethod
    def _is_lever(name: str) -> bool:
        return name in parameter_specs() or name in switches()

    @property
    def base(self) -> str:
        """The arm that a reader's settings start from: all cooperation, or the last of the config."""
        arms = list(self.table["arms"])
        return "both" if "both" in arms else str(arms[-1])

    @property
    def language(self) -> str:
        """Language of the page."""
        return str(self.table.get("report", {}).get("language", DEFAULT))

    def fields(self) -> list[dict[str, Any]]:
        """Every switch and parameter for the panel, but those that the design sweeps, as these are levers."""
        at_base = {**self.table.get("parameters", {}), **self.table["arms"][self.base]}
        found: list[dict[str, Any]] = [
            {
                "name": name,
                "group": "switches",
                "kind": "switch",
                "value": at_base.get(name, True),
                "about": about,
            }
            for name, about in switches().items()
            if name not in self.swept
        ]
        return found + [
            {
                "name": spec.name,
                "group": spec.group,
                "kind": "text" if isinstance(spec.default, str) else "number",
                "value": at_base.get(spec.name, spec.default),
                "about": spec.description,
                "unit": spec.unit,
                "allowed": allowed_values(spec.name),
                "prior": spec.prior if spec.name not in at_base else None,
            }
            for spec in parameter_specs().values()
            if spec.name not in self.swept
        ]

    def faults(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with settings of an arm, by field; of all of them under an empty name."""
        if not settings or settings == {EVENTS: []}:
            return {"": "sets no switch or parameter that differs from where it starts, and no event"}
        swept = {
            name: "is a lever of this experiment, and cannot be set"
            for name in settings
            if name in self.swept
        }
        own = {name: value for name, value in settings.items() if name != EVENTS}
        found = {str(fault.path[-1]): fault.text for fault in check_settings(("arms",), own)} | swept
        if EVENTS in settings:
            found |= event_faults(settings[EVENTS], self._events, self.table, self._start)
        return found

    @property
    def _events(self) -> list[Any]:
        """Events of the arm that a reader's settings start from."""
        return list(self.table["arms"][self.base].get(EVENTS, []))

    @property
    def _start(self) -> int:
        """First year of the runs."""
        return int(self.table.get("world", {}).get("start", START_YEAR))

    def arm(self, settings: Mapping[str, Any]) -> str:
        """The arm of some settings, a new one where nobody has tried them."""
        whole = {**self.table["arms"][self.base], **settings}
        if events := [*self._events, *settings.get(EVENTS, [])]:
            whole[EVENTS] = events
        for name, of in self.own.items():
            if of == whole:
                return name
        name = _OWN.format(number=len(self.own) + 1)
        self.own[name] = whole
        return name

    def drop(self, arm: str) -> None:
        """Forget an arm whose settings cannot be run."""
        self.own.pop(arm, None)

    def text(self, seeds: int) -> str:
        """The config with all arms as TOML, which ``citysim run`` takes."""
        arms = {**self.table["arms"], **self.own}
        return tomli_w.dumps({**self.table, "arms": arms, "seeds": seeds})

    def checked(self, seeds: int, file: Path) -> Path:
        """Write the config and give its file. Raises ``ConfigError`` with its faults, of the arms too.

        Whom events name is looked up in the world.
        """
        file.write_text(self.text(seeds), encoding="utf-8")
        try:
            if any(EVENTS in of for of in self.own.values()):
                plan_experiment(file)
            else:
                load_config(file)
        except ConfigError as error:
            told = [re.sub(rf"^{re.escape(str(file))}: ", "", line) for line in error.messages]
            raise ConfigError.from_messages(told) from None
        return file

    def by_field(self, messages: Sequence[str], arm: str) -> dict[str, str]:
        """What is said of a config, by field of the arm that is tried."""
        return told_of_events(messages, arm, len(self._events))


def experiment_of(config: Path | None, language: str | None = None) -> Experiment:
    """The experiment of a config, by path or name, or the standard one. Raises ``ConfigError``.

    ``language``: of the page, if not the config's.
    """
    if config is None:
        return Experiment(STANDARD, language)
    loaded = load_config(config)
    if loaded.design.kind not in ("grid", "list"):
        raise ConfigError(f"{config}: design.kind: found '{loaded.design.kind}', --live takes: grid, list")
    if loaded.extensions or loaded.uncertainty.file or loaded.world.data:
        raise ConfigError(f"{config}: names files beside it, which --live does not take")
    return Experiment(read_toml(config_path(config)), language)
