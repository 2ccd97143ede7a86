"""The sentences of every kind of mail, compiled from the table in `mail_templates/words.toml`."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from pydantic import BaseModel, TypeAdapter

TEMPLATES = Path(__file__).with_name("mail_templates")
WIDTH = 72


class Entry(BaseModel):
    """One kind's entry in the table."""

    subject: str
    heading: str
    sentences: list[str]
    show: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What one kind says, and what it shows beside its sentences."""

    subject: Template
    heading: Template
    sentences: tuple[Template, ...]
    show: tuple[str, ...]

    def said(self, vocabulary: Mapping[str, object]) -> tuple[str, ...]:
        """Return the sentences that apply."""
        return tuple(said for template in self.sentences if (said := template.render(vocabulary)))


@cache
def words_of(kind: str) -> Words:
    """Return the words of a kind of mail.

    Raises:
        KeyError: there is no such kind.
    """
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - plain text; HTML has its own
    entry = _table()[kind]
    return Words(
        subject=environment.from_string(entry.subject),
        heading=environment.from_string(entry.heading),
        sentences=tuple(environment.from_string(sentence) for sentence in entry.sentences),
        show=tuple(entry.show),
    )


@cache
def layout(name: str) -> Template:
    """Return the shared layout: `mail.txt` or `mail.html`, the latter escaping whatever it is given."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fill"] = filled
    return environment.get_template(name)


def filled(text: str) -> str:
    """Return a sentence in lines of plain-text mail; an address is never broken."""
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def one_line(text: str) -> str:
    """Return text fit for a header: whatever is not printable, line ends first of all, becomes a space."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return re.sub(r" {2,}", " ", printable).strip()


@cache
def _table() -> dict[str, Entry]:
    return TypeAdapter(dict[str, Entry]).validate_python(tomllib.loads((TEMPLATES / "words.toml").read_text("utf-8")))
