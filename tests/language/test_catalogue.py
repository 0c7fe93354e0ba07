"""The catalogues hold what the source says, no more and no less; numbers have the language's form."""

import re
import runpy
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from citysim.language import (
    DEFAULT,
    LANGUAGES,
    capitalised,
    country,
    gettext,
    lowered,
    ngettext,
    numeral,
    pgettext,
    speaking,
    spoken,
)
from citysim.language.catalogue import catalogue_text
from citysim.plan.kinds import LanguageKind

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != DEFAULT]
by_language = pytest.mark.parametrize("language", OTHERS)


@pytest.fixture(scope="module")
def script():
    """What brings the catalogues up to date: docs/messages.py."""
    return runpy.run_path(str(ROOT / "docs" / "messages.py"))


def catalogue(language: str) -> Catalog:
    return read_po(BytesIO(catalogue_text(language)), locale=language)


def forms(text):
    return (text,) if isinstance(text, str) else tuple(text)


def fields(text):
    """Names of the fields of a template; ``{outcome.dative}`` is the field ``outcome``."""
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name}


class TestCatalogues:
    def test_a_config_allows_the_languages_there_are(self):
        assert set(get_args(LanguageKind)) == set(LANGUAGES)

    @by_language
    def test_no_message_is_missing_and_none_is_left_over(self, script, language):
        """After a change: ``uv run python docs/messages.py``."""
        key = lambda message: (message.context, message.id)  # noqa: E731
        source = {key(message) for message in script["messages"]() if message.id}
        there = {key(message) for message in catalogue(language) if message.id}
        assert source - there == set()
        assert there - source == set()
        assert not catalogue(language).obsolete

    @by_language
    def test_the_file_is_as_the_script_writes_it(self, script, language):
        assert script["renewed"](language) == catalogue_text(language)

    @by_language
    def test_every_message_is_translated(self, language):
        found = [m for m in catalogue(language) if m.id]
        assert len(found) > 500
        assert [m.id for m in found if m.fuzzy or not all(forms(m.string))] == []

    @by_language
    def test_fields_are_the_same(self, language):
        """A count of one may be said in words."""
        for message in catalogue(language):
            asked = set().union(*map(fields, forms(message.id)))
            *first, last = forms(message.string)
            assert fields(last) == asked or not message.id, message.id
            assert all(fields(text) <= asked for text in first), message.id

    @by_language
    def test_spaces_at_the_ends_are_the_same(self, language):
        """Sentences are put together of parts."""
        for message in catalogue(language):
            if message.id:
                for one, other in zip(forms(message.id), forms(message.string), strict=True):
                    assert (one[:1] == " ", one[-1:] == " ") == (other[:1] == " ", other[-1:] == " "), one

    @by_language
    def test_signs_are_as_the_language_has_them(self, language):
        """No point in a number, no English quotation marks; names of files and versions of licences apart."""
        assert language == "de"
        for message in catalogue(language):
            for text in forms(message.string) if message.id else ():
                told = re.sub(r"CC BY(-SA)? \d\.\d", "", text)
                assert not re.search(r"\d\.\d(?!\d\d)", told), text
                assert "“" not in told or "„" in told, text
                assert "'" not in told, text


class TestSpeaking:
    def test_english_is_what_the_source_says(self):
        assert spoken() == "en"
        assert gettext("{low} to {high}", low=1, high=2) == "1 to 2"
        assert numeral("-2,105.5") == "−2,105.5"

    def test_another_language_holds_within(self):
        with speaking("de"):
            assert spoken() == "de"
            assert gettext("{low} to {high}", low=1, high=2) == "1 bis 2"
            with speaking("en"):
                assert gettext("{low} to {high}", low=1, high=2) == "1 to 2"
            assert numeral("-2,105.5") == "−2.105,5"
        assert spoken() == "en"

    def test_it_ends_with_an_error(self):
        with pytest.raises(ValueError, match="of the test"), speaking("de"):
            raise ValueError("of the test")
        assert spoken() == "en"

    def test_one_and_many(self):
        one, many = "{count} replication", "{count} replications"
        with speaking("de"):
            assert ngettext(one, many, 1) == "1 Replikation"
            assert ngettext(one, many, 2105) == "2.105 Replikationen"
        assert ngettext(one, many, 2105) == "2,105 replications"

    def test_a_context_tells_words_apart(self):
        with speaking("de"):
            assert pgettext("outcome", "development") == "Entwicklung"
            assert pgettext("outcome, dative", "development") == "der Entwicklung"

    def test_what_the_catalogue_lacks_stays(self):
        with speaking("de"):
            assert gettext("Is this {what}?", what="my question") == "Is this my question?"

    def test_countries_are_named_as_the_language_does(self):
        assert country("DEU", "Germany") == "Germany"
        with speaking("de"):
            assert country("DEU", "Germany") == "Deutschland"
            assert country("XKX", "Kosovo") == "Kosovo"
            assert country("S01", "State 1") == "State 1"

    def test_nouns_keep_their_capitals_in_german(self):
        assert lowered("Development") == "development"
        assert capitalised("development and losses") == "Development and losses"
        with speaking("de"):
            assert lowered("Entwicklung") == "Entwicklung"
