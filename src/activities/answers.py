"""The final answer of a command, the same for a preview and for the command itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lifecycle.catalog import PriceBook
from lifecycle.charges import PostedTransaction
from lifecycle.commands import Command, Purchase, SetRenewalInventory
from lifecycle.portrait import Picture, instant, lines_picture, money, portrait, transaction_picture
from lifecycle.purchase import renews_soon
from lifecycle.renewal import renewed
from lifecycle.subscription import Subscription


def subscription_picture(
    subscription: Subscription,
    *,
    settled_until: datetime,
    reseller_id: str | None,
    created_at: datetime,
    updated_at: datetime,
) -> Picture:
    """Return the whole representation of a subscription."""
    return {
        **portrait(subscription, settled_until=settled_until),
        "reseller_id": reseller_id,
        "created_at": instant(created_at),
        "updated_at": instant(updated_at),
    }


def command_answer(
    picture: Picture,
    subscription: Subscription,
    command: Command,
    *,
    transactions: tuple[PostedTransaction, ...],
    prices: PriceBook,
    reference_reused: bool,
    at: datetime,
) -> dict[str, Any]:
    """Return the subscription's fields with the posted transaction, the warnings and, where asked for, the renewal."""
    answer: dict[str, Any] = {
        **picture,
        "transaction": transaction_picture(transactions[-1]) if transactions else None,
        "warnings": _warnings(subscription, command, reference_reused=reference_reused, at=at),
    }
    if isinstance(command, SetRenewalInventory):
        answer["renewal_preview"] = _renewal_preview(subscription, prices, at=at)
    return answer


def _warnings(subscription: Subscription, command: Command, *, reference_reused: bool, at: datetime) -> list[str]:
    warnings: list[str] = []
    if reference_reused:
        warnings.append("reference_id_reused")
    if isinstance(command, Purchase) and renews_soon(subscription, at=at):
        warnings.append("renews_within_30_days")
    return warnings


def _renewal_preview(subscription: Subscription, prices: PriceBook, *, at: datetime) -> Picture:
    """The renewal at the end of the term, or, for one that is held, the one that enabling today would start."""
    if subscription.was_charged and not subscription.is_held:
        term = subscription.next_term()
    else:
        ends = None if subscription.is_held else subscription.end_date
        term = subscription.term_from(ends or at.date())
    charge = renewed(subscription, prices, term=term, at=at).charge
    return {"lines": lines_picture(charge.lines, charge.currency), "total": money(charge.total, charge.currency)}
