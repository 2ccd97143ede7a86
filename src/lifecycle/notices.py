"""Who is to be told of what: the mails that an event or a reminder owes. Receivers are roles, never addresses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lifecycle.agenda import AgendaKind, Reminded
from lifecycle.events import (
    Activated,
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
    Refunded,
    RenewalHeld,
    RenewalModeSet,
    Renewed,
    Suspended,
)
from lifecycle.terms import ECA_REMINDER_DAYS


class Receiver(StrEnum):
    """A role whose address the mailing looks up."""

    ACCEPTOR = "acceptor"
    FORMER_ACCEPTOR = "former_acceptor"
    PARTNER = "partner"
    CUSTOMER = "customer"
    OPERATOR = "operator"
    BILLING = "billing"  # of an account, for its documents


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail kind for one role."""

    kind: str
    receiver: Receiver


_BOTH = (Receiver.PARTNER, Receiver.CUSTOMER)


def notices_of(event: Event) -> tuple[Notice, ...]:  # noqa: PLR0911 - one branch for each kind of mail
    """Return the mails that an event owes."""
    match event:
        case EcaRequested() | EcaResent():
            return _told("eca_request", Receiver.ACCEPTOR)
        case EcaAcceptorChanged():
            return (*_told("eca_request", Receiver.ACCEPTOR), *_told("eca_replaced", Receiver.FORMER_ACCEPTOR))
        case EcaAccepted():
            return _told("eca_accepted", Receiver.ACCEPTOR, Receiver.PARTNER)
        case EcaDeclined() | EcaExpired():
            return _told(event.kind, Receiver.PARTNER)
        case RenewalHeld():
            return _told("renewal_held", *_BOTH, Receiver.OPERATOR)
        case Refunded():
            return _told("refund_processed", *_BOTH)
        case Activated() | InventoryAdded() | Renewed() | Expired() | Suspended() | Enabled() | RenewalModeSet():
            return _told(event.kind, *_BOTH)
        case _:
            return ()


def notices_of_reminder(reminder: Reminded) -> tuple[Notice, ...]:
    """Return the mails that a reminder owes; the last one of the agreement also tells the partner."""
    kind = reminder.item.kind
    if kind is not AgendaKind.ECA_REMINDER:
        return _told(kind.value, *_BOTH)
    to_acceptor = _told("eca_reminder", Receiver.ACCEPTOR)
    is_last = reminder.item.days == ECA_REMINDER_DAYS[-1]
    return (*to_acceptor, *_told("eca_expiring", Receiver.PARTNER)) if is_last else to_acceptor


def _told(kind: str, *receivers: Receiver) -> tuple[Notice, ...]:
    return tuple(Notice(kind, receiver) for receiver in receivers)
