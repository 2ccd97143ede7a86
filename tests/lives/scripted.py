"""An oracle's script carried out by the rules, and what came of it in the oracle's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.charges import Action as Posts
from lifecycle.commands import Cancel, Enable, ResendEca, SetRenewalMode, Suspend
from lifecycle.subscription import RenewalMode
from lifecycle.terms import midnight
from lives.asking import ON_FILE, STANDING, accept, add, change_acceptor, decline, purchase, refund, renew_with
from lives.life import Life
from oracle.script import RefusedError, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from lifecycle.catalog import PriceBook
    from lifecycle.charges import PostedLine, PostedTransaction
    from lifecycle.commands import Command
    from lifecycle.inventory import Inventory
    from oracle.script import Action, Order

NOON = timedelta(hours=12)
MOMENT = timedelta(seconds=1)


@dataclass
class Scripted:
    """An order on its way: purchased at noon of its first day, later actions just after the midnight of theirs."""

    order: Order
    life: Life
    first_day: date
    on_file: bool
    done: list[Action] = field(default_factory=list["Action"])
    refused: list[tuple[Order | Action, str]] = field(default_factory=list["tuple[Order | Action, str]"])

    def advance(self, day: date) -> None:
        """Let every timer fire up to the first instant of a day."""
        self.life.run_to(max(self.life.now, midnight(day)))

    def act(self, action: Action) -> None:
        """Advance to the action's day and do it; a refusal is kept by its code."""
        self.advance(action.day)
        self.done.append(action)
        try:
            command = self._command(action)
        except RefusedError as refused:
            self.refused.append((action, refused.code))
            return
        refusal = self.life.ask(command, at=self.life.now + MOMENT).refusal
        if refusal is not None:
            self.refused.append((action, refusal.code))

    def named(self, name: str) -> PostedTransaction:
        """The transaction of this name, such as `renewal:2`."""
        action, _, number = name.partition(":")
        found = self.life.of(Posts(action))
        index = int(number or 1) - 1
        return found[index] if index < len(found) else refuse("transaction_line_not_found")

    def name_of(self, transaction: PostedTransaction) -> str:
        """What `named` finds it by."""
        number = [other.id for other in self.life.of(transaction.action)].index(transaction.id) + 1
        action = transaction.action.value
        return action if transaction.action is Posts.PURCHASE else f"{action}:{number}"

    def _command(self, action: Action) -> Command:  # noqa: C901, PLR0911 - one branch for each kind of action
        subscription = self.life.subscription
        match action.action:
            case "accept":
                return accept(subscription, name=action.name, job_title=action.job_title)
            case "decline":
                return decline(subscription, reason=action.reason or None)
            case "resend":
                return ResendEca()
            case "change_acceptor":
                return change_acceptor(action.email, request_id=f"request-{len(self.done) + 1}")
            case "add":
                return add(action.lines or {}, reference_id=action.reference_id or None)
            case "renewal_inventory":
                return renew_with(action.lines, action.reference_id or None)
            case "renewal_mode":
                return SetRenewalMode(RenewalMode(action.renewal_mode))
            case "suspend":
                return Suspend(reason=action.reason or None)
            case "enable":
                return Enable(reason=action.reason or None)
            case "cancel":
                return Cancel()
            case "refund":
                takes = [(self._line(action, product), take) for product, take in (action.lines or {}).items()]
                return refund(*takes, reference_id=action.reference_id or None)
            case _:
                raise ValueError(action)

    def _line(self, action: Action, product: str) -> PostedLine:
        lines = [line for line in self.named(action.transaction).lines if line.product == product]
        return lines[0] if lines else refuse("transaction_line_not_found")


def purchased(order: Order, prices: PriceBook, *, today: date, on_file: bool) -> Scripted:
    """The order purchased at noon of today; refused if the rules refuse it."""
    command = purchase(
        order.offering,
        inventory=order.inventory,
        term_months=order.term_months,
        clm_tier=order.clm_tier,
        renewal_mode=RenewalMode(order.renewal_mode),
        start_date=order.start_date,
        standing=ON_FILE if on_file else STANDING,
        acceptor=order.eca_acceptor_email or None,
        reference_id=order.reference_id or None,
    )
    scripted = Scripted(order, Life(prices), today, on_file)
    refusal = scripted.life.ask(command, at=midnight(today) + NOON).refusal
    if refusal is not None:
        scripted.refused.append((order, refusal.code))
    return scripted


def carried_out(order: Order, actions: Iterable[Action], prices: PriceBook, *, today: date, on_file: bool) -> Scripted:
    """The order purchased, acted on, and followed to its end."""
    scripted = purchased(order, prices, today=today, on_file=on_file)
    if scripted.refused:
        return scripted
    for action in actions:
        scripted.act(action)
    scripted.advance(order.end)
    return scripted


def ledger_rows(scripted: Scripted) -> list[list[str]]:
    """Its ledger as rows of the oracle's `expected.csv`."""
    return [
        _ledger_row(scripted, transaction, line)
        for transaction in scripted.life.ledger
        for line in sorted(transaction.lines, key=lambda line: line.product)
    ]


def _ledger_row(scripted: Scripted, transaction: PostedTransaction, line: PostedLine) -> list[str]:
    order = scripted.order
    refunded = [other for other in scripted.life.ledger if other.id == transaction.refunds_transaction_id]
    return [
        *(order.order, order.customer, order.reseller),
        *(scripted.name_of(transaction), transaction.action.value, _day(transaction.occurred_at)),
        *(str(transaction.term_number), line.product, line.clm_tier, str(line.quantity), str(line.unit_price)),
        *(line.period_start.isoformat(), line.period_end.isoformat()),
        *(str(line.remaining_days), str(line.total_days), str(line.amount), transaction.currency),
        *(transaction.reference_id or "", "".join(scripted.name_of(other) for other in refunded)),
    ]


def end_row(scripted: Scripted) -> list[str]:
    """What it is in the end, as a row of the oracle's `expected-ends.csv`."""
    subscription = scripted.life.subscription
    return [
        *(scripted.order.order, scripted.order.customer),
        *(subscription.state.value, subscription.state_reason or "", str(subscription.term_number)),
        "" if subscription.start_date is None else subscription.start_date.isoformat(),
        "" if subscription.end_date is None else subscription.end_date.isoformat(),
        *(subscription.renewal_mode.value, _day(subscription.renewal_held_since)),
        *(_counts(subscription.inventory), subscription.renewal_inventory_mode.value),
        _counts(subscription.renewal_inventory),
    ]


def _day(at: datetime | None) -> str:
    return "" if at is None else at.date().isoformat()


def _counts(inventory: Inventory) -> str:
    return " ".join(f"{line.product}:{line.quantity}" for line in sorted(inventory, key=lambda line: line.product))
