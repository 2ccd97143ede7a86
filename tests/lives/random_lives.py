"""Random lives: an order and actions drawn one after the other, each with the ledger so far before its eyes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from lifecycle.charges import Action as Posts
from lifecycle.subscription import State
from lives.price_books import price_book
from lives.scripted import Scripted, purchased
from oracle.price_table import OFFERINGS, PRODUCTS, TERMS, TIERS, PriceRow
from oracle.script import Action, Order
from oracle.turns import earliest_start

if TYPE_CHECKING:
    from lifecycle.charges import PostedTransaction

FIRST_DAYS = st.dates(date(2026, 1, 1), date(2032, 12, 31)) | st.sampled_from(
    [date(2027, 1, 10), date(2028, 2, 28), date(2028, 2, 29), date(2029, 2, 28), date(2031, 12, 31)]
)
QUANTITIES = st.integers(1, 12) | st.integers(1, 100_000)
MODES = st.sampled_from(["auto", "auto", "one_time"])
REFERENCES = st.sampled_from(["", "PO-1", "PO-2"])
REFUND_WINDOW = 30
NUMBERS_OF_ACTIONS = st.sampled_from([6, 3, 10, 1, 8, 4, 2])
LONGEST_WAIT = 800

# What a state invites to; now and then something else is tried.
INVITED = {
    State.PENDING_ECA: (*("accept",) * 8, "decline", "resend", "resend", "change_acceptor", "cancel"),
    State.SCHEDULED: ("renewal_inventory", "renewal_mode", "renewal_inventory", "renewal_mode", "cancel"),
    State.ACTIVE: ("add", "add", "refund", "refund", "renewal_inventory", "renewal_mode", "suspend"),
    State.SUSPENDED: ("enable", "enable", "enable", "refund", "renewal_inventory", "renewal_mode"),
}
ANYTHING = (
    *("add", "refund", "renewal_inventory", "renewal_mode", "suspend", "enable"),
    *("cancel", "resend", "change_acceptor"),
)


@st.composite
def price_rows(draw: st.DrawFn) -> list[PriceRow]:
    """Further rows that raise or lower some prices from some days on."""
    chosen = draw(st.lists(st.tuples(st.sampled_from([*PRODUCTS, *TIERS]), st.integers(0, 2600)), max_size=6))
    rows = {
        (code, term, days): PriceRow(code, term, draw(st.integers(0, 60_000)), date(2026, 6, 1) + timedelta(days))
        for code, days in chosen
        for term in ((12,) if code in TIERS else TERMS[: len(PRODUCTS[code])])
    }
    return list(rows.values())


@st.composite
def orders(draw: st.DrawFn, today: date) -> Order:
    """A purchase; some start too early or too late, or name no acceptor."""
    offering = draw(st.sampled_from(sorted(OFFERINGS)))
    term = draw(st.sampled_from(OFFERINGS[offering].terms))
    earliest = earliest_start(today, term)
    starts = {
        "at once": st.none(),
        "ahead": st.integers(1, 365).map(lambda days: today + timedelta(days=days)),
        "backdated": st.dates(earliest, today),
        "at the bounds": st.sampled_from([earliest, today + timedelta(days=365)]),
        "beyond them": st.sampled_from([earliest - timedelta(days=1), today + timedelta(days=366)]),
    }
    kinds = ["at once"] * 3 + ["ahead"] * 3 + ["backdated"] * 2 + ["at the bounds", "beyond them"]
    products = draw(
        st.lists(st.sampled_from(sorted(OFFERINGS[offering].products)), min_size=1, max_size=3, unique=True)
    )
    return Order(
        order="O-1",
        customer="C-1",
        offering=offering,
        term_months=term,
        clm_tier=draw(st.sampled_from(sorted(TIERS))),
        inventory={product: draw(QUANTITIES) for product in products},
        renewal_mode=draw(MODES),
        end=today,
        start_date=draw(starts[draw(st.sampled_from(kinds))]),
        eca_acceptor_email=draw(st.sampled_from([*["legal@customer.example"] * 15, ""])),
        reference_id=draw(REFERENCES),
    )


@st.composite
def lives(draw: st.DrawFn, *, rows: list[PriceRow] | None = None) -> Scripted:
    """A life of some years under random actions, those included that are refused."""
    today = draw(FIRST_DAYS)
    order = draw(orders(today))
    life = purchased(order, price_book(*(rows or [])), today=today, on_file=draw(st.booleans()))
    if not life.refused:
        for _ in range(draw(NUMBERS_OF_ACTIONS)):
            action = draw(actions(life))
            if action is not None:
                life.act(action)
    return life


@st.composite
def actions(draw: st.DrawFn, life: Scripted) -> Action | None:
    """The next thing that somebody does, None where the oracle leaves open what it comes to."""
    day = draw(next_days(life))
    life.advance(day)
    if on_its_deadline(life, day):
        return None
    state = life.life.subscription.state
    invited = INVITED.get(state, ("refund",)) if draw(st.integers(0, 9)) < 9 else ANYTHING
    return draw(action_of(life, day, draw(st.sampled_from(invited))))


@st.composite
def next_days(draw: st.DrawFn, life: Scripted) -> date:
    """The same day, a later one, or one beside the end of the term."""
    today, end = life.life.now.date(), life.life.subscription.end_date
    waits = [st.integers(0, 5), st.integers(0, 40), st.integers(0, LONGEST_WAIT)]
    if end is not None and today + timedelta(days=1) < end:
        ahead = (end - today).days
        waits += [st.integers(ahead - 1, ahead + 1)] * 2
    if life.life.subscription.state is State.PENDING_ECA:
        waits = [st.integers(0, 12)] * 5 + [st.integers(13, 40)]
    return today + timedelta(days=draw(st.one_of(waits)))


@st.composite
def action_of(  # noqa: PLR0911 - one branch for each kind of action
    draw: st.DrawFn, life: Scripted, day: date, kind: str
) -> Action | None:
    """One action of this kind with everything that it needs."""
    order, number = life.order, len(life.done)
    is_active = life.life.subscription.state is State.ACTIVE
    match kind:
        case "add":
            lines = draw(some_counts(order.offering, QUANTITIES if is_active else st.just(1)))
            return Action("O-1", day, kind, lines, reference_id=draw(REFERENCES))
        case "renewal_inventory":
            pinned = draw(st.none() | some_counts(order.offering, QUANTITIES))
            return Action("O-1", day, kind, pinned, reference_id=draw(REFERENCES))
        case "renewal_mode":
            return Action("O-1", day, kind, renewal_mode=draw(MODES))
        case "accept":
            return Action("O-1", day, kind, name=f"Acceptor {number}", job_title="Counsel")
        case "change_acceptor":
            return Action("O-1", day, kind, email=draw(st.sampled_from(["a@customer.example", "b@customer.example"])))
        case "refund":
            return draw(refunds(life, day))
        case _:
            return Action("O-1", day, kind, reason=draw(st.sampled_from(["", "Unpaid"])))


def some_counts(offering: str, quantities: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, int]]:
    """Counts of one or two products of the offering."""
    products = st.sampled_from(sorted(OFFERINGS[offering].products))
    return st.dictionaries(products, quantities, min_size=1, max_size=2)


@st.composite
def refunds(draw: st.DrawFn, life: Scripted, day: date) -> Action | None:
    """A refund of one or more lines of one transaction, sometimes of more than there is, or of a refund."""
    recent = [transaction for transaction in life.life.ledger if _days_since(transaction, day) < REFUND_WINDOW]
    old = [transaction for transaction in life.life.ledger if _days_since(transaction, day) > REFUND_WINDOW]
    chosen = recent if recent or draw(st.integers(0, 3)) < 3 else old
    if not chosen:
        return None
    transaction = draw(st.sampled_from(chosen))
    lines = draw(st.lists(st.sampled_from(transaction.lines), min_size=1, unique_by=lambda line: line.product))
    left = {line.product: line.quantity - line.refunded_quantity for line in lines}
    is_sound = transaction.action is not Posts.REFUND and transaction in recent
    beyond = 1 if is_sound and draw(st.integers(0, 7)) == 7 else 0
    if not beyond and not all(left.values()):
        return None
    takes = {product: draw(st.just(count) | st.integers(1, max(1, count))) + beyond for product, count in left.items()}
    name, reference = life.name_of(transaction), draw(REFERENCES)
    return Action("O-1", day, "refund", takes, transaction=name, reference_id=reference, reason="Too many")


def on_its_deadline(life: Scripted, day: date) -> bool:
    """Whether an agreement that is still awaited runs out in the course of this day."""
    subscription = life.life.subscription
    awaited = subscription.state is State.PENDING_ECA and subscription.eca is not None
    return awaited and subscription.eca is not None and subscription.eca.deadline_at.date() == day


def last_day(life: Scripted, *, years: int) -> date:
    """A day some years on, and not that of a deadline."""
    day = life.life.now.date() + timedelta(days=365 * years + 1)
    return day + timedelta(days=1) if on_its_deadline(life, day) else day


def _days_since(transaction: PostedTransaction, day: date) -> int:
    return (day - transaction.occurred_at.date()).days
