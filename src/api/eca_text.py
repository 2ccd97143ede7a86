"""The agreement's text as paragraphs: line ends are the only thing that differs from the text as kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

_HEADING = re.compile(r"\d+\. [A-Z][A-Z ,]+")
_CLAUSE = re.compile(r"(\d+\.\d+) +(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A heading, a numbered clause, or plain words."""

    text: str
    number: str | None = None
    is_heading: bool = False


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Return the text in paragraphs; the first two lines are its title and its version."""
    blocks = [
        list(lines) for is_blank, lines in groupby(text.splitlines(), lambda line: not line.strip()) if not is_blank
    ]
    return tuple(paragraph for block in blocks[1:] for paragraph in _paragraphs(block))


def title(text: str) -> str:
    """Return the text's first line."""
    return text.partition("\n")[0].strip()


def _paragraphs(block: list[str]) -> Iterator[Paragraph]:
    pending: list[str] = []
    for line in block:
        if pending and (_CLAUSE.fullmatch(line) or _HEADING.fullmatch(line)):
            yield _paragraph(pending)
            pending = []
        pending.append(line.strip())
    if pending:
        yield _paragraph(pending)


def _paragraph(lines: list[str]) -> Paragraph:
    text = " ".join(lines)
    if _HEADING.fullmatch(text):
        return Paragraph(text=text, is_heading=True)
    clause = _CLAUSE.fullmatch(text)
    return Paragraph(text=clause[2], number=clause[1]) if clause else Paragraph(text=text)
