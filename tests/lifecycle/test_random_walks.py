"""A random walk: any command at any instant, and after each step everything that must hold of a subscription."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lifecycle.agenda import agenda
from lifecycle.charges import Action
from lifecycle.commands import Cancel, Enable, ResendEca, SetRenewalMode, Settle, Suspend
from lifecycle.evolve import fold
from lifecycle.moves import MOVES, Move, No, To, allowed
from lifecycle.refusals import Conflict, InvalidInput, InvalidState, LinkDead, Refusal, TooSoon
from lifecycle.subscription import RenewalMode
from lives.asking import ON_FILE, STANDING, accept, add, at, change_acceptor, decline, purchase, refund, renew_with
from lives.life import Life, bought

if TYPE_CHECKING:
    from lifecycle.charges import PostedLine
    from lifecycle.commands import Command
    from lifecycle.subscription import State

TODAY = date(2027, 1, 10)
PRODUCTS = st.sampled_from(["tls-dv-single", "tls-dv-wildcard"])
COUNTS = st.dictionaries(PRODUCTS, st.integers(1, 9) | st.just(60_000), min_size=1)
MODES = st.sampled_from(RenewalMode)
STARTS = st.none() | st.integers(-364, 365).map(lambda days: TODAY + timedelta(days=days))
WAITS = st.timedeltas(timedelta(0), timedelta(hours=2)) | st.timedeltas(timedelta(0), timedelta(days=500))
BESIDE = st.sampled_from([timedelta(0), timedelta(microseconds=-1), timedelta(seconds=1), timedelta(days=2)])


class ARandomWalk(RuleBasedStateMachine):
    """Each rule asks for one thing; the invariants look at all that was recorded."""

    life: Life

    @initialize(
        offering=st.sampled_from(["managed-tls", "managed-tls", "dv-automation"]),
        inventory=COUNTS,
        mode=MODES,
        start=STARTS,
        standing=st.sampled_from([STANDING, ON_FILE]),
    )
    def buy(self, offering, inventory, mode, start, standing) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        command = purchase(offering, inventory=inventory, renewal_mode=mode, start_date=start, standing=standing)
        self.life = bought(command, at=at(2027, 1, 10, 12))
        self.asked = 0

    @rule(wait=WAITS)
    def let_time_pass(self, wait: timedelta) -> None:
        self.settle_both_ways(wait)

    @rule(beside=BESIDE)
    def go_to_the_next_instant_of_the_agenda(self, beside: timedelta) -> None:
        ahead = agenda(self.life.subscription, after=self.life.now)
        if ahead:
            self.settle_both_ways(max(timedelta(0), ahead[0].at + beside - self.life.now))

    @precondition(lambda self: self.life.subscription.eca is not None)
    @rule(name=st.sampled_from(["Ada", "Bob"]), outdated=st.booleans())
    def accept_the_agreement(self, name: str, *, outdated: bool) -> None:
        command = accept(self.life.subscription, name=name)
        eca = self.life.subscription.eca
        if outdated and eca is not None and eca.link_number > 1:
            command = accept(fold(self.life.events[:2]), name=name)
        self.ask(command, Move.ACCEPT_ECA)

    @precondition(lambda self: self.life.subscription.eca is not None)
    @rule()
    def decline_the_agreement(self) -> None:
        self.ask(decline(self.life.subscription), Move.DECLINE_ECA)

    @rule()
    def send_the_agreement_again(self) -> None:
        self.ask(ResendEca(), Move.RESEND_ECA)

    @rule(email=st.sampled_from(["a@customer.example", "b@customer.example", "Billing@partner.example"]))
    def ask_another_acceptor(self, email: str) -> None:
        self.asked += 1
        self.ask(change_acceptor(email, request_id=f"request-{self.asked + 1}"), Move.CHANGE_ACCEPTOR)

    @rule(counts=COUNTS, expected_total=st.sampled_from([None, None, 0]))
    def add_inventory(self, counts: dict[str, int], expected_total: int | None) -> None:
        self.ask(add(counts, expected_total=expected_total), Move.ADD_INVENTORY)

    @rule(counts=st.none() | COUNTS)
    def set_the_renewal_inventory(self, counts: dict[str, int] | None) -> None:
        self.ask(renew_with(counts), Move.SET_RENEWAL_INVENTORY)

    @rule(mode=MODES)
    def set_the_renewal_mode(self, mode: RenewalMode) -> None:
        self.ask(SetRenewalMode(mode), Move.SET_RENEWAL_MODE)

    @rule()
    def suspend(self) -> None:
        self.ask(Suspend(), Move.SUSPEND)

    @rule()
    def enable(self) -> None:
        self.ask(Enable(), Move.ENABLE)

    @rule(by_operator=st.sampled_from([False, False, False, True]))
    def cancel(self, *, by_operator: bool) -> None:
        self.ask(Cancel(by_operator=by_operator), Move.OPS_CANCEL if by_operator else Move.CANCEL)

    @precondition(lambda self: self.life.ledger)
    @rule(data=st.data(), override=st.booleans())
    def refund(self, data: st.DataObject, *, override: bool) -> None:
        lines = data.draw(st.lists(st.sampled_from(self.life.lines()), min_size=1, max_size=3, unique=True))
        takes = [(line, data.draw(st.integers(1, max(1, left(line))))) for line in lines]
        self.ask(refund(*takes, override_window=override), Move.REFUND)

    def ask(self, command: Command, move: Move) -> None:
        """Ask a moment ago, which is judged now; what comes of it must be what the table says for the state."""
        life = self.life
        before = life.subscription
        judgement = life.ask(command, at=life.now - timedelta(days=1))
        assert judgement.at == life.now
        cell = MOVES[before.state, move]
        if judgement.refusal is None:
            assert isinstance(cell, To)
            assert life.subscription.state in cell.states
        else:
            assert life.subscription == before
            check_refusal(judgement.refusal, cell, before.state)

    def settle_both_ways(self, wait: timedelta) -> None:
        """A punctual worker and one that slept record the same events."""
        until = self.life.now + wait
        late = self.life.on_paper(Settle(), at=until).after
        self.life.run_to(until)
        assert self.life.subscription == late

    @invariant()
    def the_events_are_the_subscription(self) -> None:
        subscription = self.life.subscription
        assert subscription.version == len(self.life.events)
        assert fold(self.life.events) == subscription

    @invariant()
    def time_only_goes_on(self) -> None:
        instants = [event.at for event in self.life.events]
        assert instants == sorted(instants)
        assert instants[-1] <= self.life.now

    @invariant()
    def nothing_is_below_zero_and_no_more_is_refunded_than_was_paid(self) -> None:
        charges = [line for line in self.life.lines() if line.action is not Action.REFUND]
        refunds = [line for line in self.life.lines() if line.action is Action.REFUND]
        for line in charges:
            assert 0 <= line.refunded_amount <= line.amount
            assert 0 <= line.refunded_quantity <= line.quantity
            own = [other for other in refunds if other.refunds_line_id == line.id]
            assert sum(other.amount for other in own) == -line.refunded_amount
            assert line.refunded_quantity < line.quantity or line.refunded_amount == line.amount
        assert all(line.amount <= 0 < line.quantity for line in refunds)

    @invariant()
    def the_inventory_is_what_the_term_was_charged_for(self) -> None:
        subscription = self.life.subscription
        assert all(1 <= line.quantity <= 100_000 for line in subscription.inventory)
        if not subscription.was_charged or subscription.is_held or subscription.is_over:
            return
        paid: dict[str, int] = {}
        for line in self.life.lines():
            if line.action is not Action.REFUND and line.term_number == subscription.term_number:
                paid[line.product] = paid.get(line.product, 0) + left(line)
        assert {line.product: line.quantity for line in subscription.inventory} == {
            product: quantity for product, quantity in paid.items() if quantity
        }

    @invariant()
    def every_term_is_charged_once(self) -> None:
        charged = [
            transaction.term_number
            for transaction in self.life.ledger
            if transaction.action in {Action.PURCHASE, Action.RENEWAL}
        ]
        numbers = range(1, self.life.subscription.term_number + 1)
        assert charged == (list(numbers) if self.life.subscription.was_charged else [])

    @invariant()
    def allowed_is_exactly_what_the_state_does_not_refuse(self) -> None:
        refused = {name for name, command in self.every_command().items() if self.is_refused_by_state(command)}
        assert set(allowed(self.life.subscription)) == set(self.every_command()) - refused

    def every_command(self) -> dict[str, Command]:
        """One sound command of each name; a refund needs something that was charged."""
        commands: dict[str, Command] = {
            "add_inventory": add({"tls-dv-single": 1}),
            "set_renewal_inventory": renew_with({"tls-dv-single": 1}),
            "set_renewal_mode": SetRenewalMode(RenewalMode.ONE_TIME),
            "suspend": Suspend(),
            "enable": Enable(),
            "cancel": Cancel(),
            "resend_eca": ResendEca(),
            "change_acceptor": change_acceptor("somebody@customer.example"),
        }
        if self.life.ledger:
            commands["refund"] = refund((self.life.lines()[0], 1))
        return commands

    def is_refused_by_state(self, command: Command) -> bool:
        """Whether the state, and not something else, refuses it."""
        return isinstance(self.life.on_paper(command, at=self.life.now).refusal, InvalidState)


def check_refusal(refusal: Refusal, cell: object, state: State) -> None:
    """What the state refuses has the table's code; everything else has reasons of its own."""
    match refusal:
        case InvalidState():
            assert isinstance(cell, No)
            assert refusal.code == cell.code
            assert refusal.facts["state"] == state.value
        case LinkDead():
            assert refusal.code in {"eca_link_invalid", "eca_link_replaced"}
        case Conflict():
            assert refusal.code in {
                "eca_already_accepted",
                "resend_limit",
                "acceptor_change_limit",
                "price_changed",
                "not_refundable",
                "refund_window_closed",
            }
        case InvalidInput():
            assert refusal.code in {
                "quantity_out_of_range",
                "acceptor_unchanged",
                "acceptor_is_partner",
                "refund_quantity_exceeds",
            }
        case _:
            assert isinstance(refusal, TooSoon)
            assert refusal.code == "resend_too_soon"


def left(line: PostedLine) -> int:
    """How many certificates of a line can still be given back."""
    return line.quantity - line.refunded_quantity


TestARandomWalk = ARandomWalk.TestCase
TestARandomWalk.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
