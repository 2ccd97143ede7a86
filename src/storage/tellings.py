"""What is still to be told to whom, and whether the delivery that tells it sleeps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    String,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.columns import Instant
from storage.rows import values_of
from storage.tables import receivers, tellings

PENDING = "pending"
SENT = "sent"
REFUSED = "refused"
FAILED = "failed"
SKIPPED = "skipped"

MAIL_SHARDS = 2
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=10)
LAST_ERROR_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One message owed to one role; `body` holds the facts for its text, or what a webhook gets, and no address.

    It is about a subscription or about a document, never both. `attempts` counts the tries in vain; `next_try_at`, on
    the wall clock, is when it may be tried again. `webhook_id` is None for a mail. `created_at` is when it became owed.
    """

    id: str
    receiver: str
    subscription_id: str | None
    version: int
    kind: str
    key: str
    role: str
    command_id: str
    at: datetime
    created_at: datetime
    body: Mapping[str, Any]
    status: str = PENDING
    attempts: int = 0
    last_error: str | None = None
    sent_at: datetime | None = None
    next_try_at: datetime | None = None
    webhook_id: str | None = None
    invoice_id: str | None = None

    @property
    def subject_id(self) -> str:
        """What it is about: tellings of one subject to one role keep their order."""
        return self.subscription_id or self.invoice_id or ""


def mail_receiver(subject_id: str) -> str:
    """Return the delivery that mails for a subscription, or for an account's documents: always the same one."""
    return f"mail/{crc32(subject_id.encode()) % MAIL_SHARDS}"


def mail_receivers() -> tuple[str, ...]:
    """Return every delivery that mails."""
    return tuple(f"mail/{shard}" for shard in range(MAIL_SHARDS))


async def insert_tellings(connection: AsyncConnection, new: Collection[Telling]) -> tuple[str, ...]:
    """Insert tellings and wake their deliveries; return those that slept and must be signalled after the commit.

    Call it last in the transaction, see `wake`. `created_at` becomes the wall clock's now, because the days of trying
    count from it and the subscription's own clock may be years ahead.
    """
    if not new:
        return ()
    now = datetime.now(UTC)
    await connection.execute(_INSERT, [{**_values(telling), "created_at": now} for telling in new])
    return await wake_all(connection, {telling.receiver for telling in new if telling.status == PENDING})


async def list_due(connection: AsyncConnection, receiver: str, *, now: datetime, limit: int) -> tuple[Telling, ...]:
    """Return what was never tried, and what may be tried again, by subscription and version; `now` is wall time.

    A telling that waits for its next try holds back the later ones of its own role on its own subscription only.
    """
    found = await connection.execute(_DUE, {"receiver": receiver, "now": now, "most": limit})
    return tuple(telling_of(row) for row in found)


async def next_try(connection: AsyncConnection, receiver: str) -> datetime | None:
    """Return when the first telling that waits for another try may be tried, None when none waits."""
    at = func.coalesce(tellings.c.next_try_at, tellings.c.created_at)
    return await connection.scalar(select(func.min(at)).where(*_pending(receiver), tellings.c.attempts > 0))


async def count_pending(connection: AsyncConnection, receiver: str) -> int:
    """Return how many tellings a delivery still owes."""
    return await connection.scalar(select(func.count()).select_from(tellings).where(*_pending(receiver))) or 0


async def pending_of(
    connection: AsyncConnection, subscription_ids: Collection[str], *, untried: bool = False
) -> tuple[Telling, ...]:
    """Return what is still owed about these subscriptions.

    With `untried`, only mails that may go out any moment: not what was tried in vain, nor what waits for a mail server
    that could not be reached.
    """
    mine = tellings.c.subscription_id.in_(subscription_ids)
    query = select(tellings).where(_is_pending(tellings.c.status), mine).order_by(*_ORDER)
    if untried:
        query = query.where(tellings.c.attempts == 0, tellings.c.webhook_id.is_(None), not_(_is_cut_off()))
    return tuple(telling_of(row) for row in await connection.execute(query))


