"""The language in which figures, sentences and briefings are: one catalogue, and numbers in its form.

English texts in the source are the messages of the catalogue, ``locale/LANGUAGE/LC_MESSAGES/citysim.po``::

    with speaking("de"):
        gettext("{count} cities", count=numeral("2,105"))  # "2.105 Städte"

Columns of tables, error messages and the help of commands are English whatever is spoken.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations

from citysim.language.catalogue import translations

__all__ = [
    "DEFAULT", "LANGUAGES", "N_", "capitalised", "country", "gettext", "lowered", "ngettext", "numeral",
    "pgettext", "speaking", "spoken",
]  # fmt: skip

#: Language → its own name.
LANGUAGES = {"en": "English", "de": "Deutsch"}
DEFAULT = "en"
_SPOKEN: ContextVar[str] = ContextVar("spoken", default=DEFAULT)


def spoken() -> str:
    """The language of texts made now."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have texts made within be in a language of ``LANGUAGES``; another process starts with English."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def gettext(message: str, /, **fields: object) -> str:
    """A message in the language spoken, with its fields filled in; as it is where the catalogue lacks it."""
    return _filled(_catalogue().gettext(message), fields)


def pgettext(context: str, message: str, /, **fields: object) -> str:
    """``gettext`` of a message that a context tells from others of the same words."""
    return _filled(_catalogue().pgettext(context, message), fields)


def ngettext(one: str, more: str, count: int, /, **fields: object) -> str:
    """``gettext`` of the form for a count, which is the field ``count`` too."""
    return _filled(_catalogue().ngettext(one, more, count), {"count": numeral(f"{count:,}"), **fields})


def N_(message: str) -> str:  # noqa: N802  its name everywhere
    """Mark a text for the catalogue that is looked up elsewhere."""
    return message


def _filled(message: str, fields: dict[str, object]) -> str:
    return message.format(**fields) if fields else message


def _catalogue() -> NullTranslations | GNUTranslations:
    return NullTranslations() if spoken() == DEFAULT else translations(spoken())


def numeral(text: str) -> str:
    """A number as Python writes it (``-2,105.5``), in the form of the language spoken (``−2.105,5``)."""
    text = text.replace("-", "−")
    return text if spoken() == DEFAULT else text.translate(_signs(spoken()))


@cache
def _signs(language: str) -> dict[int, str]:
    from babel.numbers import get_decimal_symbol, get_group_symbol  # noqa: PLC0415  slow; English needs none

    return str.maketrans({".": get_decimal_symbol(language), ",": get_group_symbol(language)})


def country(iso3: str, name: str) -> str:
    """A country in the language spoken, by the Unicode CLDR; ``name``, the English one, else."""
    return name if spoken() == DEFAULT else _countries(spoken()).get(_TWO.get(iso3, iso3), name)


#: CLDR codes of countries that have no letters in ISO 3166.
_TWO = {"XKX": "XK"}


@cache
def _countries(language: str) -> dict[str, str]:
    """Names by codes of three letters, and of two."""
    from babel import Locale  # noqa: PLC0415  slow; English needs none
    from babel.core import get_global  # noqa: PLC0415

    names = {str(code): str(name) for code, name in Locale.parse(language).territories.items()}
    aliases = {three: two[0] for three, two in get_global("territory_aliases").items() if len(two) == 1}
    return names | {three: names[two] for three, two in aliases.items() if two in names}


def lowered(label: str) -> str:
    """A label within a sentence; where nouns have capitals it stays as it is."""
    return label.lower() if spoken() == DEFAULT else label


def capitalised(text: str) -> str:
    """The start of a sentence."""
    return text[:1].upper() + text[1:]
