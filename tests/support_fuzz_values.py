"""What a made-up case is given before it is sent: ids of what there is, members that the rules like, and bounds.

Everything follows from the table of operations and from the case itself, so that the same case is given the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from activities.webhook_addresses import Addresses, BadAddress
from support_contract import document
from support_operations import CLOSED_PORT, OPERATIONS, Operation, Things

ROWS = {(row.method, row.path): row for row in OPERATIONS}
FURTHEST_DAYS = 400
"""How far virtual time goes on, and invoices are made: each day costs real work."""
_ID = re.compile(r"[a-z]{3}_[0-9a-f]{32}")
_IN_PATH = re.compile(r"\{(\w+)\}")
_ANYWHERE = Addresses(allows_private=True)
_IN_EIGHT_AS_MADE, _IN_EIGHT_OF_A_STRANGER = 1, 1


class Values:
    """Gives a role's cases their values: `own` things mostly, a `stranger`'s at times, never taking away the `kept`."""

    def __init__(self, own: Things, stranger: Things, *, kept: frozenset[str], today: date) -> None:
        """Take what belongs to whom."""
        self._own, self._stranger, self._kept, self._today = own, stranger, kept, today
        self._shown = frozenset(_ID.findall(str(document())))

    def give(self, case: Case[Any]) -> None:
        """Change a case in place."""
        row = ROWS.get((case.method.upper(), case.path))
        chance = chance_of(case)
        if row is not None:
            self._to_path(case, row, chance)
            self._to_query(case, chance)
            self._to_body(case, row, chance)
        _to_headers(case, chance)
        self._spare(case)
        if isinstance(case.body, dict | list):
            case.body = self._bounded(case.body)

    def _to_path(self, case: Case[Any], row: Operation, chance: int) -> None:
        if _is_negative(case, ParameterLocation.PATH):
            return
        for name, thing in zip(_IN_PATH.findall(row.path), row.things, strict=False):
            if not thing.startswith("spare_") and isinstance(given := case.path_parameters.get(name), str):
                case.path_parameters[name] = self._id(thing, given, _again(chance, name))

    def _to_query(self, case: Case[Any], chance: int) -> None:
        if not _is_negative(case, ParameterLocation.QUERY):
            for name, given in case.query.items():
                case.query[name] = self._of_name(name, given, chance)

    def _to_body(self, case: Case[Any], row: Operation, chance: int) -> None:
        if not isinstance(case.body, dict):
            return
        body: dict[str, Any] = self._named(case.body, chance)
        made_up = case.meta is None or case.meta.phase.name is not TestPhase.EXAMPLES
        if row.body is not None and made_up and not _is_negative(case, ParameterLocation.BODY):
            liked = row.body(self._own)
            body |= {name: value for name, value in liked.items() if _again(chance, name) % 4}
        case.body = body

    def _named(self, value: Any, chance: int) -> Any:
        """The same with ids of what there is under names that are those of ids."""
        if isinstance(value, list):
            return [self._named(one, _again(chance, str(place))) for place, one in enumerate(value)]
        if not isinstance(value, dict):
            return value
        return {name: self._of_name(name, self._named(one, chance), chance) for name, one in value.items()}

    def _of_name(self, name: str, given: Any, chance: int) -> Any:
        thing = thing_of(name, self._own)
        if thing is None:
            return given
        if isinstance(given, list):
            return [self._of_name(name, one, _again(chance, str(place))) for place, one in enumerate(given)]
        return self._id(thing, given, _again(chance, name)) if isinstance(given, str) else given

    def _id(self, thing: str, given: str, chance: int) -> str:
        """An id instead of made-up text; what is an id already comes from an answer."""
        if _ID.fullmatch(given) and given not in self._shown:
            return given
        place = chance % 8
        if place < _IN_EIGHT_AS_MADE:
            return given
        things = self._stranger if place < _IN_EIGHT_AS_MADE + _IN_EIGHT_OF_A_STRANGER else self._own
        return things.get(thing, given)

    def _spare(self, case: Case[Any]) -> None:
        """Point what would take away the role's own ground at something that is not there."""
        takes_away = case.method.upper() == "DELETE" or (isinstance(case.body, dict) and "state" in case.body)
        if takes_away:
            for name, value in case.path_parameters.items():
                if isinstance(value, str) and unquote(value) in self._kept:
                    case.path_parameters[name] = f"{value[:4]}{'0' * 32}"

    def _bounded(self, value: Any, name: str = "") -> Any:
        """The same with webhooks at a closed port of this machine, and virtual time not far away."""
        if isinstance(value, list):
            return [self._bounded(one, name) for one in value]
        if isinstance(value, dict):
            return {key: self._bounded(one, str(key)) for key, one in value.items()}
        if not isinstance(value, str):
            return value
        if name == "url":
            return at_closed_port(value)
        return self._near(value) if name in {"to", "month"} else value

    def _near(self, value: str) -> str:
        furthest = str(self._today + timedelta(days=FURTHEST_DAYS))
        return min(value, furthest[: len(value)]) if re.match(r"\d{4}-\d{2}", value, re.ASCII) else value


def _to_headers(case: Case[Any], chance: int) -> None:
    if _is_negative(case, ParameterLocation.HEADER):
        # A dry run reads no key, a wrong one neither.
        case.query.pop("dry_run", None)
    elif "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"fuzzed {chance:08x}"


def at_closed_port(url: str) -> str:
    """Return an address where nobody answers in place of one that a webhook could have."""
    try:
        _ANYWHERE.target(url)
    except BadAddress:
        return url
    return CLOSED_PORT


def thing_of(name: str, things: Things) -> str | None:
    """Return what a parameter or member of this name holds the id of: `managing_partner_id` that of a partner."""
    match = re.fullmatch(r"(\w+)_ids?", name)
    return None if match is None else max(_endings(match[1], things), key=len, default=None)


def _endings(stem: str, things: Mapping[str, str]) -> Iterator[str]:
    return (thing for thing in things if stem == thing or stem.endswith(f"_{thing}"))


def _is_negative(case: Case[Any], location: ParameterLocation) -> bool:
    part = None if case.meta is None else case.meta.components.get(location)
    return part is not None and part.mode.is_negative


def chance_of(case: Case[Any]) -> int:
    """Return a number of 32 bits that the case's own content gives, but for ids, which are others in each run."""
    content = (case.method, case.path, case.path_parameters, case.query, dict(case.headers or {}), case.body)
    return crc32(_ID.sub("", repr(content)).encode(errors="surrogatepass"))


def _again(chance: int, name: str) -> int:
    return crc32(name.encode(errors="surrogatepass"), chance) >> 3
