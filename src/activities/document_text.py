"""Text that the shipped fonts can show: names come from people, and a document must be made whatever they hold."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
MISSING = "\ufffd"

# They choose between forms of the character before them; the one that the font has is as good.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# What is not seen, or turns the text around it; but the Arabic signs among them are seen.
_INVISIBLE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffc\U000e0000-\U000e007f]"
)
# Joiners belong to the spelling where letters join.
_JOINERS = re.compile(
    "(?<=[\u0600-\u06ff\u0750-\u077f\u0900-\u097f])[\u200c\u200d](?=[\u0600-\u06ff\u0750-\u077f\u0900-\u097f])"
)
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_KANA = re.compile("[\u3040-\u30ff]")
_LANGUAGES = {"JP": "ja", "KR": "ko", "TW": "zh-TW", "HK": "zh-HK", "MO": "zh-HK"}


def printable(text: str) -> str:
    """Return the text composed, without what is not seen, and with U+FFFD for each character that no font shows."""
    if not (text.isascii() and text.isprintable()):
        text = " ".join(text.split())
        joined = {match.start() for match in _JOINERS.finditer(text)}
        kept = "".join(
            character for place, character in enumerate(text) if place in joined or not _INVISIBLE.match(character)
        )
        text = _uncovered().sub(MISSING, unicodedata.normalize("NFC", _SELECTORS.sub("", kept)))
    return " ".join(text.split())


def without_marks(text: str) -> str:
    """Return the text with U+FFFD for each mark that stands on another character."""
    return "".join(MISSING if unicodedata.category(character).startswith("M") else character for character in text)


def only_plain(text: str) -> str:
    """Return the text with U+FFFD for whatever is not ASCII."""
    return "".join(character if character.isascii() else MISSING for character in text)


def language_of(name: str, country: str) -> str:
    """Return the language whose forms of Chinese characters a name wants, by its script, else by the country."""
    if _HANGUL.search(name):
        return "ko"
    if _KANA.search(name):
        return "ja"
    return _LANGUAGES.get(country, "zh-CN")


@lru_cache(maxsize=1)
def _uncovered() -> re.Pattern[str]:
    """What matches a character that none of the fonts shows."""
    bounds = (line.split("-") for line in (FONTS / "coverage.txt").read_text("ascii").split())
    ranges = "".join(rf"\U{first:0>8}-\U{last:0>8}" for first, last in bounds)
    return re.compile(f"[^{ranges}]")
