"""Text in tables that a spreadsheet opens: none of it may be taken for a formula."""

from __future__ import annotations

import unicodedata

FORMULA_STARTS = frozenset("=+-@")
QUOTE = "'"


def safe_text(text: str) -> str:
    """Return the text with an apostrophe in front if a spreadsheet could take it for a formula."""
    start = next((character for character in text if not _is_passed_over(character)), "")
    # Wide and small forms are read as the plain ones.
    return f"{QUOTE}{text}" if unicodedata.normalize("NFKC", start)[:1] in FORMULA_STARTS else text


def _is_passed_over(character: str) -> bool:
    """Whether a program may strip it off before it looks: spaces, controls and what is not seen."""
    return unicodedata.category(character)[0] in "ZC"
