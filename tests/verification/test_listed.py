"""The documentation lists the checks that there are."""

import pytest

from .listing import DOCUMENT, listing

pytestmark = pytest.mark.verification


def test_every_check_is_listed_in_the_documentation() -> None:
    """The table of docs/verification.md is the one made from the docstrings.

    No false alarm.
    """
    assert listing() in DOCUMENT.read_text()
