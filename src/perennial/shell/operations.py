"""How a command is written down: the operation of the API that it asks for, and what its options mean there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from perennial.shell.exits import wrong_usage

_IN_PATH = re.compile(r"\{(\w+)\}")
_COUNT = re.compile(r"(?P<name>[^=]+)=(?P<count>-?\d{1,12})", re.ASCII)


class Kind(Enum):
    """What an option takes."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    """Present is true, absent is not sent."""
    NULL = "null"
    """Present is null, absent is not sent."""
    MANY = "many"
    """Repeated texts, a list."""
    COUNTS = "counts"
    """Repeated NAME=COUNT, a list of objects."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a body or a query parameter, given by `--option`, which is its own name unless said.

    For counts `of` names the member that the NAME is; the COUNT is always `quantity`.
    """

    name: str
    help: str
    kind: Kind = Kind.TEXT
    required: bool = False
    option: str | None = None
    of: str = "product"

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return f"--{(self.option or self.name).replace('_', '-')}"

    @property
    def given_as(self) -> str:
        """Under which name its value is handed on; no two members of a command share an option."""
        return f"member_{self.flag[2:].replace('-', '_')}"

    def value(self, given: Any) -> Any:
        """Return what the API is sent.

        Raises:
            Failed: counts are not written NAME=COUNT.
        """
        match self.kind:
            case Kind.NULL:
                return None
            case Kind.COUNTS:
                return [self._counted(text) for text in given]
            case _:
                return given

    def _counted(self, text: str) -> dict[str, Any]:
        found = _COUNT.fullmatch(text)
        if found is None:
            raise wrong_usage(f"{self.flag} takes NAME=COUNT, as in tls-dv-single=25, and not {text}.")
        return {self.of: found["name"], "quantity": int(found["count"])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A command (its words after `perennial`) and the operation of the API that it is.

    The names in the path are its arguments. `columns` are what a list shows of each row. `dry_run`, `if_match` and
    `paged` say what the operation knows; `accept` is a file's media type; the answer then goes to a file, which is
    `saved_as` unless the caller names another.
    """

    command: str
    method: str
    path: str
    help: str
    members: tuple[Member, ...] = ()
    columns: tuple[str, ...] = ()
    dry_run: bool = False
    if_match: bool = False
    paged: bool = False
    accept: str | None = None
    saved_as: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(_IN_PATH.findall(self.path))

    @property
    def is_change(self) -> bool:
        """Whether it changes something, and so carries an idempotency key."""
        return self.method != "GET" and self.path != "/v1/quotes" and not self.path.startswith("/v1/sandbox/")

    @property
    def may_clear(self) -> bool:
        """Whether members can be made empty."""
        return self.method == "PATCH"


def text(name: str, about: str, *, required: bool = False, option: str | None = None) -> Member:
    """Return a member that is a text."""
    return Member(name, about, required=required, option=option)


def number(name: str, about: str, *, required: bool = False) -> Member:
    """Return a member that is a whole number."""
    return Member(name, about, Kind.NUMBER, required)


def flag(name: str, about: str) -> Member:
    """Return a member that is true when it is given."""
    return Member(name, about, Kind.FLAG)


def many(name: str, about: str, *, option: str, required: bool = False) -> Member:
    """Return a member that is a list of texts."""
    return Member(name, about, Kind.MANY, required, option)


def counts(name: str, about: str, *, option: str = "product", of: str = "product", required: bool = True) -> Member:
    """Return a member that is a list of so many of each."""
    return Member(name, about, Kind.COUNTS, required, option, of)
