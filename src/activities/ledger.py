"""Settle, decide and record in one database transaction: the only way by which a subscription changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.answers import command_answer, subscription_picture
from activities.casefile import Case, load_case
from activities.messages import Recorded, RecordOrder
from activities.orders import PURCHASE
from activities.outcomes import Outcome, dump_outcome
from activities.recording import Agreement, Origin, Setting, Written, write_judgement
from activities.story import story_of
from lifecycle.judge import Judgement
from lifecycle.subscription import Subscription
from storage.announcements import Announcements
from storage.commands import CommandRow, find_command, set_outcome
from storage.database import Database
from storage.subscriptions import SubscriptionRow, lock_subscription
from storage.tellings import list_pending_receivers

SETTLE = "settle"
Wake = Callable[[tuple[str, ...]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Result:
    recorded: Recorded
    wake: tuple[str, ...] = ()
    outcome: dict[str, Any] | None = None


class Ledger:
    """Records what workflows ask for. Every call may be repeated: what has its outcome is returned as it was stored."""

    def __init__(
        self,
        database: Database,
        *,
        agreement: Agreement,
        announcements: Announcements,
        wake: Wake,
        clock_shift: timedelta = timedelta(0),
    ) -> None:
        """Take the database, what links to the agreement are made with, and whom to tell after the commit.

        `clock_shift` is how far a new subscription's clock is ahead of the wall's; zero outside a sandbox.
        """
        self._database = database
        self._clock_shift = clock_shift
        self._agreement = agreement
        self._announcements = announcements
        self._wake = wake

    @activity.defn(name="record")
    async def record(self, order: RecordOrder) -> Recorded:
        """Settle the subscription up to `order.at`, record its command once, and return the row's present state."""

        async def work(connection: AsyncConnection) -> _Result:
            return await self._record(connection, order)

        if order.command_id is None:
            result = await self._database.in_transaction(work)
        else:
            with self._announcements.announcing(order.command_id):
                result = await self._database.in_transaction(work)
                self._announcements.announce(order.command_id, result.outcome)
        if result.wake:
            await self._wake(result.wake)
        return result.recorded

    async def _record(self, connection: AsyncConnection, order: RecordOrder) -> _Result:
        # The command first, locked: a purchase has no row to lock yet, so of two attempts at once one waits here.
        command = await _command(connection, order)
        is_new = command is not None and command.kind == PURCHASE and command.outcome is None
        # The row and its purchase's outcome are written together.
        row = None if is_new else await lock_subscription(connection, order.subscription_id)
        if command is not None and command.outcome is not None:
            return await self._as_stored(connection, row, command.outcome)
        if row is None and command is None:
            return _Result(Recorded(over=True))
        if row is not None and row.subscription.version < order.seen_version:
            # An older row than the story knows is a restored backup: told, and not acted on.
            return _Result(story_of(row.subscription, settled_until=row.settled_until))
        case = await load_case(
            connection,
            row,
            kind=SETTLE if command is None else command.kind,
            body={} if command is None else command.body,
            today=order.at,
        )
        judgement = case.judged(order.at)
        written = await self._write(connection, case, judgement, command)
        recorded = _state(judgement.after, judgement.at, written)
        if command is None:
            if judgement.steps:
                return _Result(recorded, written.asleep)
            # What was due may have been recorded by an attempt that ended before it woke anybody.
            return _Result(recorded, await list_pending_receivers(connection, order.subscription_id))
        outcome = outcome_of(case, judgement, written)
        stored = dump_outcome(outcome)
        await set_outcome(connection, command, stored, frees_key=not outcome.is_kept)
        return _Result(recorded, written.asleep, stored)

    async def _as_stored(
        self, connection: AsyncConnection, row: SubscriptionRow | None, outcome: dict[str, Any]
    ) -> _Result:
        """The commit may have been the last thing that a process did, so its deliveries are woken again."""
        if row is None:
            return _Result(Recorded(over=True), (), outcome)
        receivers = await list_pending_receivers(connection, row.subscription.id)
        return _Result(story_of(row.subscription, settled_until=row.settled_until), receivers, outcome)

    async def _write(
        self, connection: AsyncConnection, case: Case, judgement: Judgement, command: CommandRow | None
    ) -> Written:
        body = {} if command is None else command.body
        setting = Setting(
            row=case.row,
            party=case.party,
            prices=case.prices,
            agreement=self._agreement,
            clock_offset=self._clock_shift,
        )
        origin = Origin(
            command_id=SETTLE if command is None else command.command_id,
            actor="system" if command is None else command.actor,
            evidence=body.get("evidence"),
        )
        return await write_judgement(connection, judgement, setting, origin)


async def _command(connection: AsyncConnection, order: RecordOrder) -> CommandRow | None:
    if order.command_id is None:
        return None
    return await find_command(connection, order.subscription_id, order.command_id, lock=True)


def outcome_of(case: Case, judgement: Judgement, written: Written) -> Outcome:
    """Return the final answer of a judged command."""
    if judgement.refusal is not None:
        return Outcome(refusal=judgement.refusal)
    if judgement.after is None:
        message = "a command that was not refused leaves a subscription"
        raise ValueError(message)
    return Outcome(answer=answer_of(case, judgement, judgement.after, written))


def answer_of(case: Case, judgement: Judgement, after: Subscription, written: Written) -> dict[str, Any]:
    """Return the answer that a judgement gives, with the transactions that were, or would be, posted."""
    row, at = case.row, judgement.at
    picture = subscription_picture(
        after,
        settled_until=at,
        reseller_id=case.party.reseller_id,
        created_at=after.confirmed_at if row is None else row.created_at,
        updated_at=_updated_at(row, judgement),
    )
    return command_answer(
        picture,
        after,
        case.command,
        transactions=written.transactions,
        prices=case.prices,
        reference_reused=case.reference_reused,
        at=at,
    )


def _updated_at(row: SubscriptionRow | None, judgement: Judgement) -> datetime:
    if row is None or judgement.events or judgement.after != row.subscription:
        return judgement.at
    return row.updated_at


def _state(after: Subscription | None, settled_until: datetime, written: Written) -> Recorded:
    if after is None:
        return Recorded(over=True)
    return story_of(after, settled_until=settled_until, transactions=written.transactions)