async def mark_sent(connection: AsyncConnection, telling_ids: Collection[str], *, at: datetime) -> None:
    """Note that the receiver took these tellings; `at` is on the wall clock."""
    if telling_ids:
        await connection.execute(_MARK_SENT, {"of_ids": sorted(telling_ids), "told_at": at})


async def mark_refused(connection: AsyncConnection, telling_id: str, *, error: str) -> None:
    """Note that the receiver refused it for good; `error` holds no address."""
    await _mark(connection, telling_id, status=REFUSED, last_error=error[:LAST_ERROR_LENGTH])


async def mark_unreached(connection: AsyncConnection, receiver: str, *, error: str) -> None:
    """Note on all that is owed why its receiver is not asked now; that counts as no try."""
    untold = and_(*_pending(receiver), or_(tellings.c.last_error.is_(None), tellings.c.last_error != error))
    await connection.execute(update(tellings).where(untold).values(last_error=error[:LAST_ERROR_LENGTH]))


async def mark_failed(connection: AsyncConnection, telling_id: str, *, error: str) -> None:
    """Note that it was given up after days of trying; `error` holds no address."""
    await _mark(connection, telling_id, status=FAILED, last_error=error[:LAST_ERROR_LENGTH])


async def mark_tried(
    connection: AsyncConnection, telling: Telling, *, error: str, now: datetime, at_least: timedelta = timedelta(0)
) -> None:
    """Note a try in vain; the pause to the next one doubles each time, up to the longest; `now` is wall time.

    It is not shorter than `at_least`, which the receiver asked for.
    """
    pause = min(FIRST_PAUSE * (1 << min(telling.attempts, 10)), LONGEST_PAUSE)
    values = {"attempts": telling.attempts + 1, "next_try_at": now + max(pause, at_least)}
    await _mark(connection, telling.id, **values, last_error=error[:LAST_ERROR_LENGTH])


async def give_up_old(connection: AsyncConnection, receiver: str, *, before: datetime, error: str) -> None:
    """Note that what has been owed since before an instant was given up, tried or not."""
    old = and_(*_pending(receiver), tellings.c.created_at < before)
    await connection.execute(update(tellings).where(old).values(status=FAILED, last_error=error[:LAST_ERROR_LENGTH]))


async def wake(connection: AsyncConnection, receiver: str) -> bool:
    """Note that a delivery is awake; return whether it slept, so that it must be signalled after the commit.

    Call it last in the transaction that inserted the telling: it holds the receiver's row until the commit, so that
    the delivery cannot fall asleep between the two.
    """
    asleep = await connection.scalar(_ASLEEP_LOCKED, {"receiver": receiver})
    if asleep is None:
        if await _insert_awake(connection, receiver):
            return True
        asleep = await connection.scalar(_ASLEEP_LOCKED, {"receiver": receiver})
    if asleep:
        await connection.execute(update(receivers).where(receivers.c.id == receiver).values(asleep=False))
    return bool(asleep)


async def wake_all(connection: AsyncConnection, names: Iterable[str]) -> tuple[str, ...]:
    """Wake several deliveries, in the order that keeps transactions from locking each other out; return who slept."""
    return tuple([name for name in sorted(set(names)) if await wake(connection, name)])


async def fall_asleep(connection: AsyncConnection, receiver: str) -> bool:
    """Note that a delivery sleeps, unless there is something that it could send; return whether it does."""
    await lock_receiver(connection, receiver)
    if await connection.scalar(_ANY_NEW, {"receiver": receiver}) is not None:
        return False
    await connection.execute(update(receivers).where(receivers.c.id == receiver).values(asleep=True))
    return True


async def lock_receiver(connection: AsyncConnection, receiver: str) -> None:
    """Let nobody owe the receiver anything more until the transaction ends."""
    if await connection.scalar(_ASLEEP_LOCKED, {"receiver": receiver}) is None:
        await _insert_awake(connection, receiver)
        await connection.execute(_ASLEEP_LOCKED, {"receiver": receiver})


