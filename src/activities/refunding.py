"""A refund over several subscriptions: one transaction, all of it or none, one stored outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.casefile import Case
from activities.ledger import Wake
from activities.messages import RefundOrder, RefundRecorded
from activities.outcomes import Outcome, dump_outcome
from activities.recording import Agreement, Origin, Setting, Written, write_judgement
from lifecycle.charges import Action, PostedTransaction
from lifecycle.commands import Refund, RefundLine
from lifecycle.events import Refunded
from lifecycle.judge import Judgement
from lifecycle.portrait import instant, money, transaction_picture
from lifecycle.refusals import Conflict, InvalidInput, PriceChanged, Refusal
from storage.announcements import Announcements
from storage.commands import CommandRow, find_command, set_outcome
from storage.customers import Party
from storage.database import Database
from storage.price_lists import find_party_and_prices
from storage.refunds import RefundRow, insert_refund
from storage.subscriptions import SubscriptionRow, find_subscription, lock_subscription
from storage.tellings import list_pending_receivers
from storage.transactions import find_lines
from storage.usage import list_in_use


async def load_refund(connection: AsyncConnection, body: dict[str, Any], *, locked: bool) -> tuple[Case, ...]:
    """Return the refund's part for each subscription, rows locked in the order of their ids where asked for."""
    posted = await find_lines(connection, [line["transaction_line_id"] for line in body["lines"]])
    ids = sorted({line.subscription_id for line in posted.values()})
    rows = [await _row(connection, id_, locked=locked) for id_ in ids]
    if locked:
        # What was read before the locks may have been refunded meanwhile.
        posted = await find_lines(connection, list(posted))
    in_use = await list_in_use(connection, ids)
    cases: list[Case] = []
    for row in rows:
        lines = tuple(
            RefundLine(posted[line["transaction_line_id"]], line["quantity"], f"lines[{index}]")
            for index, line in enumerate(body["lines"])
            if posted[line["transaction_line_id"]].subscription_id == row.subscription.id
        )
        cases.append(await _case(connection, row, body, lines, in_use.get(row.subscription.id, {})))
    return tuple(cases)


async def _row(connection: AsyncConnection, subscription_id: str, *, locked: bool) -> SubscriptionRow:
    find = lock_subscription if locked else find_subscription
    row = await find(connection, subscription_id)
    if row is None:
        message = f"{subscription_id} has lines but no row"
        raise LookupError(message)
    return row


async def _case(
    connection: AsyncConnection,
    row: SubscriptionRow,
    body: dict[str, Any],
    lines: tuple[RefundLine, ...],
    in_use: Mapping[str, int],
) -> Case:
    command = Refund(
        lines=lines,
        reason=body.get("reason"),
        reference_id=body.get("reference_id"),
        override_window=bool(body.get("override_window")),
        in_use=in_use,
    )
    party, prices = await find_party_and_prices(connection, row.subscription.customer_id)
    return Case(
        row=row,
        party=party,
        prices=prices,
        command=command,
        reference_reused=False,
    )


def judge_refund(cases: Iterable[Case], *, at: datetime, expected_total: int | None) -> tuple[Judgement, ...]:
    """Return a judgement per subscription, each on its own clock.

    Raises:
        Refusal: of the first part that the rules refuse, a refund of a refund and counts before windows; or the
            binding total differs.
    """
    judgements = tuple(case.judged(at + case.row.clock_offset) for case in cases if case.row is not None)
    refusals = [judgement.refusal for judgement in judgements if judgement.refusal is not None]
    if refusals:
        raise min(refusals, key=_rank)
    total = -sum(
        event.charge.total for judgement in judgements for event in judgement.events if isinstance(event, Refunded)
    )
    if expected_total is not None and expected_total != total:
        raise PriceChanged(expected_total=expected_total, total=total)
    return judgements


def _rank(refusal: Refusal) -> int:
    if refusal.code == "not_refundable":
        return 0
    return 1 if isinstance(refusal, InvalidInput) else 2


