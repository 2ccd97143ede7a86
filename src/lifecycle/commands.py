"""What may be asked of a subscription. Commands carry facts that their asker looked up, so that deciding stays pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lifecycle.charges import PostedLine
from lifecycle.inventory import Inventory
from lifecycle.subscription import RenewalMode


@dataclass(frozen=True, slots=True)
class AgreementDocument:
    """The agreement text that a request shows: its id and its version `YYYY.N`."""

    id: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerStanding:
    """What is known of the customer: the acceptance on file, the addresses of its partners, today's document.

    The document may be None where nobody will be asked to accept one.
    """

    acceptance_id: str | None
    partner_addresses: frozenset[str]
    document: AgreementDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """Buy a subscription. `eca_request_id` is the id that a request for the agreement would get."""

    subscription_id: str
    customer_id: str
    offering: str
    term_months: int
    clm_tier: str
    inventory: Inventory
    renewal_mode: RenewalMode
    eca_request_id: str
    standing: CustomerStanding
    eca_acceptor_email: str | None = None
    start_date: date | None = None
    reference_id: str | None = None
    expected_total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptEca:
    """The acceptor accepts, by link `link_number` of request `request_id`."""

    request_id: str
    link_number: int
    acceptance_id: str
    name: str
    job_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineEca:
    """The acceptor declines."""

    request_id: str
    link_number: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ResendEca:
    """Mail a new link to the acceptor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAcceptor:
    """Ask another person."""

    acceptor_email: str
    eca_request_id: str
    standing: CustomerStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class AddInventory:
    """Add certificates for use now."""

    add: Inventory
    reference_id: str | None = None
    expected_total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRenewalInventory:
    """Replace what renews; None follows the inventory again."""

    lines: Inventory | None
    reference_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetRenewalMode:
    """Switch auto-renewal on or off."""

    renewal_mode: RenewalMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Pause the service."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enable:
    """Let the service run again; after a held renewal this starts and charges a new term."""

    reason: str | None = None
    expected_total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Withdraw a purchase that has not started; by operators also a running subscription."""

    reason: str | None = None
    by_operator: bool = False


@dataclass(frozen=True, slots=True)
class RefundLine:
    """So many certificates of a posted line."""

    posted: PostedLine
    quantity: int
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Give certificates back; all lines belong to this subscription. The binding total is compared by the asker.

    `in_use` are the certificates in use of each product on which it was reported.
    """

    lines: tuple[RefundLine, ...]
    reason: str | None = None
    reference_id: str | None = None
    override_window: bool = False
    in_use: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Settle:
    """Record what is due; nothing more."""


Command = (
    Purchase
    | AcceptEca
    | DeclineEca
    | ResendEca
    | ChangeAcceptor
    | AddInventory
    | SetRenewalInventory
    | SetRenewalMode
    | Suspend
    | Enable
    | Cancel
    | Refund
    | Settle
)
