"""The typesetter: templates and data in, PDF/UA-1 out, whatever characters the data hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import typst

from activities.document_text import FONTS, only_plain, without_marks

TEMPLATES = Path(__file__).parent / "document_templates"
STANDARD: Final = "ua-1"  # what readers for the blind need
# The typesetter keeps what it laid out until ten later runs did not ask for it: 145 MB for a thousand lines.
FORGOTTEN_AFTER = 11


def typeset(shown: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the document that these texts make up; the same texts are the same file.

    A text that cannot be shown as it is, because no one font has a letter and the mark on it, is shown plainer.

    Raises:
        typst.TypstError: the template and the data do not fit.
    """
    try:
        with suppress(typst.TypstError):
            return _compiled("document.typ", "document", shown, at=at)
        return _compiled("document.typ", "document", _plainer(shown), at=at)
    finally:
        for _ in range(FORGOTTEN_AFTER):
            _compiled("probe.typ", "texts", [])


def _compiled(template: str, name: str, data: object, *, at: datetime | None = None) -> bytes:
    return typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={name: json.dumps(data, ensure_ascii=False)},
        pdf_standards=STANDARD,
        timestamp=at,
    )


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _plainer(shown: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = sorted({text for text in _texts(shown) if not text.isascii()})
    instead: dict[str, str] = {}
    for bad in _unshowable(texts):
        better = without_marks(bad)
        instead[bad] = only_plain(bad) if _unshowable([better]) else better
    return cast("Mapping[str, Any]", _mapped(shown, lambda text: instead.get(text, text)))


def _unshowable(texts: Sequence[str]) -> list[str]:
    """Return those that the fonts cannot show, found by halves: there are few of them."""
    if not texts or _can_be_shown(texts):
        return []
    half = len(texts) // 2
    return list(texts) if not half else _unshowable(texts[:half]) + _unshowable(texts[half:])


def _can_be_shown(texts: Sequence[str]) -> bool:
    try:
        _compiled("probe.typ", "texts", texts)
    except typst.TypstError:
        return False
    return True


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list)):
        members = cast("Mapping[str, object] | list[object]", value)
        for member in members.values() if isinstance(members, Mapping) else members:
            yield from _texts(member)


def _mapped(value: object, change: Callable[[str], str]) -> object:
    match value:
        case str():
            return change(value)
        case dict():
            members = cast("dict[str, object]", value)
            return {name: _mapped(member, change) for name, member in members.items()}
        case list():
            return [_mapped(member, change) for member in cast("list[object]", value)]
        case _:
            return value
