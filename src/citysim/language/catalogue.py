"""Translations, read from the catalogue as translators edit it: no compiled copy gets out of date."""

from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO


def catalogue_text(language: str) -> bytes:
    """The catalogue of a language, a PO file."""
    place = files("citysim.language").joinpath("locale", language, "LC_MESSAGES", "citysim.po")
    return place.read_bytes()


@cache
def translations(language: str) -> GNUTranslations:
    """The messages of a language."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415  English needs none of it
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(catalogue_text(language)), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
