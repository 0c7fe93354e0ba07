"""Names as they are compared: without case, diacritics and punctuation."""

import unicodedata
from functools import lru_cache

#: Letters that Unicode does not part into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)


@lru_cache(maxsize=65_536)  # the places of the pack are asked about table by table
def folded(name: str) -> str:
    """``name`` in small letters and digits, words parted by one space: "São  Paulo" is "sao paulo"."""
    parted = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())
