"""What happens if nobody touches a subscription: settling, run forward on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lifecycle.agenda import Recorded, agenda, settle
from lifecycle.catalog import PriceBook
from lifecycle.charges import Charge
from lifecycle.events import charge_of
from lifecycle.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One agenda instant with what it will charge, if anything."""

    at: datetime
    kind: str
    charge: Charge | None


def forecast(
    subscription: Subscription, prices: PriceBook, *, settled_until: datetime, until: datetime
) -> tuple[Foreseen, ...]:
    """Return every agenda instant in `(settled_until, until]` in order.

    Settles instant by instant, as timers do, so that each reminder is its own.
    """
    found: list[Foreseen] = []
    cursor, present = settled_until, subscription
    while True:
        item = next(iter(agenda(present, after=cursor)), None)
        if item is None or item.at > until:
            return tuple(found)
        charge: Charge | None = None
        for step in settle(present, prices, settled_until=cursor, until=item.at):
            present = step.after
            if isinstance(step.happening, Recorded):
                charge = charge_of(step.happening.event) or charge
        found.append(Foreseen(item.at, item.kind.value, charge))
        cursor = item.at
