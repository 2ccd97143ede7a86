"""Refunds over one or more transactions of one customer: all of it or none."""

from __future__ import annotations

from activities.outcomes import Outcome, dump_outcome
from activities.preview import as_preview, previewed
from activities.refunding import judge_refund, load_refund, refund_answer
from intake.asking import Asking, Reply
from intake.clock import Clock
from intake.engine import Engine
from intake.handover import HandOver, earlier_command
from intake.insisting import Deliver
from lifecycle.charges import PostedTransaction
from lifecycle.refusals import Refusal
from storage.commands import CommandRow, list_open_commands
from storage.database import Database
from storage.ids import new_id

REFUND = "refund"


class RefundCounter:
    """Takes refunds, for both doors. Visibility and one customer were checked by the door's own look-up."""

    def __init__(self, database: Database, engine: Engine, handover: HandOver, clock: Clock) -> None:
        """Take the parts that it connects."""
        self._database = database
        self._engine = engine
        self._handover = handover
        self._clock = clock

    async def ask(self, asking: Asking) -> Reply:
        """Answer a refund: from an earlier request with its key, from a preview, or from its recorded outcome.

        Raises:
            Denial: see `intake.denials`.
        """
        if (earlier := await self._earlier(asking)) is not None:
            return await self._handover.again(earlier, asking, self._delivery(earlier))
        outcome = await self._on_paper(asking)
        # What speaks against it may be that an equal request has done it since the first look.
        if not outcome.is_kept and (earlier := await self._earlier(asking)) is not None:
            return await self._handover.again(earlier, asking, self._delivery(earlier))
        if asking.dry_run or not outcome.is_kept:
            return Reply(command_id=None, outcome=as_preview(outcome, is_new=True))
        command = self._command(asking, outcome)
        if outcome.refusal is not None:
            reply = await self._handover.keep(command, asking) if asking.key is not None else None
            return reply or Reply(command_id=command.command_id, outcome=outcome)
        return await self._handover.accept(command, asking, self._delivery(command))

    async def resume(self) -> int:
        """Deliver again what was accepted and has no outcome; return how many refunds that were."""
        async with self._database.read() as connection:
            waiting = [row for row in await list_open_commands(connection) if row.kind == REFUND]
        for command in waiting:
            await self._handover.resend(command, self._delivery(command))
        return len(waiting)

    async def _earlier(self, asking: Asking) -> CommandRow | None:
        async with self._database.read() as connection:
            return await earlier_command(connection, asking)

    async def _on_paper(self, asking: Asking) -> Outcome:
        at = self._clock.wall()
        async with self._database.read() as connection:
            cases = await load_refund(connection, asking.body, locked=False)
        try:
            judgements = judge_refund(cases, at=at, expected_total=asking.body.get("expected_total"))
        except Refusal as refusal:
            return Outcome(refusal=refusal)
        transactions: list[PostedTransaction] = []
        for case, judgement in zip(cases, judgements, strict=True):
            transactions.extend(previewed(judgement, case, actor=asking.actor).transactions)
        answer = refund_answer(None, asking.body, tuple(transactions), at=judgements[0].at)
        return Outcome(answer=answer)

    def _command(self, asking: Asking, outcome: Outcome) -> CommandRow:
        refused = outcome.refusal is not None
        return CommandRow(
            subscription_id="",
            command_id=new_id("rfd"),
            partner_id=asking.partner_id,
            key=asking.key,
            fingerprint=asking.fingerprint,
            kind=REFUND,
            actor=asking.actor,
            body=asking.body,
            received_at=self._clock.wall(),
            accepted_at=None if refused else self._clock.wall(),
            outcome=dump_outcome(outcome) if refused else None,
        )

    def _delivery(self, command: CommandRow) -> Deliver:
        async def deliver() -> None:
            await self._engine.start_refund(command.command_id)

        return deliver
