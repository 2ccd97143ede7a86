"""How each amount came about, in words: the one source for answers, documents and pages.

Nothing is looked up here, so that a document's line and an explanation that is asked for years later read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from lifecycle.charges import Action, PostedLine, PostedTransaction
from lifecycle.wording import bare_money, money_in_words, period_in_words, unrounded_money

_TITLES = {
    Action.PURCHASE: "Purchase",
    Action.INVENTORY_ADD: "Added certificates",
    Action.RENEWAL: "Renewal",
    Action.REFUND: "Refund",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """What a refund's line must be reckoned from: the line that it gives back, and what was given back of it before.

    `earlier_amount` is a positive magnitude; `document` is the number of the document that the refunded transaction is
    on, None while it is on none.
    """

    original: PostedLine
    earlier_quantity: int
    earlier_amount: int
    document: str | None = None


def line_words(line: PostedLine, given_back: GivenBack | None = None) -> str:
    """Return how the amount of a line came about; a refund's needs what it gives back.

    Raises:
        ValueError: it is a refund's line, and what it gives back is not known.
    """
    if line.action is not Action.REFUND:
        return _charged(line)
    if given_back is None:
        message = f"{line.id} gives back something that is not known"
        raise ValueError(message)
    return _refunded(line, given_back)


def title_words(transaction: PostedTransaction, given_back: GivenBack | None = None) -> str:
    """Return what a transaction is: its action and term, for a refund what it refunds and the document of that."""
    title = _TITLES[transaction.action]
    if given_back is None:
        return f"{title}, term {transaction.term_number}"
    named = f"{title} of {given_back.original.transaction_id}"
    return named if given_back.document is None else f"{named} on {given_back.document}"


def document_words(transaction: PostedTransaction, line: PostedLine, given_back: GivenBack | None = None) -> str:
    """Return the text of a document's line: what it is, how its amount came about, and the partner's Reference ID."""
    text = f"{title_words(transaction, given_back)}: {line_words(line, given_back)}"
    return text if transaction.reference_id is None else f"{text} Reference ID: {transaction.reference_id}"


def transaction_words(transaction: PostedTransaction, given_back: Mapping[str, GivenBack]) -> str:
    """Return the explanation of a whole transaction; `given_back` is by the id of a refund's line."""
    lines = transaction.lines
    said = [f"{title_words(transaction, given_back.get(lines[0].id))}."]
    said += [line_words(line, given_back.get(line.id)) for line in lines]
    if len(lines) > 1:
        said.append(f"In all: {money_in_words(transaction.amount, transaction.currency)}.")
    return " ".join(said)


def _charged(line: PostedLine) -> str:
    price, currency = bare_money(line.unit_price, line.currency), line.currency
    what = f"{line.quantity:,} x {line.product} ({line.clm_tier}) at {price} {currency} for the whole term"
    when = f"{period_in_words(line.period_start, line.period_end)}, {_days(line)}"
    reckoned = f"{line.quantity:,} x {price}"
    if line.remaining_days != line.total_days:
        reckoned += f" x {line.remaining_days:,}/{line.total_days:,}"
    exact = Fraction(line.quantity * line.unit_price * line.remaining_days, line.total_days)
    return f"{what}, charged for {when}: {reckoned} {_rounded(exact, line.amount, currency)}."


def _days(line: PostedLine) -> str:
    if line.remaining_days == line.total_days:
        return f"all {line.total_days:,} days of the term"
    return f"{line.remaining_days:,} of the {line.total_days:,} days of the term"


def _refunded(line: PostedLine, given_back: GivenBack) -> str:
    """Refunds of a line are cumulative: after each of them exactly the share of what is gone has been given back."""
    original, currency, amount = given_back.original, line.currency, -line.amount
    gone = given_back.earlier_quantity + line.quantity
    cost = bare_money(original.amount, currency)
    period = period_in_words(original.period_start, original.period_end)
    what = (
        f"{line.quantity:,} of {original.quantity:,} x {line.product} ({line.clm_tier}), which cost"
        f" {cost} {currency} together for {period}"
    )
    exact = Fraction(original.amount * gone, original.quantity)
    due = amount + given_back.earlier_amount
    share = f"{cost} x {gone:,}/{original.quantity:,} {_rounded(exact, due, currency)}"
    if not given_back.earlier_quantity:
        return f"{what}, given back: {share}."
    earlier = bare_money(given_back.earlier_amount, currency)
    return (
        f"{what}, given back: {share} for the {gone:,} given back so far, less {earlier} given back before"
        f" = {money_in_words(amount, currency)}."
    )


def _rounded(exact: Fraction, amount: int, currency: str) -> str:
    if exact == amount:
        return f"= {money_in_words(amount, currency)}"
    return f"= {unrounded_money(exact, currency)}, rounded half-up to {money_in_words(amount, currency)}"