class Refunds:
    """Records refunds. A repeat returns what was recorded."""

    def __init__(self, database: Database, *, agreement: Agreement, announcements: Announcements, wake: Wake) -> None:
        """Take what the ledger takes."""
        self._database = database
        self._agreement = agreement
        self._announcements = announcements
        self._wake = wake

    @activity.defn(name="record_refund")
    async def record_refund(self, order: RefundOrder) -> RefundRecorded:
        """Record the refund, all of it or none, and return whom it changed."""

        async def work(connection: AsyncConnection) -> tuple[RefundRecorded, tuple[str, ...]]:
            return await self._record(connection, order)

        recorded, asleep = await self._database.in_transaction(work)
        self._announcements.announce(order.refund_id)
        if asleep:
            await self._wake(asleep)
        return recorded

    async def _record(self, connection: AsyncConnection, order: RefundOrder) -> tuple[RefundRecorded, tuple[str, ...]]:
        command = await find_command(connection, "", order.refund_id)
        if command is None:
            message = f"{order.refund_id} was never accepted"
            raise LookupError(message)
        cases = await load_refund(connection, command.body, locked=True)
        ids = [case.row.subscription.id for case in cases if case.row is not None]
        command = await find_command(connection, "", order.refund_id) or command
        if command.outcome is not None:
            # The commit may have been the last thing that a process did, so the deliveries are woken again.
            owing = [await list_pending_receivers(connection, subscription_id) for subscription_id in ids]
            return RefundRecorded(subscription_ids=ids), tuple({name for found in owing for name in found})
        asleep: tuple[str, ...] = ()
        try:
            judgements = judge_refund(cases, at=order.at, expected_total=command.body.get("expected_total"))
        except (Conflict, InvalidInput) as refusal:
            outcome = Outcome(refusal=refusal)
        else:
            written = [
                await self._write(connection, case, judgement, command)
                for case, judgement in zip(cases, judgements, strict=True)
            ]
            asleep = tuple({name for part in written for name in part.asleep})
            outcome = Outcome(answer=await self._posted(connection, command, cases, written, at=judgements[0].at))
        await set_outcome(connection, command, dump_outcome(outcome), frees_key=not outcome.is_kept)
        return RefundRecorded(subscription_ids=ids), asleep

    async def _write(
        self, connection: AsyncConnection, case: Case, judgement: Judgement, command: CommandRow
    ) -> Written:
        setting = Setting(row=case.row, party=case.party, prices=case.prices, agreement=self._agreement)
        origin = Origin(command_id=command.command_id, actor=command.actor, refund_id=command.command_id)
        return await write_judgement(connection, judgement, setting, origin)

    async def _posted(
        self,
        connection: AsyncConnection,
        command: CommandRow,
        cases: tuple[Case, ...],
        written: list[Written],
        *,
        at: datetime,
    ) -> dict[str, Any]:
        transactions = tuple(
            transaction for part in written for transaction in part.transactions if transaction.action is Action.REFUND
        )
        answer = refund_answer(command.command_id, command.body, transactions, at=at)
        await insert_refund(connection, _head(command, cases[0].party, transactions, at))
        return answer


def _head(command: CommandRow, party: Party, transactions: tuple[PostedTransaction, ...], at: datetime) -> RefundRow:
    return RefundRow(
        id=command.command_id,
        customer_id=party.customer_id,
        account_id=party.account_id,
        reseller_id=party.reseller_id,
        reason=command.body.get("reason"),
        reference_id=command.body.get("reference_id"),
        currency=transactions[0].currency,
        total=sum(transaction.amount for transaction in transactions),
        actor=command.actor,
        created_at=at,
    )


def refund_answer(
    refund_id: str | None, body: dict[str, Any], transactions: tuple[PostedTransaction, ...], *, at: datetime
) -> dict[str, Any]:
    """Return the refund with its transactions; the total is negative."""
    return {
        "id": refund_id,
        "customer_id": transactions[0].customer_id,
        "reason": body.get("reason"),
        "reference_id": body.get("reference_id"),
        "total": money(sum(transaction.amount for transaction in transactions), transactions[0].currency),
        "created_at": instant(at),
        "transactions": [transaction_picture(transaction) for transaction in transactions],
    }
