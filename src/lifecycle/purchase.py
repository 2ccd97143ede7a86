"""Buying: the rules of a purchase, its quote, and how the first term begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lifecycle.catalog import Catalogue, PriceBook, TermPrices
from lifecycle.charges import Action, Charge, ChargeLine
from lifecycle.commands import AgreementDocument, CustomerStanding, Purchase
from lifecycle.events import Activated, Cancelled, EcaRequested, Event, PurchaseConfirmed
from lifecycle.evolve import evolve
from lifecycle.pricing import charge_lines
from lifecycle.refusals import FieldError, InvalidInput, PriceChanged
from lifecycle.sellable import catalogue_errors, check, missing_prices
from lifecycle.subscription import EcaStatus, RenewalMode, State, Subscription
from lifecycle.terms import Span, add_months, earliest_start, latest_start

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a purchase would cost if it was confirmed now; amounts in minor units."""

    term: Span
    remaining_days: int
    lines: tuple[ChargeLine, ...]
    currency: str
    due_now: int
    eca_status: EcaStatus
    prices: TermPrices
    earliest_start_date: date

    @property
    def total(self) -> int:
        """Sum of the lines."""
        return sum(line.amount for line in self.lines)


def quote(purchase: Purchase, prices: PriceBook, *, at: datetime) -> Quote:
    """Return the price of a purchase confirmed at `at`; needs no acceptor's address.

    Raises:
        InvalidInput: the purchase breaks a rule of catalogue or dates.
    """
    today = at.date()
    check(catalogue_errors(purchase, prices, today))
    _check_start(purchase, today)
    start = purchase.start_date or today
    term = Span(start, add_months(start, purchase.term_months))
    products = tuple(line.product for line in purchase.inventory)
    check(missing_prices(purchase, prices, prices.lists_for_term(start), today))
    sheet = prices.term_prices(products, purchase.clm_tier, purchase.term_months, start=start, on=today)
    lines = charge_lines(purchase.inventory, sheet, purchase.clm_tier, term=term, effective=today)
    eca = _eca_status(purchase, prices.catalogue)
    waits = eca is EcaStatus.REQUESTED or start > today
    return Quote(
        term=term,
        remaining_days=lines[0].remaining_days,
        lines=lines,
        currency=prices.currency,
        due_now=0 if waits else sum(line.amount for line in lines),
        eca_status=eca,
        prices=sheet,
        earliest_start_date=earliest_start(today, purchase.term_months),
    )


def decide_purchase(purchase: Purchase, prices: PriceBook, *, at: datetime) -> tuple[Event, ...]:
    """Return what a confirmed purchase leads to: a request for the agreement, a wait for its start, or its first term.

    Raises:
        InvalidInput: the purchase breaks a rule of catalogue, dates or acceptor.
        PriceChanged: the binding price differs from the quote of this moment.
    """
    priced = quote(purchase, prices, at=at)
    needs_eca = priced.eca_status is EcaStatus.REQUESTED
    if needs_eca:
        check_acceptor(purchase.eca_acceptor_email, purchase.standing.partner_addresses)
    if purchase.expected_total not in (None, priced.total):
        raise PriceChanged(expected_total=purchase.expected_total or 0, total=priced.total)
    confirmed = PurchaseConfirmed(
        at=at,
        subscription_id=purchase.subscription_id,
        customer_id=purchase.customer_id,
        offering=purchase.offering,
        clm_tier=purchase.clm_tier,
        term_months=purchase.term_months,
        requested_start_date=purchase.start_date,
        inventory=purchase.inventory,
        renewal_mode=purchase.renewal_mode,
        prices=priced.prices,
        state=State.PENDING_ECA if needs_eca else State.SCHEDULED,
        eca_status=priced.eca_status,
        eca_acceptance_id=purchase.standing.acceptance_id if priced.eca_status is EcaStatus.ON_FILE else None,
        reference_id=purchase.reference_id,
    )
    if needs_eca:
        return (confirmed, _requested(purchase, at))
    return (confirmed, *begin(evolve(None, confirmed), at=at))


def begin(subscription: Subscription, *, at: datetime) -> tuple[Event, ...]:
    """Return how an awaited subscription goes on at `at`: nothing while its start date is ahead, else its first term.

    Days are counted from the activation, so a start date in the past makes it cheaper; a term that is over by then is
    never charged.
    """
    today = at.date()
    start = subscription.requested_start_date or today
    if start > today:
        return ()
    if add_months(start, subscription.term_months) <= today:
        return (Cancelled(at=at, state_reason="term_over_before_acceptance"),)
    return (_first_term(subscription, at=at),)


def renews_soon(subscription: Subscription, *, at: datetime) -> bool:
    """Return whether an automatic renewal is at most thirty days away, which a purchase's answer warns of."""
    if subscription.renewal_mode is not RenewalMode.AUTO or subscription.end_date is None:
        return False
    return subscription.end_date - at.date() <= SOON


def check_acceptor(email: str | None, partner_addresses: frozenset[str]) -> None:
    """Refuse a missing acceptor and one who is on the seller's side.

    Raises:
        InvalidInput: `acceptor_email_required` or `acceptor_is_partner`.
    """
    field = "eca_acceptor_email"
    if email is None:
        message = "This offering needs the agreement: give the e-mail address of someone at the customer."
        check((FieldError(field, "acceptor_email_required", message),))
    elif email.casefold() in partner_addresses:
        message = "The acceptor must be a person at the customer, not at the partner."
        check((FieldError(field, "acceptor_is_partner", message),))


def _check_start(purchase: Purchase, today: date) -> None:
    start = purchase.start_date
    if start is None:
        return
    earliest, latest = earliest_start(today, purchase.term_months), latest_start(today)
    if start < earliest:
        error = FieldError("start_date", "start_date_too_early", f"The earliest start date is {earliest}.")
        raise InvalidInput(error, earliest_start_date=earliest.isoformat())
    if start > latest:
        error = FieldError("start_date", "start_date_too_late", f"The latest start date is {latest}.")
        raise InvalidInput(error, latest_start_date=latest.isoformat())


def _eca_status(purchase: Purchase, catalogue: Catalogue) -> EcaStatus:
    if not catalogue.offerings[purchase.offering].eca_required:
        return EcaStatus.NOT_REQUIRED
    return EcaStatus.REQUESTED if purchase.standing.acceptance_id is None else EcaStatus.ON_FILE


def document_to_show(standing: CustomerStanding) -> AgreementDocument:
    """Return the document of a request.

    Raises:
        ValueError: the asker looked up none.
    """
    if standing.document is None:
        message = "a request needs a document to show"
        raise ValueError(message)
    return standing.document


def _requested(purchase: Purchase, at: datetime) -> EcaRequested:
    document = document_to_show(purchase.standing)
    return EcaRequested(
        at=at,
        request_id=purchase.eca_request_id,
        acceptor_email=purchase.eca_acceptor_email or "",
        document_id=document.id,
        document_version=document.version,
    )


def _first_term(subscription: Subscription, *, at: datetime) -> Activated:
    term = subscription.term_from(subscription.requested_start_date or at.date())
    prices = subscription.prices
    charge = Charge(
        action=Action.PURCHASE,
        term_number=1,
        currency=prices.currency,
        occurred_at=at,
        lines=charge_lines(subscription.inventory, prices, subscription.clm_tier, term=term, effective=at.date()),
        reference_id=subscription.purchase_reference_id,
    )
    return Activated(at=at, start_date=term.start, end_date=term.end, charge=charge)
