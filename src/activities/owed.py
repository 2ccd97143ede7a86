"""The tellings that events and reminders owe, with the facts of their texts; addresses are read when they are sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lifecycle.agenda import AgendaKind, Reminded
from lifecycle.catalog import PriceBook
from lifecycle.event_portrait import RecordedEvent, event_portrait
from lifecycle.events import EcaAcceptorChanged, Event
from lifecycle.notices import Notice, notices_of, notices_of_reminder
from lifecycle.portrait import counts, day, instant, lines_picture, money
from lifecycle.renewal import next_renewal
from lifecycle.subscription import Subscription
from storage.codec import dump_event
from storage.ids import new_id
from storage.tellings import PENDING, SKIPPED, Telling, mail_receiver
from storage.webhooks import Listener, webhook_receiver

PERSONAL = frozenset({"acceptor_email", "name", "job_title"})
WITH_RENEWAL = frozenset({AgendaKind.RENEWAL_REMINDER, AgendaKind.SUSPENDED_REMINDER})


def tellings_of_event(
    event: Event, after: Subscription, *, command_id: str, created_at: datetime
) -> tuple[Telling, ...]:
    """Return the mails that an event owes, keyed by its version."""
    facts = {name: value for name, value in dump_event(event).items() if name not in PERSONAL}
    body = {"event": facts, "reminder": None, "renewal": None, **_about(after)}
    if isinstance(event, EcaAcceptorChanged):
        body["former_request_id"] = event.former_request_id
    return _tellings(
        notices_of(event),
        after,
        key=f"v{after.version}",
        command_id=command_id,
        status=PENDING,
        at=event.at,
        created_at=created_at,
        body=body,
    )


def tellings_of_listeners(
    recorded: RecordedEvent, listeners: Iterable[Listener], *, created_at: datetime
) -> tuple[Telling, ...]:
    """Return what an event owes to webhooks: the same payload for each that wants events of its kind."""
    kind = recorded.event.kind
    webhook_ids = [listener.webhook_id for listener in listeners if listener.wants(kind)]
    payload = webhook_payload(recorded) if webhook_ids else {}
    return tuple(
        Telling(
            id=new_id("tel"),
            receiver=webhook_receiver(webhook_id),
            webhook_id=webhook_id,
            subscription_id=recorded.subscription_id,
            version=recorded.version,
            kind=kind,
            key=f"v{recorded.version}",
            role=webhook_id.partition("_")[2],
            command_id=recorded.command_id,
            at=recorded.event.at,
            created_at=created_at,
            body=payload,
        )
        for webhook_id in webhook_ids
    )


def webhook_payload(recorded: RecordedEvent) -> dict[str, Any]:
    """Return what a webhook gets: the event as in the feed, with the two members that Standard Webhooks asks for."""
    return {"type": recorded.event.kind, "timestamp": instant(recorded.event.at), **event_portrait(recorded)}


def tellings_of_reminder(
    reminder: Reminded, after: Subscription, prices: PriceBook, *, created_at: datetime
) -> tuple[Telling, ...]:
    """Return the mails that a reminder owes, keyed by its name; a skipped one is kept as such."""
    item = reminder.item
    facts = {"kind": item.kind.value, "days": item.days, "at": instant(item.at)}
    renewal = _renewal(after, prices) if item.kind in WITH_RENEWAL else None
    return _tellings(
        notices_of_reminder(reminder),
        after,
        key=item.name,
        command_id=item.name,
        status=SKIPPED if reminder.skipped else PENDING,
        at=item.at,
        created_at=created_at,
        body={"event": None, "reminder": facts, "renewal": renewal, **_about(after)},
    )


def _tellings(
    notices: Iterable[Notice],
    after: Subscription,
    *,
    key: str,
    command_id: str,
    status: str,
    at: datetime,
    created_at: datetime,
    body: dict[str, Any],
) -> tuple[Telling, ...]:
    return tuple(
        Telling(
            id=new_id("tel"),
            receiver=mail_receiver(after.id),
            subscription_id=after.id,
            version=after.version,
            kind=notice.kind,
            key=key,
            role=notice.receiver.value,
            command_id=command_id,
            status=status,
            at=at,
            created_at=created_at,
            body=body,
        )
        for notice in notices
    )


def _about(subscription: Subscription) -> dict[str, Any]:
    eca = subscription.eca
    return {
        "request_id": eca.id if eca else None,
        "link_number": eca.link_number if eca else None,
        "subscription": {
            "id": subscription.id,
            "offering": subscription.offering,
            "clm_tier": subscription.clm_tier,
            "state": subscription.state.value,
            "term_number": subscription.term_number,
            "start_date": day(subscription.start_date),
            "end_date": day(subscription.end_date),
            "renewal_mode": subscription.renewal_mode.value,
            "inventory": counts(subscription.inventory),
            "renewal_inventory": counts(subscription.renewal_inventory),
            "reference_id": subscription.reference_id,
            "currency": subscription.prices.currency,
        },
    }


def _renewal(subscription: Subscription, prices: PriceBook) -> dict[str, Any] | None:
    renewal = next_renewal(subscription, prices)
    if renewal is None:
        return None
    charge = renewal.charge
    return {
        "date": day(renewal.start_date),
        "start_date": day(renewal.start_date),
        "end_date": day(renewal.end_date),
        "lines": lines_picture(charge.lines, charge.currency),
        "total": money(charge.total, charge.currency),
    }
