"""One subscription as a test lives it: the rules are asked, what they answer is kept, time goes from timer to timer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lifecycle.agenda import Recorded, Step, agenda
from lifecycle.charges import Action, Charge, PostedLine, PostedTransaction
from lifecycle.commands import Settle
from lifecycle.events import Event, charge_of
from lifecycle.judge import Judgement, judge
from lifecycle.subscription import Subscription
from lives.price_books import example_book

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.catalog import PriceBook
    from lifecycle.commands import Command


@dataclass
class Life:
    """A subscription, the instant up to which it is settled, and everything that was ever recorded of it."""

    prices: PriceBook = field(default_factory=example_book)
    present: Subscription | None = None
    settled_until: datetime | None = None
    events: list[Event] = field(default_factory=list[Event])
    steps: list[Step] = field(default_factory=list[Step])
    ledger: list[PostedTransaction] = field(default_factory=list[PostedTransaction])

    @property
    def subscription(self) -> Subscription:
        """The subscription as it is now."""
        assert self.present is not None, "it was never purchased"
        return self.present

    @property
    def now(self) -> datetime:
        """The instant up to which it is settled."""
        assert self.settled_until is not None, "it was never purchased"
        return self.settled_until

    def on_paper(self, command: Command, *, at: datetime) -> Judgement:
        """What the command would lead to, kept nowhere."""
        return judge(self.present, command, self.prices, settled_until=self.settled_until, at=at)

    def ask(self, command: Command, *, at: datetime) -> Judgement:
        """Settle, decide and keep both, as the ledger does."""
        judgement = self.on_paper(command, at=at)
        if judgement.after is None:
            return judgement
        own = [step.happening.event for step in judgement.steps if isinstance(step.happening, Recorded)]
        self.steps += judgement.steps
        self.present, self.settled_until = judgement.after, judgement.at
        for event in (*own, *judgement.events):
            self._keep(event, posted_at=judgement.at)
        return judgement

    def do(self, command: Command, *, at: datetime) -> tuple[Event, ...]:
        """Ask for what must not be refused."""
        judgement = self.ask(command, at=at)
        if judgement.refusal is not None:
            raise judgement.refusal
        return judgement.events

    def run_to(self, until: datetime) -> None:
        """Let time pass with a punctual worker: every item of the agenda is settled at its own instant."""
        while (item := next(iter(agenda(self.subscription, after=self.now)), None)) and item.at <= until:
            self.ask(Settle(), at=item.at)
        self.ask(Settle(), at=until)

    def sleep_to(self, until: datetime) -> tuple[Step, ...]:
        """Let time pass without a worker: everything is settled at once in the end."""
        return self.ask(Settle(), at=until).steps

    def of(self, action: Action) -> list[PostedTransaction]:
        """The transactions of one action, oldest first."""
        return [transaction for transaction in self.ledger if transaction.action is action]

    def lines(self) -> list[PostedLine]:
        """Every line of the ledger."""
        return [line for transaction in self.ledger for line in transaction.lines]

    def _keep(self, event: Event, *, posted_at: datetime) -> None:
        self.events.append(event)
        charge = charge_of(event)
        if charge is not None:
            self.ledger.append(self._posted(charge, posted_at))
        for line in () if charge is None else charge.lines:
            self._mark_refunded(line.refunds_line_id, line.quantity, -line.amount)

    def _posted(self, charge: Charge, posted_at: datetime) -> PostedTransaction:
        transaction_id = f"txn-{len(self.ledger) + 1}"
        lines = tuple(
            PostedLine(
                id=f"{transaction_id}/{index}",
                transaction_id=transaction_id,
                subscription_id=self.subscription.id,
                action=charge.action,
                term_number=charge.term_number,
                currency=charge.currency,
                posted_at=posted_at,
                product=line.product,
                clm_tier=line.clm_tier,
                quantity=line.quantity,
                unit_price=line.unit_price,
                period_start=line.period_start,
                period_end=line.period_end,
                remaining_days=line.remaining_days,
                total_days=line.total_days,
                amount=line.amount,
                refunds_line_id=line.refunds_line_id,
            )
            for index, line in enumerate(charge.lines)
        )
        return PostedTransaction(
            id=transaction_id,
            action=charge.action,
            occurred_at=charge.occurred_at,
            posted_at=posted_at,
            customer_id=self.subscription.customer_id,
            account_id="ptn-1",
            reseller_id=None,
            subscription_id=self.subscription.id,
            term_number=charge.term_number,
            reference_id=charge.reference_id,
            actor="test",
            currency=charge.currency,
            lines=lines,
            refunds_transaction_id=charge.refunds_transaction_id,
        )

    def _mark_refunded(self, line_id: str | None, quantity: int, amount: int) -> None:
        for index, transaction in enumerate(self.ledger):
            if any(line.id == line_id for line in transaction.lines):
                lines = tuple(
                    replace(
                        line,
                        refunded_quantity=line.refunded_quantity + quantity,
                        refunded_amount=line.refunded_amount + amount,
                    )
                    if line.id == line_id
                    else line
                    for line in transaction.lines
                )
                self.ledger[index] = replace(transaction, lines=lines)


def bought(command: Command, *, at: datetime, prices: PriceBook | None = None) -> Life:
    """The life that begins with this purchase."""
    life = Life(prices or example_book())
    life.do(command, at=at)
    return life
