"""What a subscription's workflow needs to know to wait for what comes next."""

from __future__ import annotations

from datetime import datetime

from activities.messages import Recorded
from lifecycle.agenda import AgendaKind, agenda, next_change
from lifecycle.charges import PostedTransaction
from lifecycle.subscription import RenewalMode, State, Subscription


def story_of(
    subscription: Subscription, *, settled_until: datetime, transactions: tuple[PostedTransaction, ...] = ()
) -> Recorded:
    """Return the state in codes, dates and amounts."""
    upcoming = agenda(subscription, after=settled_until)
    change = next_change(subscription, after=settled_until)
    item = upcoming[0] if upcoming else None
    renews = subscription.state is State.ACTIVE and subscription.renewal_mode is RenewalMode.AUTO
    members = {
        "version": subscription.version,
        "state": subscription.state.value,
        "term": subscription.term_number,
        "ends": subscription.end_date,
        "next_at": None if item is None else item.at,
        "next_name": "" if item is None else item.name,
        "changes_at": None if change is None else change.at,
        "renews": renews and item is not None and item.kind is AgendaKind.TERM_END,
        "held": subscription.is_held,
        "over": subscription.is_over and item is None,
        "last": "; ".join(_posted(transaction) for transaction in transactions),
    }
    # Only what says something goes into a history that is kept for years.
    return Recorded.model_validate({name: value for name, value in members.items() if value})


def _posted(transaction: PostedTransaction) -> str:
    return f"{transaction.action.value} {transaction.amount} {transaction.currency}"
