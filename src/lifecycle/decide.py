"""The one door of the rules: a settled subscription and a command give events, or a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import assert_never

from lifecycle.acceptance import decide_accept, decide_change_acceptor, decide_decline, decide_resend
from lifecycle.catalog import PriceBook
from lifecycle.charges import Action, Charge
from lifecycle.commands import (
    AcceptEca,
    AddInventory,
    Cancel,
    ChangeAcceptor,
    Command,
    DeclineEca,
    Enable,
    Purchase,
    Refund,
    ResendEca,
    SetRenewalInventory,
    SetRenewalMode,
    Settle,
    Suspend,
)
from lifecycle.events import (
    Cancelled,
    Enabled,
    Event,
    Expired,
    InventoryAdded,
    RenewalInventorySet,
    RenewalModeSet,
    Suspended,
)
from lifecycle.inventory import MAX_QUANTITY, Inventory, quantity_of
from lifecycle.moves import Move, check_move
from lifecycle.pricing import charge_lines
from lifecycle.purchase import decide_purchase
from lifecycle.refunds import decide_refund
from lifecycle.refusals import FieldError, PriceChanged
from lifecycle.renewal import renewed
from lifecycle.sellable import check, price_errors, product_errors
from lifecycle.subscription import RenewalInventoryMode, RenewalMode, Subscription


def decide(
    subscription: Subscription | None, command: Command, prices: PriceBook, *, at: datetime
) -> tuple[Event, ...]:
    """Return what the command leads to at `at`; the subscription must be settled up to then.

    A command that changes nothing returns no event.

    Raises:
        Refusal: the rules say no.
        ValueError: a purchase of a subscription that exists, or any other command on one that does not.
    """
    if isinstance(command, Purchase):
        if subscription is not None:
            message = f"{subscription.id} was purchased before"
            raise ValueError(message)
        return decide_purchase(command, prices, at=at)
    if subscription is None:
        message = "there is no subscription to decide for"
        raise ValueError(message)
    return _decide(subscription, command, prices, at)


def _decide(  # noqa: C901, PLR0911, PLR0912 - one branch for each command
    subscription: Subscription,
    command: Command,
    prices: PriceBook,
    at: datetime,
) -> tuple[Event, ...]:
    match command:
        case AcceptEca():
            return decide_accept(subscription, command, at=at)
        case DeclineEca():
            return decide_decline(subscription, command, at=at)
        case ResendEca():
            return decide_resend(subscription, at=at)
        case ChangeAcceptor():
            return decide_change_acceptor(subscription, command, at=at)
        case AddInventory():
            return _add_inventory(subscription, command, prices, at)
        case SetRenewalInventory():
            return _set_renewal_inventory(subscription, command, prices, at)
        case SetRenewalMode():
            return _set_renewal_mode(subscription, command, at)
        case Suspend(reason=reason):
            check_move(subscription, Move.SUSPEND)
            return (Suspended(at=at, reason=reason),)
        case Enable():
            return _enable(subscription, command, prices, at)
        case Cancel():
            return _cancel(subscription, command, at)
        case Refund():
            return decide_refund(subscription, command, at=at)
        case Purchase() | Settle():
            return ()
        case _:
            assert_never(command)


def _add_inventory(
    subscription: Subscription, command: AddInventory, prices: PriceBook, at: datetime
) -> tuple[Event, ...]:
    frozen, today = subscription.prices, at.date()
    _check_products(subscription, command.add, prices, "add", today)
    check(_excess(subscription, command.add))
    check_move(subscription, Move.ADD_INVENTORY)
    new_prices = tuple(
        (line.product, prices.price_of(line.product, subscription.term_months, on=today, lists=frozen.price_lists))
        for line in command.add
        if frozen.unit_price(line.product) is None
    )
    lines = charge_lines(
        command.add,
        frozen.with_products(new_prices),
        subscription.clm_tier,
        term=subscription.term,
        effective=today,
    )
    charge = Charge(
        action=Action.INVENTORY_ADD,
        term_number=subscription.term_number,
        currency=frozen.currency,
        occurred_at=at,
        lines=lines,
        reference_id=command.reference_id,
    )
    _check_total(command.expected_total, charge.total)
    added = InventoryAdded(
        at=at, added=command.add, new_prices=new_prices, charge=charge, reference_id=command.reference_id
    )
    return (added,)


def _set_renewal_inventory(
    subscription: Subscription, command: SetRenewalInventory, prices: PriceBook, at: datetime
) -> tuple[Event, ...]:
    follows = command.lines is None
    lines = subscription.inventory if command.lines is None else command.lines
    mode = RenewalInventoryMode.FOLLOWS if follows else RenewalInventoryMode.PINNED
    if not follows:
        _check_products(subscription, lines, prices, "lines", at.date())
    check_move(subscription, Move.SET_RENEWAL_INVENTORY)
    same = (mode, lines) == (subscription.renewal_inventory_mode, subscription.renewal_inventory)
    if same and command.reference_id in (None, subscription.renewal_reference_id):
        return ()
    return (RenewalInventorySet(at=at, mode=mode, lines=lines, reference_id=command.reference_id),)


def _set_renewal_mode(subscription: Subscription, command: SetRenewalMode, at: datetime) -> tuple[Event, ...]:
    check_move(subscription, Move.SET_RENEWAL_MODE)
    if command.renewal_mode is subscription.renewal_mode:
        return ()
    changed = RenewalModeSet(at=at, renewal_mode=command.renewal_mode)
    # A held renewal waited only because the mode was auto: with it gone there is nothing left to wait for.
    ends = subscription.is_held and command.renewal_mode is RenewalMode.ONE_TIME
    return (changed, Expired(at=at)) if ends else (changed,)


def _enable(subscription: Subscription, command: Enable, prices: PriceBook, at: datetime) -> tuple[Event, ...]:
    check_move(subscription, Move.ENABLE)
    enabled = Enabled(at=at, reason=command.reason)
    if not subscription.is_held:
        _check_total(command.expected_total, 0)
        return (enabled,)
    renewal = renewed(subscription, prices, term=subscription.term_from(at.date()), at=at, moves_anchor=True)
    _check_total(command.expected_total, renewal.charge.total)
    return (enabled, renewal)


def _cancel(subscription: Subscription, command: Cancel, at: datetime) -> tuple[Event, ...]:
    check_move(subscription, Move.OPS_CANCEL if command.by_operator else Move.CANCEL)
    if subscription.was_charged:
        return (Cancelled(at=at, state_reason="ops_cancelled", reason=command.reason),)
    return (Cancelled(at=at, state_reason="withdrawn", reason=command.reason),)


def _check_products(subscription: Subscription, lines: Inventory, prices: PriceBook, field: str, today: date) -> None:
    offering = prices.catalogue.offerings[subscription.offering]
    held: frozenset[str] = frozenset()
    on, lists = today, subscription.prices.price_lists
    if field == "lines":
        # What renews already goes on after its withdrawal; only putting it in anew is refused.
        held = frozenset(line.product for line in subscription.renewal_inventory)
        on = max(today, subscription.end_date or today)
        lists = prices.lists_for_term(on)
    check(product_errors(lines, prices.catalogue, offering, field=field, today=today, held=held))
    check(
        price_errors(
            lines, prices, subscription.term_months, field=field, on=on, lists=lists, frozen=subscription.prices
        )
    )


def _excess(subscription: Subscription, add: Inventory) -> Iterator[FieldError]:
    for index, line in enumerate(add):
        if quantity_of(subscription.inventory, line.product) + line.quantity > MAX_QUANTITY:
            message = f"A subscription holds at most {MAX_QUANTITY} certificates of a product."
            yield FieldError(f"add[{index}].quantity", "quantity_out_of_range", message)


def _check_total(expected_total: int | None, total: int) -> None:
    if expected_total is not None and expected_total != total:
        raise PriceChanged(expected_total=expected_total, total=total)
