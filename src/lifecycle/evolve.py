"""The fold: a subscription and what happened next give the subscription after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

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
from lifecycle.inventory import Inventory, with_added, without
from lifecycle.subscription import EcaRequest, EcaStatus, RenewalInventoryMode, State, Subscription


def evolve(subscription: Subscription | None, event: Event) -> Subscription:
    """Return the subscription after the event, its version one higher.

    Raises:
        ValueError: the first event is not the confirmation, or the confirmation is not the first.
    """
    if isinstance(event, PurchaseConfirmed) != (subscription is None):
        message = f"{event.kind} cannot come here"
        raise ValueError(message)
    if subscription is None:
        return _confirmed(event) if isinstance(event, PurchaseConfirmed) else _impossible(event)
    return replace(_changed(subscription, event), version=subscription.version + 1)


def fold(events: Iterable[Event]) -> Subscription:
    """Return the subscription that the events, in order, add up to.

    Raises:
        ValueError: there is no event.
    """
    subscription: Subscription | None = None
    for event in events:
        subscription = evolve(subscription, event)
    if subscription is None:
        message = "a subscription has at least one event"
        raise ValueError(message)
    return subscription


def _impossible(event: Event) -> Subscription:
    message = f"{event.kind} cannot be the first event"
    raise ValueError(message)


def _confirmed(event: PurchaseConfirmed) -> Subscription:
    subscription = Subscription(
        id=event.subscription_id,
        customer_id=event.customer_id,
        offering=event.offering,
        clm_tier=event.clm_tier,
        term_months=event.term_months,
        requested_start_date=event.requested_start_date,
        state=event.state,
        renewal_mode=event.renewal_mode,
        inventory=event.inventory,
        renewal_inventory=event.inventory,
        prices=event.prices,
        confirmed_at=event.at,
        eca_status=event.eca_status,
        eca_acceptance_id=event.eca_acceptance_id,
        reference_id=event.reference_id,
        purchase_reference_id=event.reference_id,
        version=1,
    )
    if event.requested_start_date is None:
        return subscription
    term = subscription.term_from(event.requested_start_date)
    return replace(subscription, start_date=term.start, end_date=term.end)


def _changed(subscription: Subscription, event: Event) -> Subscription:
    match event:
        case PurchaseConfirmed():
            return subscription
        case EcaRequested() | EcaResent() | EcaAcceptorChanged() | EcaAccepted() | EcaDeclined() | EcaExpired():
            return _after_eca(subscription, event)
        case Activated() | Renewed() | RenewalHeld() | Expired() | Cancelled():
            return _after_term(subscription, event)
        case InventoryAdded() | RenewalInventorySet() | RenewalModeSet() | Suspended() | Enabled() | Refunded():
            return _after_command(subscription, event)
        case _:
            assert_never(event)


EcaEvent = EcaRequested | EcaResent | EcaAcceptorChanged | EcaAccepted | EcaDeclined | EcaExpired


def _after_eca(subscription: Subscription, event: EcaEvent) -> Subscription:
    match event:
        case EcaRequested() | EcaAcceptorChanged():
            return replace(subscription, eca=_request(subscription.eca, event), eca_status=EcaStatus.REQUESTED)
        case EcaResent(at=at, link_number=number):
            return replace(subscription, eca=replace(_eca(subscription), link_number=number, last_sent_at=at))
        case EcaAccepted(name=name, job_title=title, acceptance_id=acceptance):
            eca = replace(_eca(subscription), accepted_name=name, accepted_job_title=title)
            return replace(
                subscription,
                eca=eca,
                eca_status=EcaStatus.ACCEPTED,
                eca_acceptance_id=acceptance,
                state=State.SCHEDULED,
            )
        case EcaDeclined(at=at, reason=reason):
            return replace(
                subscription,
                state=State.DECLINED,
                state_reason=reason,
                eca_status=EcaStatus.DECLINED,
                ended_at=at,
            )
        case EcaExpired(at=at):
            return replace(subscription, state=State.ECA_EXPIRED, eca_status=EcaStatus.EXPIRED, ended_at=at)


def _eca(subscription: Subscription) -> EcaRequest:
    if subscription.eca is None:
        message = f"{subscription.id} has no request"
        raise ValueError(message)
    return subscription.eca


def _request(former: EcaRequest | None, event: EcaRequested | EcaAcceptorChanged) -> EcaRequest:
    return EcaRequest(
        id=event.request_id,
        acceptor_email=event.acceptor_email,
        document_id=event.document_id,
        document_version=event.document_version,
        requested_at=event.at,
        last_sent_at=event.at,
        acceptor_changes=0 if former is None else former.acceptor_changes + 1,
    )


TermEvent = Activated | Renewed | RenewalHeld | Expired | Cancelled


def _after_term(subscription: Subscription, event: TermEvent) -> Subscription:
    match event:
        case Activated():
            return replace(
                subscription,
                state=State.ACTIVE,
                start_date=event.start_date,
                end_date=event.end_date,
                anchor_date=event.start_date,
                began_at=event.at,
            )
        case Renewed():
            return _renewed(subscription, event)
        case RenewalHeld(at=at):
            return replace(subscription, renewal_held_since=at)
        case Expired(at=at):
            return replace(subscription, state=State.EXPIRED, state_reason=None, renewal_held_since=None, ended_at=at)
        case Cancelled(at=at, state_reason=why):
            return replace(subscription, state=State.CANCELLED, state_reason=why, renewal_held_since=None, ended_at=at)


def _renewed(subscription: Subscription, event: Renewed) -> Subscription:
    return replace(
        subscription,
        term_number=event.term_number,
        start_date=event.start_date,
        end_date=event.end_date,
        anchor_date=event.anchor_date,
        anchor_term_number=event.anchor_term_number,
        inventory=event.inventory,
        renewal_inventory=event.inventory,
        renewal_inventory_mode=RenewalInventoryMode.FOLLOWS,
        renewal_reference_id=None,
        renewal_held_since=None,
        prices=event.prices,
        began_at=event.at,
    )


CommandEvent = InventoryAdded | RenewalInventorySet | RenewalModeSet | Suspended | Enabled | Refunded


def _after_command(subscription: Subscription, event: CommandEvent) -> Subscription:
    match event:
        case InventoryAdded():
            priced = replace(
                subscription,
                prices=subscription.prices.with_products(event.new_prices),
                reference_id=subscription.reference_id or event.reference_id,
            )
            return _with_inventory(priced, with_added(subscription.inventory, event.added))
        case RenewalInventorySet():
            return replace(
                subscription,
                renewal_inventory=event.lines,
                renewal_inventory_mode=event.mode,
                renewal_reference_id=event.reference_id or subscription.renewal_reference_id,
                reference_id=subscription.reference_id or event.reference_id,
            )
        case RenewalModeSet(renewal_mode=mode):
            return replace(subscription, renewal_mode=mode)
        case Suspended(at=at, reason=reason):
            return replace(subscription, state=State.SUSPENDED, state_reason=reason, suspended_at=at)
        case Enabled(reason=reason):
            return replace(subscription, state=State.ACTIVE, state_reason=reason, suspended_at=None)
        case Refunded(taken=taken):
            return _with_inventory(subscription, without(subscription.inventory, taken))


def _with_inventory(subscription: Subscription, inventory: Inventory) -> Subscription:
    follows = subscription.renewal_inventory_mode is RenewalInventoryMode.FOLLOWS
    renewal = inventory if follows else subscription.renewal_inventory
    return replace(subscription, inventory=inventory, renewal_inventory=renewal)
