"""Makes `src/activities/fonts/` from the files of Debian's packages `fonts-noto-core` and `fonts-noto-cjk`.

    python scripts/make_fonts.py FOLDER     the folder `usr/share/fonts` of both, unpacked

Fonts are shipped whole, but for the Chinese, Japanese and Korean one: of that the characters that names are written
with, in one weight, with the forms that each of the languages gives them. `coverage.txt` lists what all of them show.
"""
# ruff: noqa: INP001 - a program, not a package

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

FONTS = Path(__file__).resolve().parents[1] / "src" / "activities" / "fonts"
WHOLE = (
    *("NotoSans-Regular", "NotoSans-Bold", "NotoSansArabic-Regular", "NotoSansArmenian-Regular"),
    *("NotoSansDevanagari-Regular", "NotoSansGeorgian-Regular", "NotoSansHebrew-Regular", "NotoSansThai-Regular"),
)
SPACE = 0x20  # what lies before it controls and is not shown
COLLECTION = "NotoSansCJK-Regular.ttc"
SIMPLIFIED_CHINESE = 2  # the face of the collection whose forms are taken where no language is said
UNICODE = ((0, 4), (3, 10))  # platform and encoding
CJK = (
    *((0x2010, 0x2027), (0x3000, 0x33FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF)),
    *((0xFE30, 0xFE4F), (0xFF00, 0xFFEF)),
)


def main(folder: Path) -> None:
    """Write the fonts and what they cover."""
    for name in WHOLE:
        shutil.copy(_found(folder, f"{name}.ttf"), FONTS / f"{name}.ttf")
    _made_smaller(_found(folder, COLLECTION)).save(FONTS / "NotoSansCJK-Regular.otf")
    shown = {code for file in FONTS.glob("*.[ot]tf") for code in TTFont(file, lazy=True).getBestCmap() if code >= SPACE}
    lines = [f"{first:04X}-{last:04X}" for first, last in ranges(sorted(shown))]
    (FONTS / "coverage.txt").write_text("\n".join(lines) + "\n")


def ranges(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield runs of codes, first and last, of codes in ascending order."""
    first = last = None
    for code in codes:
        if first is None or last is None:
            first = code
        elif code != last + 1:
            yield first, last
            first = code
        last = code
    if first is not None and last is not None:
        yield first, last


def _found(folder: Path, name: str) -> Path:
    return next(folder.rglob(name))


def _made_smaller(collection: Path) -> TTFont:
    options = subset.Options()
    options.layout_features = ["ccmp", "locl"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]  # only what vertical writing needs
    font = TTCollection(collection, lazy=True).fonts[SIMPLIFIED_CHINESE]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in CJK for code in range(first, last + 1)])
    subsetter.subset(font)
    font["cmap"].tables = [_characters(font.getBestCmap(), platform, encoding) for platform, encoding in UNICODE]
    return font


def _characters(shown: dict[int, str], platform: int, encoding: int) -> CmapSubtable:
    """A table of 32 bits: so many characters overflow the older one, in which some of them would be lost."""
    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.language, table.cmap = platform, encoding, 0, shown
    return table


if __name__ == "__main__":
    main(Path(sys.argv[1]))
