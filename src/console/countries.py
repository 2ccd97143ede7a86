"""The countries by their English names."""

from __future__ import annotations

import unicodedata
from functools import cache

from babel import Locale

from intake.country_codes import COUNTRY_CODES


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """Return every country's code and name, by name."""
    names = Locale("en").territories
    return tuple(sorted(((code, names[code]) for code in COUNTRY_CODES), key=lambda pair: _plain(pair[1])))


@cache
def country_names() -> dict[str, str]:
    """Return the countries' names by their codes."""
    return dict(countries())


def _plain(name: str) -> str:
    """The name without its accents, so that Åland stands with the A's."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
