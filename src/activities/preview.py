"""What a judgement would post, without ids: previews show the same answer as the command itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from activities.casefile import Case
from activities.outcomes import Outcome
from activities.posting import posted
from activities.recording import Written
from lifecycle.charges import PostedTransaction
from lifecycle.events import charge_of
from lifecycle.judge import Judgement


def previewed(judgement: Judgement, case: Case, *, actor: str) -> Written:
    """Return the transactions that the command itself would post; their ids are empty."""
    if judgement.after is None:
        return Written(transactions=(), asleep=())
    after = judgement.after
    charges = [charge for event in judgement.events if (charge := charge_of(event)) is not None]
    transactions = tuple(
        without_ids(posted(charge, subscription=after, party=case.party, actor=actor, posted_at=judgement.at))
        for charge in charges
    )
    return Written(transactions=transactions, asleep=())


def without_ids(transaction: PostedTransaction) -> PostedTransaction:
    """Return a transaction that is not posted: its ids are empty."""
    lines = tuple(replace(line, id="", transaction_id="") for line in transaction.lines)
    return replace(transaction, id="", lines=lines)


def as_preview(outcome: Outcome, *, is_new: bool) -> Outcome:
    """Return a preview's outcome: marked as such, and null where the command would have made an id."""
    if outcome.answer is None:
        return outcome
    marked = {**outcome.answer, "dry_run": True}
    if not is_new:
        return Outcome(answer=marked)
    transaction: dict[str, Any] | None = outcome.answer.get("transaction")
    if transaction is not None:
        marked["transaction"] = {**transaction, "subscription_id": None}
    return Outcome(answer={**marked, "id": None})