async def list_pending_receivers(connection: AsyncConnection, subject_id: str) -> tuple[str, ...]:
    """Return the deliveries that owe something about a subscription or a document."""
    mine = or_(tellings.c.subscription_id == subject_id, tellings.c.invoice_id == subject_id)
    query = select(tellings.c.receiver).where(mine, _is_pending(tellings.c.status)).distinct()
    return tuple(sorted((await connection.scalars(query)).all()))


async def list_awake(connection: AsyncConnection) -> tuple[str, ...]:
    """Return the deliveries that owe something or are held to be awake, so that no telling would bring a signal.

    They are signalled at start and by a repair, which is safe to repeat.
    """
    owing = select(tellings.c.receiver).where(_is_pending(tellings.c.status))
    awake = select(receivers.c.id).where(not_(receivers.c.asleep))
    return tuple(sorted(await connection.scalars(owing.union(awake))))


_ORDER = (tellings.c.subscription_id, tellings.c.version, tellings.c.id)


def _is_pending(status: ColumnElement[str]) -> ColumnElement[bool]:
    # Written out rather than bound: SQLite uses the index of pending rows only for the very words that made it.
    return status == literal_column(f"'{PENDING}'")


def _pending(receiver: str | ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    return tellings.c.receiver == receiver, _is_pending(tellings.c.status)


def _is_new(receiver: ColumnElement[str]) -> ColumnElement[bool]:
    """Never tried, and not held back by one that was."""
    earlier = tellings.alias("earlier")
    held_back = exists().where(
        earlier.c.receiver == receiver,
        _is_pending(earlier.c.status),
        earlier.c.subscription_id == tellings.c.subscription_id,
        earlier.c.role == tellings.c.role,
        earlier.c.attempts > 0,
    )
    return and_(tellings.c.attempts == 0, not_(held_back))


def _is_due(receiver: ColumnElement[str], now: ColumnElement[datetime]) -> ColumnElement[bool]:
    again = and_(tellings.c.attempts > 0, or_(tellings.c.next_try_at.is_(None), tellings.c.next_try_at <= now))
    return and_(*_pending(receiver), or_(_is_new(receiver), again))


def _is_cut_off() -> ColumnElement[bool]:
    other = tellings.alias("other")
    return exists().where(
        other.c.receiver == tellings.c.receiver,
        _is_pending(other.c.status),
        other.c.attempts == 0,
        other.c.last_error.is_not(None),
    )


async def _insert_awake(connection: AsyncConnection, receiver: str) -> bool:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(receivers).values(id=receiver, asleep=False).on_conflict_do_nothing()
    # PostgreSQL's driver counts no rows of an insert: what comes back tells whether there was one.
    return await connection.scalar(new.returning(receivers.c.id)) is not None


async def _mark(connection: AsyncConnection, telling_id: str, **values: object) -> None:
    mine = and_(tellings.c.id == telling_id, _is_pending(tellings.c.status))
    await connection.execute(update(tellings).where(mine).values(**values))


def _values(telling: Telling) -> dict[str, Any]:
    return {name: getattr(telling, name) for name in Telling.__dataclass_fields__}


def telling_of(row: Row[Any]) -> Telling:
    """Return what a row of the table holds."""
    return Telling(**values_of(row))


# Built once: each purchase brings a look, and putting one together costs more than running it.
_RECEIVER: BindParameter[str] = bindparam("receiver", type_=String)
_INSERT = insert(tellings)
_NOW: BindParameter[datetime] = bindparam("now", type_=Instant)
_DUE = select(tellings).where(_is_due(_RECEIVER, _NOW)).order_by(*_ORDER).limit(bindparam("most", type_=Integer))
_ANY_NEW = select(tellings.c.id).where(*_pending(_RECEIVER), _is_new(_RECEIVER)).limit(1)
_ASLEEP_LOCKED = select(receivers.c.asleep).where(receivers.c.id == _RECEIVER).with_for_update()
_MARK_SENT = (
    update(tellings)
    .where(tellings.c.id.in_(bindparam("of_ids", expanding=True)), _is_pending(tellings.c.status))
    .values(status=SENT, sent_at=bindparam("told_at", type_=Instant), last_error=None)
)
