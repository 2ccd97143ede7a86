"""Compares a forecast with what then happened to a subscription that nobody touched any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from perennial.demo_door import Json, instant_of
from perennial.demo_foresight import Foresight

BECOMES = {
    "activated": "start",
    "renewed": "term_end",
    "renewal_held": "term_end",
    "expired": "term_end",
    "eca_expired": "eca_deadline",
}
"""The agenda's kind that each event comes from when it comes by itself."""
REMINDERS = frozenset({"eca_reminder", "renewal_reminder", "expiry_reminder", "suspended_reminder", "expired_followup"})

Foreseen = tuple[datetime, str]
Charged = tuple[datetime, str, int, int]


def surprises(foresight: Foresight, timeline: list[Json], transactions: list[Json]) -> list[str]:
    """Where the forecast and what happened differ, in words: instants, and charges to the cent."""
    foreseen: set[Foreseen] = {(_at(item), item["kind"]) for item in foresight.items}
    happened = set(_happened(foresight, timeline))
    told = [
        f"{kind} at {at:%Y-%m-%d %H:%M} was foreseen and did not happen" for at, kind in sorted(foreseen - happened)
    ]
    told += [f"{kind} at {at:%Y-%m-%d %H:%M} happened and was not foreseen" for at, kind in sorted(happened - foreseen)]
    charges, posted = Counter(_charges(foresight.items)), Counter(_posted(foresight, transactions))
    told += [f"{_words(charge)} was foreseen and not posted" for charge in sorted((charges - posted).elements())]
    told += [f"{_words(charge)} was posted and not foreseen" for charge in sorted((posted - charges).elements())]
    return told


def charges_in(foresight: Foresight) -> int:
    """How many charges were foreseen."""
    return sum(item["charge"] is not None for item in foresight.items)


def _happened(foresight: Foresight, timeline: list[Json]) -> Iterator[Foreseen]:
    for entry in timeline:
        if _at(entry) <= foresight.after:
            continue
        kind: str = entry["kind"]
        if entry["version"] is not None:
            yield _at(entry), BECOMES.get(kind, kind)
        elif kind in REMINDERS:
            yield _at(entry), kind


def _charges(items: list[Json]) -> Iterator[Charged]:
    for item in items:
        for line in item["lines"] if item["charge"] is not None else ():
            yield _at(item), line["product"], line["quantity"], line["amount"]["amount"]


def _posted(foresight: Foresight, transactions: list[Json]) -> Iterator[Charged]:
    for posted in transactions:
        at = instant_of(posted["occurred_at"])
        for line in posted["lines"] if at > foresight.after else ():
            yield at, line["product"], line["quantity"], line["amount"]["amount"]


def _at(entry: Json) -> datetime:
    return instant_of(entry["at"])


def _words(charge: Charged) -> str:
    at, product, quantity, amount = charge
    return f"{amount} for {quantity} x {product} at {at:%Y-%m-%d %H:%M}"
