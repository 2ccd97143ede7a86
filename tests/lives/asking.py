"""Commands as a test asks them: everything has a value unless the test says another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from lifecycle.commands import (
    AcceptEca,
    AddInventory,
    AgreementDocument,
    ChangeAcceptor,
    CustomerStanding,
    DeclineEca,
    Purchase,
    Refund,
    RefundLine,
    SetRenewalInventory,
)
from lifecycle.inventory import Inventory, InventoryLine
from lifecycle.subscription import RenewalMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.charges import PostedLine
    from lifecycle.subscription import Subscription

PARTNER = "billing@partner.example"
ACCEPTOR = "legal@customer.example"
STANDING = CustomerStanding(
    acceptance_id=None, partner_addresses=frozenset({PARTNER}), document=AgreementDocument("doc-1", "2026.1")
)
ON_FILE = replace(STANDING, acceptance_id="eca-before")


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def counts(quantities: Mapping[str, int]) -> Inventory:
    """Counts by product as an inventory."""
    return tuple(InventoryLine(product, quantity) for product, quantity in quantities.items())


def purchase(
    offering: str = "dv-automation",
    *,
    inventory: Mapping[str, int] | None = None,
    term_months: int = 12,
    clm_tier: str = "essentials",
    renewal_mode: RenewalMode = RenewalMode.AUTO,
    start_date: date | None = None,
    standing: CustomerStanding = STANDING,
    acceptor: str | None = ACCEPTOR,
    reference_id: str | None = None,
    expected_total: int | None = None,
) -> Purchase:
    """One certificate for a year without an agreement, unless said otherwise."""
    return Purchase(
        subscription_id="sub-1",
        customer_id="cus-1",
        offering=offering,
        term_months=term_months,
        clm_tier=clm_tier,
        inventory=counts(inventory or {"tls-dv-single": 1}),
        renewal_mode=renewal_mode,
        eca_request_id="request-1",
        standing=standing,
        eca_acceptor_email=acceptor,
        start_date=start_date,
        reference_id=reference_id,
        expected_total=expected_total,
    )


def accept(subscription: Subscription, *, name: str = "Ada Byron", job_title: str = "Counsel") -> AcceptEca:
    """Acceptance by the link mailed last."""
    request_id, link_number = _last_link(subscription)
    return AcceptEca(
        request_id=request_id, link_number=link_number, acceptance_id="eca-1", name=name, job_title=job_title
    )


def decline(subscription: Subscription, *, reason: str | None = None) -> DeclineEca:
    """Refusal by the link mailed last."""
    request_id, link_number = _last_link(subscription)
    return DeclineEca(request_id=request_id, link_number=link_number, reason=reason)


def change_acceptor(email: str = "other@customer.example", *, request_id: str = "request-2") -> ChangeAcceptor:
    """Ask somebody else at the customer."""
    return ChangeAcceptor(acceptor_email=email, eca_request_id=request_id, standing=STANDING)


def add(
    quantities: Mapping[str, int], *, reference_id: str | None = None, expected_total: int | None = None
) -> AddInventory:
    """More certificates now."""
    return AddInventory(add=counts(quantities), reference_id=reference_id, expected_total=expected_total)


def renew_with(quantities: Mapping[str, int] | None, reference_id: str | None = None) -> SetRenewalInventory:
    """Pin what renews, or follow the inventory again."""
    lines = None if quantities is None else counts(quantities)
    return SetRenewalInventory(lines=lines, reference_id=reference_id)


def refund(*takes: tuple[PostedLine, int], reference_id: str | None = None, override_window: bool = False) -> Refund:
    """So many certificates of each of these posted lines."""
    lines = tuple(RefundLine(line, quantity, f"lines[{index}]") for index, (line, quantity) in enumerate(takes))
    return Refund(lines=lines, reference_id=reference_id, override_window=override_window)


def _last_link(subscription: Subscription) -> tuple[str, int]:
    return ("request-0", 1) if subscription.eca is None else (subscription.eca.id, subscription.eca.link_number)
