"""The rows of bulk jobs at the counter: each is judged, accepted and answered as the single command that it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.bulk_desk import NotYet, OutOfReach
from activities.orders import PURCHASE
from intake.asking import Asking, Reply
from intake.counter import Counter
from intake.denials import Denial, EngineUnreachable, NotFound, NotPermitted, RequestInProgress
from intake.idempotency import fingerprint
from intake.scope import Caller
from intake.sight import check_customer, seen_subscription
from lifecycle.refusals import InvalidInput, Refusal
from storage.bulk_jobs import BulkJob
from storage.bulk_rows import DONE, REFUSED, BulkRow, RowResult, key_of_row
from storage.commands import find_command_by_key
from storage.database import Database
from storage.partners import Partner

# What a row calls its command, and what the rules call it.
KINDS = {
    "purchase": PURCHASE,
    "add_inventory": "add_inventory",
    "renewal_inventory": "set_renewal_inventory",
    "renewal_mode": "set_renewal_mode",
    "suspend": "suspend",
    "enable": "enable",
    "cancel": "cancel",
}
PRICED = "priced"  # what is done only on paper
WAIT_SECONDS = 20.0


class CounterDesk:
    """Hands rows in at the counter, or has them judged on paper."""

    def __init__(self, database: Database, counter: Counter) -> None:
        """Take the database, and the counter."""
        self._database = database
        self._counter = counter

    async def settle(self, job: BulkJob, partner: Partner, row: BulkRow) -> RowResult:
        """Return what became of a row's command.

        It is judged with the scopes that the job was given with, and with what the partner is and sees now. A command
        that was accepted before is not judged again.

        Raises:
            OutOfReach: no command can be taken now.
            NotYet: the outcome is still to come.
        """
        caller = Caller(partner=partner, actor=job.actor, scopes=frozenset(job.scopes))
        key = key_of_row(row.job_id, row.position)
        try:
            async with self._database.read_as(caller.sees) as connection:
                if await find_command_by_key(connection, partner.id, key) is None:
                    await _check(connection, caller, row)
            reply = await self._counter.ask(_asking(caller, row, key=key))
        except EngineUnreachable as error:
            raise OutOfReach from error
        except RequestInProgress as error:
            raise NotYet from error
        except (NotFound, NotPermitted) as denial:
            return RowResult(status=REFUSED, problem=_problem(denial))
        return _result(reply)

    async def on_paper(self, caller: Caller, row: BulkRow) -> RowResult:
        """Return what would become of a row today; nothing is kept."""
        try:
            async with self._database.read_as(caller.sees) as connection:
                await _check(connection, caller, row)
            result = _result(await self._counter.ask(_asking(caller, row, key=None)))
            return replace(result, status=PRICED) if result.status == DONE else result
        except (NotFound, NotPermitted) as denial:
            return RowResult(status=REFUSED, problem=_problem(denial))


async def _check(connection: AsyncConnection, caller: Caller, row: BulkRow) -> None:
    """Let pass only a caller that may write, and sees whom the row is about."""
    caller.require("write")
    if row.kind == PURCHASE:
        await check_customer(connection, caller, row.body["customer_id"])
    else:
        await seen_subscription(connection, caller, row.subscription_id)


def _asking(caller: Caller, row: BulkRow, *, key: str | None) -> Asking:
    return Asking(
        partner_id=caller.partner.id,
        actor=caller.actor,
        kind=KINDS[row.kind],
        body=row.body,
        subscription_id=None if row.kind == PURCHASE else row.subscription_id,
        key=key,
        fingerprint=None if key is None else fingerprint(row.kind, row.subscription_id, row.body),
        dry_run=key is None,
        wait_seconds=WAIT_SECONDS,
    )


def _result(reply: Reply) -> RowResult:
    if reply.outcome is None:
        raise NotYet
    if reply.outcome.refusal is not None:
        return RowResult(status=REFUSED, command_id=reply.command_id, problem=_problem(reply.outcome.refusal))
    answer = reply.outcome.answer or {}
    transaction = answer.get("transaction")
    posted: dict[str, Any] = {} if transaction is None else transaction["amount"]
    return RowResult(
        status=DONE,
        command_id=reply.command_id,
        transaction_id=None if transaction is None else transaction["id"] or None,
        amount=posted.get("amount"),
        currency=posted.get("currency"),
        warnings=tuple(answer.get("warnings", ())),
    )


def _problem(refused: Refusal | Denial) -> dict[str, Any]:
    problem: dict[str, Any] = {**refused.facts, "code": refused.code, "detail": refused.detail}
    if isinstance(refused, InvalidInput):
        problem["errors"] = [{"field": one.field, "code": one.code, "message": one.message} for one in refused.errors]
    return problem
