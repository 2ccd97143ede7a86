"""What has happened to a subscription. The fold of its events is the subscription; money travels in their charges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from lifecycle.catalog import TermPrices
from lifecycle.charges import Charge
from lifecycle.inventory import Inventory
from lifecycle.subscription import EcaStatus, RenewalInventoryMode, RenewalMode, State


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseConfirmed:
    """The partner confirmed; nothing is charged yet. `prices` are the rows of this moment."""

    at: datetime
    subscription_id: str
    customer_id: str
    offering: str
    clm_tier: str
    term_months: int
    requested_start_date: date | None
    inventory: Inventory
    renewal_mode: RenewalMode
    prices: TermPrices
    state: Literal[State.PENDING_ECA, State.SCHEDULED]
    eca_status: EcaStatus
    eca_acceptance_id: str | None = None
    reference_id: str | None = None
    kind: Literal["purchase_confirmed"] = "purchase_confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaRequested:
    """The acceptor is asked to accept the agreement."""

    at: datetime
    request_id: str
    acceptor_email: str
    document_id: str
    document_version: str
    kind: Literal["eca_requested"] = "eca_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaResent:
    """A new link went out; the old one is dead, the deadline stays."""

    at: datetime
    link_number: int
    kind: Literal["eca_resent"] = "eca_resent"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaAcceptorChanged:
    """Another person is asked: a new request with a new deadline."""

    at: datetime
    request_id: str
    former_request_id: str
    acceptor_email: str
    document_id: str
    document_version: str
    kind: Literal["eca_acceptor_changed"] = "eca_acceptor_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaAccepted:
    """The acceptor accepted; what follows (start, waiting for the start date, the end) is in the events after it."""

    at: datetime
    request_id: str
    acceptance_id: str
    name: str
    job_title: str
    kind: Literal["eca_accepted"] = "eca_accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaDeclined:
    """The acceptor declined; the purchase is over."""

    at: datetime
    request_id: str
    reason: str | None = None
    kind: Literal["eca_declined"] = "eca_declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaExpired:
    """Nobody decided before the deadline; the purchase is over."""

    at: datetime
    request_id: str
    kind: Literal["eca_expired"] = "eca_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    """The first term began and was charged."""

    at: datetime
    start_date: date
    end_date: date
    charge: Charge
    kind: Literal["activated"] = "activated"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryAdded:
    """Certificates were added for use now; `new_prices` are those of products that the term had not seen."""

    at: datetime
    added: Inventory
    new_prices: tuple[tuple[str, int], ...]
    charge: Charge
    reference_id: str | None = None
    kind: Literal["inventory_added"] = "inventory_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalInventorySet:
    """What renews was edited, or follows the inventory again."""

    at: datetime
    mode: RenewalInventoryMode
    lines: Inventory
    reference_id: str | None = None
    kind: Literal["renewal_inventory_set"] = "renewal_inventory_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalModeSet:
    """Auto-renewal was switched on or off."""

    at: datetime
    renewal_mode: RenewalMode
    kind: Literal["renewal_mode_set"] = "renewal_mode_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """The service is paused; the term runs on."""

    at: datetime
    reason: str | None = None
    kind: Literal["suspended"] = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enabled:
    """The service runs again."""

    at: datetime
    reason: str | None = None
    kind: Literal["enabled"] = "enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A new term began and was charged; `anchor_date` differs from before only after a held renewal."""

    at: datetime
    term_number: int
    start_date: date
    end_date: date
    anchor_date: date
    anchor_term_number: int
    inventory: Inventory
    prices: TermPrices
    charge: Charge
    kind: Literal["renewed"] = "renewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalHeld:
    """The term ended while suspended: nothing is charged until somebody enables it."""

    at: datetime
    kind: Literal["renewal_held"] = "renewal_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """The subscription ended without renewal."""

    at: datetime
    kind: Literal["expired"] = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """Certificates of one transaction were given back; `taken` leaves the current term's inventory."""

    at: datetime
    charge: Charge
    taken: Inventory
    reason: str | None = None
    kind: Literal["refunded"] = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The subscription ended before its purchase, by a full refund or by operators."""

    at: datetime
    state_reason: Literal["withdrawn", "term_over_before_acceptance", "fully_refunded", "ops_cancelled"]
    reason: str | None = None
    kind: Literal["cancelled"] = "cancelled"


Event = (
    PurchaseConfirmed
    | EcaRequested
    | EcaResent
    | EcaAcceptorChanged
    | EcaAccepted
    | EcaDeclined
    | EcaExpired
    | Activated
    | InventoryAdded
    | RenewalInventorySet
    | RenewalModeSet
    | Suspended
    | Enabled
    | Renewed
    | RenewalHeld
    | Expired
    | Refunded
    | Cancelled
)


def charge_of(event: Event) -> Charge | None:
    """Return what the event posts, None for an event without money."""
    match event:
        case Activated() | InventoryAdded() | Renewed() | Refunded():
            return event.charge
        case _:
            return None
