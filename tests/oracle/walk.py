"""A whole life, walked one day after the other from the purchase to the day it is followed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oracle.acts import act
from oracle.month_walk import next_day
from oracle.price_table import PriceTable
from oracle.script import RefusedError
from oracle.turns import deadline_is_today, evening, morning, purchased

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from oracle.life import Life
    from oracle.script import Action, Order


@dataclass
class Walked:
    """What came of one order: its life (None if the purchase was refused) and each row that was, with its code."""

    order: Order
    life: Life | None = None
    refused: list[tuple[Order | Action, str]] = field(default_factory=list["tuple[Order | Action, str]"])


def walked(
    order: Order, actions: Sequence[Action], *, today: date, prices: PriceTable | None = None, on_file: bool = False
) -> Walked:
    """Buy today, act on the days of the script (each just after its midnight), stop at the first instant of the end.

    A refused action changes nothing and the life goes on.
    """
    result = Walked(order)
    try:
        life = purchased(order, prices or PriceTable(), today=today, on_file=on_file)
    except RefusedError as refused:
        result.refused.append((order, refused.code))
        return result
    result.life = life
    _walk(life, actions, result)
    return result


def _walk(life: Life, actions: Sequence[Action], result: Walked) -> None:
    by_day: dict[date, list[Action]] = {}
    for action in actions:
        by_day.setdefault(action.day, []).append(action)
    last = result.order.end
    while True:
        for action in by_day.get(life.today, []):
            try:
                act(life, action)
            except RefusedError as refused:
                result.refused.append((action, refused.code))
        if life.today >= last:
            break
        evening(life)
        life.today = next_day(life.today)
        morning(life)
    if deadline_is_today(life):
        result.refused.append((result.order, "ends_too_near_the_deadline"))


def walked_book(
    orders: Sequence[Order], actions: Sequence[Action], *, today: date, prices: PriceTable | None = None
) -> list[Walked]:
    """Every order of a book, in its order; an agreement accepted today serves the customer's later orders.

    An agreement accepted on a later day leaves open whether it came before the next order, which is bought today:
    that order is refused.
    """
    accepted: dict[str, list[date]] = {}
    results: list[Walked] = []
    for order in orders:
        days = accepted.setdefault(order.customer, [])
        own = [action for action in actions if action.order == order.order]
        result = walked(order, own, today=today, prices=prices, on_file=today in days)
        if result.life is not None and result.life.requested_on is not None and days:
            result = Walked(order, refused=[(order, "agreement_accepted_on_a_later_day")])
        if result.life is not None and result.life.accepted_on is not None:
            days.append(result.life.accepted_on)
        results.append(result)
    return results
