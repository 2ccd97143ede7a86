"""Settle, then decide: what the ledger records and what a preview shows are this one function."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lifecycle.agenda import Step, settle
from lifecycle.catalog import PriceBook
from lifecycle.commands import Command
from lifecycle.decide import decide
from lifecycle.events import Event
from lifecycle.evolve import evolve
from lifecycle.refusals import Refusal, Stale
from lifecycle.subscription import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came due, what the command led to, and the subscription after both (None: a refused purchase)."""

    at: datetime
    steps: tuple[Step, ...]
    events: tuple[Event, ...]
    after: Subscription | None
    refusal: Refusal | None


def judge(
    subscription: Subscription | None,
    command: Command,
    prices: PriceBook,
    *,
    settled_until: datetime | None,
    at: datetime,
    seen_version: int | None = None,
) -> Judgement:
    """Return the judgement at `at`, or at `settled_until` if that is later: a subscription's clock never runs back.

    With `seen_version` a subscription that is at another one, before settling, refuses the command.
    """
    at = at if settled_until is None else max(at, settled_until)
    steps: tuple[Step, ...] = ()
    present = subscription
    if present is not None and settled_until is not None:
        steps = settle(present, prices, settled_until=settled_until, until=at)
        present = steps[-1].after if steps else present
    try:
        if subscription is not None and seen_version not in (None, subscription.version):
            raise Stale
        events = decide(present, command, prices, at=at)
    except Refusal as refusal:
        return Judgement(at=at, steps=steps, events=(), after=present, refusal=refusal)
    for event in events:
        present = evolve(present, event)
    return Judgement(at=at, steps=steps, events=events, after=present, refusal=None)
