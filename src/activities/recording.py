"""A judgement written down: events, money, tellings, evidence and the row, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.owed import tellings_of_event, tellings_of_listeners, tellings_of_reminder
from activities.posting import posted
from lifecycle.agenda import Recorded as AgendaRecorded
from lifecycle.agenda import Reminded
from lifecycle.catalog import PriceBook
from lifecycle.charges import Action, PostedTransaction
from lifecycle.event_portrait import RecordedEvent
from lifecycle.events import Event, charge_of
from lifecycle.evolve import evolve
from lifecycle.judge import Judgement
from lifecycle.subscription import Subscription
from storage.customers import Party
from storage.eca import record_eca_event
from storage.eca_tokens import EcaKeys
from storage.events import insert_events
from storage.ids import new_id
from storage.subscriptions import SubscriptionRow, insert_subscription, update_subscription
from storage.tellings import Telling, insert_tellings
from storage.transactions import insert_transaction, mark_refunded

SYSTEM = "system"
SYSTEM_RENEWAL = "system:renewal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who asked, by which command, with what evidence; `refund_id` where it is part of a refund."""

    command_id: str
    actor: str
    evidence: dict[str, Any] | None = None
    refund_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The keys that links are made with, and the domain of the message ids that evidence names."""

    keys: EcaKeys
    mail_domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every write of one judgement shares."""

    row: SubscriptionRow | None
    party: Party
    prices: PriceBook
    agreement: Agreement
    clock_offset: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: the command's own transactions, and the receivers that were asleep."""

    transactions: tuple[PostedTransaction, ...]
    asleep: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event with the subscription after it and where it came from."""

    event: Event
    after: Subscription
    origin: Origin
    transaction: PostedTransaction | None


async def write_judgement(
    connection: AsyncConnection, judgement: Judgement, setting: Setting, origin: Origin
) -> Written:
    """Write everything that the judgement found, and the subscription's row as it is after it."""
    if judgement.after is None:
        return Written(transactions=(), asleep=())
    entries = tuple(_entries(judgement, setting, origin))
    await _write_row(connection, judgement, setting, origin, changed=bool(entries))
    for entry in entries:
        if entry.transaction is not None:
            await _post(connection, entry.transaction)
    recorded = [_recorded(entry, judgement) for entry in entries]
    await insert_events(connection, recorded)
    for entry in entries:
        await record_eca_event(
            connection,
            entry.event,
            subscription=entry.after,
            keys=setting.agreement.keys,
            evidence=origin.evidence,
            mail_domain=setting.agreement.mail_domain,
        )
    owed = [*_mails(judgement, setting, entries), *_webhook_tellings(recorded, setting, created_at=judgement.at)]
    asleep = await insert_tellings(connection, owed)
    own = tuple(entry.transaction for entry in entries[len(_by_itself(judgement)) :] if entry.transaction)
    return Written(transactions=own, asleep=asleep)


def _by_itself(judgement: Judgement) -> tuple[AgendaRecorded, ...]:
    return tuple(step.happening for step in judgement.steps if isinstance(step.happening, AgendaRecorded))


def _entries(judgement: Judgement, setting: Setting, origin: Origin) -> Iterator[_Entry]:
    for step in judgement.steps:
        if isinstance(step.happening, AgendaRecorded):
            event = step.happening.event
            by_itself = Origin(command_id=step.happening.name, actor=SYSTEM)
            yield _entry(event, step.after, by_itself, setting, posted_at=judgement.at)
    present = judgement.steps[-1].after if judgement.steps else _before(setting)
    for event in judgement.events:
        present = evolve(present, event)
        yield _entry(event, present, origin, setting, posted_at=judgement.at)


def _before(setting: Setting) -> Subscription | None:
    return None if setting.row is None else setting.row.subscription


def _entry(event: Event, after: Subscription, origin: Origin, setting: Setting, *, posted_at: datetime) -> _Entry:
    charge = charge_of(event)
    if charge is None:
        return _Entry(event, after, origin, None)
    is_renewal_by_itself = origin.actor == SYSTEM and charge.action is Action.RENEWAL
    transaction = posted(
        charge,
        subscription=after,
        party=setting.party,
        actor=SYSTEM_RENEWAL if is_renewal_by_itself else origin.actor,
        posted_at=posted_at,
        refund_id=origin.refund_id,
    )
    return _Entry(event, after, origin, transaction)


async def _write_row(
    connection: AsyncConnection, judgement: Judgement, setting: Setting, origin: Origin, *, changed: bool
) -> None:
    after = judgement.after
    if after is None:
        return
    if setting.row is not None:
        await update_subscription(connection, after, settled_until=judgement.at, changed=changed)
        return
    await insert_subscription(
        connection,
        after,
        account_id=setting.party.account_id,
        purchase_command_id=origin.command_id,
        settled_until=judgement.at,
        clock_offset=setting.clock_offset,
    )


async def _post(connection: AsyncConnection, transaction: PostedTransaction) -> None:
    await insert_transaction(connection, transaction)
    if transaction.action is Action.REFUND:
        for line in transaction.lines:
            await mark_refunded(connection, line)


def _recorded(entry: _Entry, judgement: Judgement) -> RecordedEvent:
    return RecordedEvent(
        id=new_id("evt"),
        subscription_id=entry.after.id,
        version=entry.after.version,
        event=entry.event,
        recorded_at=judgement.at,
        actor=entry.origin.actor,
        command_id=entry.origin.command_id,
        transaction_id=None if entry.transaction is None else entry.transaction.id,
    )


def _webhook_tellings(
    recorded: Iterable[RecordedEvent], setting: Setting, *, created_at: datetime
) -> Iterator[Telling]:
    listeners = setting.party.listeners
    if listeners:
        for event in recorded:
            yield from tellings_of_listeners(event, listeners, created_at=created_at)


def _mails(judgement: Judgement, setting: Setting, entries: tuple[_Entry, ...]) -> tuple[Telling, ...]:
    found: list[Telling] = []
    for entry in entries:
        found.extend(
            tellings_of_event(entry.event, entry.after, command_id=entry.origin.command_id, created_at=judgement.at)
        )
    for step in judgement.steps:
        if isinstance(step.happening, Reminded):
            found.extend(tellings_of_reminder(step.happening, step.after, setting.prices, created_at=judgement.at))
    return tuple(found)
