"""Bring the catalogues of ``citysim.language`` up to what the source says: ``uv run python docs/messages.py``.

New texts are added without a translation, those that are gone are removed. A test holds the two together.
"""

import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from citysim.analysis.labels import arm_words
from citysim.analysis.plain_words import OUTCOME_WORDS
from citysim.briefing.context import COLUMNS
from citysim.language import DEFAULT, LANGUAGES
from citysim.model.city_at_start import _SIZES
from citysim.model.groups import GROUPS, INCOME_CLASSES
from citysim.model.outcomes import MODEL_OUTCOMES, OUTCOMES
from citysim.model.parameters import parameter_specs
from citysim.plan.config import DesignConfig
from citysim.validation.catalogue import TESTS
from citysim.validation.judge import HOLDS, MISSES, NOT_RUN, PARTLY

SOURCE = Path(__file__).parent.parent / "src" / "citysim"
LOCALE = SOURCE / "language" / "locale"
KEYWORDS = {"gettext": None, "pgettext": ((1, "c"), 2), "ngettext": (1, 2), "N_": None}
#: Ending of a file → Babel's extractor for it.
METHODS = {".py": "python", ".j2": "jinja2.ext:babel_extract"}
#: Verdicts of the tables that a briefing or figure shows.
VERDICTS = (
    *("compensates", "partly", "open", "no effect shown", "helps", "harms", "undefined", "too few"),
    *("adds", "takes away", "better", "worse", "more", "less", "substitutes", "complements"),
)
#: Of a statistic of the record that the model is held against.
JUDGED = (HOLDS, PARTLY, MISSES, NOT_RUN)
ESTIMANDS = ("Standing value", "Substitution", "Response", "Compensation")
PARAMETER_GROUPS = tuple(dict.fromkeys(spec.group for spec in parameter_specs().values()))
#: Context of texts that are looked up by a word → file that does, and the words.
WORDS = (
    ("group of parameters", "model/parameters.py", PARAMETER_GROUPS),
    ("test of a pattern", "validation/catalogue.py", TESTS),
    ("verdict", "analysis/labels.py", VERDICTS),
    ("judged", "validation/judge.py", JUDGED),
    ("column", "briefing/context.py", COLUMNS),
    ("arm", "explorer/live/experiment.py", ("mine",)),
    ("estimand", "analysis/estimands.py", ESTIMANDS),
)
#: Keys of ``[design]`` that are no swept values with a name in a briefing.
DESIGN = {*DesignConfig.model_fields, "stall", "over", "coalitions"}
#: Keys of a config that a briefing shows.
SHOWN = ("question", "hypothesis", "refuted_by")

type Message = tuple[str | tuple[str, str], str | None, str]


def messages() -> Catalog:
    """Every message that the source has: its text, and from which files."""
    catalog = Catalog(project="citysim", charset="utf-8")
    for text, context, place in (*_in_source(), *_of_registries(), *_of_experiments()):
        catalog.add(text, context=context, locations=[(place, 0)])
    return catalog


def _in_source() -> Iterator[Message]:
    for file in sorted(SOURCE.rglob("*")):
        if file.suffix not in METHODS or "experiments" in file.parts:
            continue
        found = extract(METHODS[file.suffix], BytesIO(file.read_bytes()), KEYWORDS, (), {"encoding": "utf-8"})
        for _, text, _, context in found:
            yield text, context, _name(file)


def _of_registries() -> Iterator[Message]:
    """Texts that are looked up by what a registry or a table says."""
    place = "model/outcomes.py"
    for outcome in (OUTCOMES[name] for name in MODEL_OUTCOMES):
        yield outcome.label, "outcome label", place
        yield outcome.label, "outcome within", place
        yield outcome.unit, "unit", place
        yield outcome.unit.replace(", summed", ", per year"), "unit", place
    for spec in parameter_specs().values():
        yield spec.unit, "unit", "model/parameters.py"
    for text in OUTCOME_WORDS.values():
        yield text, "outcome", "analysis/plain_words.py"
        yield text, "outcome, dative", "analysis/plain_words.py"
    for group in GROUPS:
        yield group.replace("_", " "), "group", "model/groups.py"
    incomes = [f"{name.removesuffix('_income')}-income countries" for name in INCOME_CLASSES]
    sizes = [f"{size} in {income}" for size in _SIZES.values() for income in incomes]
    for text in ("all cities", *_SIZES.values(), *sizes):
        yield text, "peers", "model/city_at_start.py"
    for context, place, texts in WORDS:
        for text in texts:
            yield text, context, place


def _of_experiments() -> Iterator[Message]:
    """What the experiments that come with citysim ask, and the names of their arms."""
    for file in sorted((SOURCE / "experiments").rglob("*.toml")):
        table = tomllib.loads(file.read_text())
        yield table["name"].replace("_", " ").capitalize(), "experiment title", _name(file)
        for arm in table.get("arms", {}):
            yield arm_words(arm), "arm", _name(file)
        for name, values in table.get("design", {}).items():
            if name not in DESIGN:
                yield name.replace("_", " "), "swept", _name(file)
                for value in values:
                    if isinstance(value, str) and value:
                        yield value, "swept value", _name(file)
        for key in SHOWN:
            if text := table.get(key):
                yield text, "experiment", _name(file)


def _name(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def catalogue_file(language: str) -> Path:
    """The catalogue of a language."""
    return LOCALE / language / "LC_MESSAGES" / "citysim.po"


def renewed(language: str) -> bytes:
    """The catalogue of a language with the messages of the source, and the translations that it has."""
    file = catalogue_file(language)
    found = read_po(BytesIO(file.read_bytes()), locale=language) if file.is_file() else Catalog(language)
    since = found.creation_date
    found.update(messages(), no_fuzzy_matching=True)
    found.obsolete.clear()
    # A header that changes with every call would hide what has.
    found.creation_date = found.revision_date = since
    found.project, found.version, found.fuzzy = "citysim", "", False
    found.msgid_bugs_address, found.last_translator, found.language_team = "", "", ""
    found.header_comment = f"# {LANGUAGES[language]}: figures, sentences and briefings of citysim."
    text = BytesIO()
    write_po(text, found, width=110, sort_by_file=True, include_lineno=False)
    return text.getvalue()


if __name__ == "__main__":
    for each in LANGUAGES:
        if each != DEFAULT:
            catalogue_file(each).parent.mkdir(parents=True, exist_ok=True)
            catalogue_file(each).write_bytes(renewed(each))
