"""How an event looks to the world, in the feed and at webhooks: facts and money, and no person's name or address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from lifecycle.charges import Charge
from lifecycle.events import (
    Activated,
    Cancelled,
    EcaAccepted,
    EcaAcceptorChanged,
    EcaDeclined,
    EcaExpired,
    EcaRequested,
    EcaResent,
    Enabled,
    Event,
    Expired,
    InventoryAdded,
    PurchaseConfirmed,
    Refunded,
    RenewalHeld,
    RenewalInventorySet,
    RenewalModeSet,
    Renewed,
    Suspended,
)
from lifecycle.portrait import Picture, counts, day, instant, lines_picture, money

EVENT_KINDS: tuple[str, ...] = tuple(kind.__dataclass_fields__["kind"].default for kind in get_args(Event))
PAYLOAD_VERSION = 1  # a member may be added under the same number; a change of what is there needs the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event as it was recorded: its own id, whose it is, its number there, who caused it, what it posted."""

    id: str
    subscription_id: str
    version: int
    event: Event
    recorded_at: datetime
    actor: str
    command_id: str
    transaction_id: str | None


def event_portrait(recorded: RecordedEvent) -> Picture:
    """Return the event as the feed shows it; `at` and `recorded_at` are on the subscription's clock."""
    event = recorded.event
    return {
        "id": recorded.id,
        "subscription_id": recorded.subscription_id,
        "version": recorded.version,
        "kind": event.kind,
        "at": instant(event.at),
        "recorded_at": instant(recorded.recorded_at),
        "actor": recorded.actor,
        "reason": getattr(event, "reason", None),
        "command_id": recorded.command_id,
        "transaction_id": recorded.transaction_id,
        "payload_version": PAYLOAD_VERSION,
        "data": event_data(event),
    }


def event_data(event: Event) -> Picture:  # noqa: C901, PLR0911, PLR0912 - one branch for each kind of event
    """Return what is particular to the kind of event."""
    match event:
        case PurchaseConfirmed():
            return _ordered(event)
        case EcaRequested():
            return {"request_id": event.request_id, **_document(event)}
        case EcaAcceptorChanged():
            former = {"former_request_id": event.former_request_id}
            return {"request_id": event.request_id, **former, **_document(event)}
        case EcaResent():
            return {"link_number": event.link_number}
        case EcaAccepted():
            return {"request_id": event.request_id, "acceptance_id": event.acceptance_id}
        case EcaDeclined() | EcaExpired():
            return {"request_id": event.request_id}
        case Activated():
            return {**_term(event), "charge": _charge(event.charge)}
        case InventoryAdded():
            added = {"added": counts(event.added), "reference_id": event.reference_id}
            return {**added, "charge": _charge(event.charge)}
        case RenewalInventorySet():
            lines = {"renewal_inventory_mode": event.mode.value, "renewal_inventory": counts(event.lines)}
            return {**lines, "reference_id": event.reference_id}
        case RenewalModeSet():
            return {"renewal_mode": event.renewal_mode.value}
        case Renewed():
            return _renewed(event)
        case Refunded():
            return {"taken": counts(event.taken), "charge": _charge(event.charge)}
        case Cancelled():
            return {"state_reason": event.state_reason}
        case Suspended() | Enabled() | RenewalHeld() | Expired():
            return {}


def _ordered(event: PurchaseConfirmed) -> Picture:
    return {
        "customer_id": event.customer_id,
        "offering": event.offering,
        "clm_tier": event.clm_tier,
        "term_months": event.term_months,
        "requested_start_date": day(event.requested_start_date),
        "inventory": counts(event.inventory),
        "renewal_mode": event.renewal_mode.value,
        "state": event.state.value,
        "eca_status": event.eca_status.value,
        "eca_acceptance_id": event.eca_acceptance_id,
        "reference_id": event.reference_id,
    }


def _document(event: EcaRequested | EcaAcceptorChanged) -> Picture:
    return {"document_id": event.document_id, "document_version": event.document_version}


def _term(event: Activated | Renewed) -> Picture:
    return {"start_date": day(event.start_date), "end_date": day(event.end_date)}


def _renewed(event: Renewed) -> Picture:
    return {
        "term_number": event.term_number,
        **_term(event),
        "anchor_date": day(event.anchor_date),
        "anchor_term_number": event.anchor_term_number,
        "inventory": counts(event.inventory),
        "charge": _charge(event.charge),
    }


def _charge(charge: Charge) -> Picture:
    return {
        "action": charge.action.value,
        "term_number": charge.term_number,
        "occurred_at": instant(charge.occurred_at),
        "reference_id": charge.reference_id,
        "refunds_transaction_id": charge.refunds_transaction_id,
        "total": money(charge.total, charge.currency),
        "lines": lines_picture(charge.lines, charge.currency),
    }
