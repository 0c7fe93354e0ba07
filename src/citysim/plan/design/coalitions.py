"""Which of a few networks exist: coalitions of a design, as values of ``absent_networks``."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from citysim.plan import faults as checks
from citysim.plan.design.axes import Axis, Values
from citysim.plan.faults import Fault, Value

#: What joins the names of networks in ``absent_networks`` and ``placebo_networks``.
JOIN = " + "
ABSENT, PLACEBO = "absent_networks", "placebo_networks"
KEYS = ("networks", "which", "placebos")
WHICH = ("latin", "all")
#: All coalitions of more networks are more than a thousand.
MOST_FOR_ALL = 10

_PATH = ("design", "coalitions")


def orderings(players: Sequence[str]) -> list[tuple[str, ...]]:
    """The rows of the cyclic Latin square of ``players``, and each of them reversed.

    Every player stands equally often at each place, and every pair equally often in each order, so that
    Shapley values by these 2n orderings are exact where no more than two players interact.
    """
    n = len(players)
    rows = [tuple(players[(start + i) % n] for i in range(n)) for start in range(n)]
    return rows + [row[::-1] for row in rows]


def coalitions(players: Sequence[str], which: str) -> list[frozenset[str]]:
    """``latin``: those along ``orderings``, n (n − 1) + 2; ``all``: 2ⁿ. The whole one comes first."""
    if which == "all":
        sizes = range(len(players), -1, -1)
        return [frozenset(found) for size in sizes for found in combinations(players, size)]
    found = {frozenset(row[:size]): size for row in orderings(players) for size in range(len(players) + 1)}
    return sorted(found, key=lambda each: -len(each))


def absent_text(players: Sequence[str], coalition: Collection[str]) -> str:
    """``absent_networks`` of a run in which of ``players`` only the coalition exists."""
    return JOIN.join(name for name in players if name not in coalition)


def read_coalitions(
    found: object, kind: object, swept: Collection[str]
) -> tuple[dict[str, Axis], list[Fault]]:
    """The axes that ``design.coalitions`` stands for, and its faults; ``swept`` have an axis of their own."""
    if not isinstance(found, Mapping):
        text = f'found {checks.shown(found)}, expected a table {{networks = […], which = "latin"}}'
        return {}, [Fault(_PATH, text)]
    faults = [checks.unknown_key((*_PATH, key), KEYS) for key in found if key not in KEYS]
    faults += [*_faults(found, kind)]
    faults += [
        Fault(("design", name), "swept by design.coalitions, too; keep one")
        for name in (ABSENT, PLACEBO)
        if name in swept
    ]
    return ({}, faults) if faults else (_axes(found), [])


def _axes(table: Mapping[str, object]) -> dict[str, Axis]:
    names = table["networks"]
    if not isinstance(names, list):
        raise TypeError("networks were not checked to be a list")
    absent: list[Value] = [
        absent_text(names, each) for each in coalitions(names, str(table.get("which", "latin")))
    ]
    if not table.get("placebos", False):
        return {ABSENT: Values(tuple(absent))}
    none: list[Value] = [""]
    return {
        ABSENT: Values(tuple(absent + none * len(names))),
        PLACEBO: Values((*none * len(absent), *names)),
    }


def _faults(table: Mapping[str, object], kind: object) -> Iterator[Fault]:
    which, placebos = table.get("which", "latin"), table.get("placebos", False)
    names = table.get("networks")
    if which not in WHICH:
        yield Fault((*_PATH, "which"), f"found {checks.shown(which)}, allowed: {', '.join(WHICH)}")
    if not isinstance(placebos, bool):
        yield Fault((*_PATH, "placebos"), f"found {checks.shown(placebos)}, allowed: true or false")
    elif placebos and kind != "list":
        yield Fault((*_PATH, "placebos"), "only for kind = 'list'; others would cross them with coalitions")
    if "networks" not in table:
        yield Fault((*_PATH, "networks"), "missing; name at least two networks")
    elif not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        yield Fault((*_PATH, "networks"), f"found {checks.shown(names)}, expected a list of names")
    elif len(names) < 2 or len(set(names)) < len(names):
        yield Fault((*_PATH, "networks"), "name at least two, and each once")
    elif any(JOIN in name for name in names):
        yield Fault((*_PATH, "networks"), f"found {checks.shown(names)}, name one network at a time")
    elif which == "all" and len(names) > MOST_FOR_ALL:
        text = f"found {len(names)} networks, allowed for which = 'all': at most {MOST_FOR_ALL}"
        yield Fault((*_PATH, "networks"), text)
