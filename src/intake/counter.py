"""Commands on subscriptions: refused on paper or accepted, handed to the engine, and answered from their outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.casefile import Case, load_case
from activities.ledger import outcome_of
from activities.messages import Recorded
from activities.orders import IF_MATCH, PURCHASE
from activities.outcomes import Outcome, dump_outcome
from activities.preview import as_preview, previewed
from activities.story import story_of
from intake.asking import Asking, Reply
from intake.clock import Clock
from intake.denials import NotFound, VersionConflict
from intake.engine import Engine, Opening
from intake.handover import HandOver, earlier_command
from intake.insisting import Deliver
from lifecycle.judge import Judgement
from storage.commands import CommandRow, list_open_commands
from storage.database import Database
from storage.eca import EcaLink
from storage.ids import new_id
from storage.subscriptions import SubscriptionRow, find_subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """A command judged without writing anything."""

    row: SubscriptionRow | None
    case: Case
    judgement: Judgement

    @property
    def refused(self) -> Outcome | None:
        """What the rules say against it, None when nothing."""
        return None if self.judgement.refusal is None else Outcome(refusal=self.judgement.refusal)

    @property
    def is_kept(self) -> bool:
        """Whether it comes to an answer that is kept under its key."""
        return self.refused is None or self.refused.is_kept

    def previewed(self, *, actor: str) -> Outcome:
        """What it would lead to."""
        written = previewed(self.judgement, self.case, actor=actor)
        return as_preview(outcome_of(self.case, self.judgement, written), is_new=self.row is None)


class Counter:
    """Takes commands on subscriptions, for both doors."""

    def __init__(self, database: Database, engine: Engine, handover: HandOver, clock: Clock) -> None:
        """Take the parts that it connects."""
        self._database = database
        self._engine = engine
        self._handover = handover
        self._clock = clock

    async def ask(self, asking: Asking) -> Reply:
        """Answer a command: from an earlier request with its key, from a preview, or from its recorded outcome.

        Raises:
            Denial: see `intake.denials`.
        """
        paper = await self._earlier_or_on_paper(asking)
        if isinstance(paper, CommandRow):
            return await self._handover.again(paper, asking, self._redelivery(paper))
        refused = paper.refused
        if asking.dry_run or (refused is not None and not refused.is_kept):
            return Reply(command_id=None, outcome=refused or paper.previewed(actor=asking.actor))
        command = self._command(asking, refused)
        if refused is not None:
            reply = await self._handover.keep(command, asking) if asking.key is not None else None
            return reply or Reply(command_id=command.command_id, outcome=refused)
        return await self._handover.accept(command, asking, self._delivery(command, self._opening(command, paper)))

    async def decide_eca(self, link: EcaLink, kind: str, body: dict[str, Any], *, wait_seconds: float) -> Reply:
        """Take an acceptor's decision; it needs no key, because the request can be decided only once."""
        members = {"request_id": link.request_id, "link_number": link.link_number, **body}
        if kind == "accept_eca":
            members["acceptance_id"] = new_id("eca")
        asking = Asking(
            partner_id="",
            actor=f"acceptor:{link.request_id}",
            kind=kind,
            body=members,
            subscription_id=link.subscription_id,
            wait_seconds=wait_seconds,
        )
        return await self.ask(asking)

    async def resume(self) -> int:
        """Deliver again what was accepted and has no outcome; return how many commands that were."""
        async with self._database.read() as connection:
            waiting = [row for row in await list_open_commands(connection) if row.subscription_id]
        for command in waiting:
            await self._handover.resend(command, self._redelivery(command))
        return len(waiting)

    async def reopen(self, subscription_id: str) -> None:
        """Start a subscription's workflow where its row stands; one that runs is left alone.

        A subscription that has no row yet is left alone too: its purchase, delivered again, starts it.

        Raises:
            EngineLost: the engine does not answer.
        """
        async with self._database.read() as connection:
            row = await find_subscription(connection, subscription_id)
        if row is not None:
            await self._engine.start_subscription_again(self._opening_of(row))

    async def _earlier_or_on_paper(self, asking: Asking) -> CommandRow | _Paper:
        async with self._database.read() as connection:
            earlier = await earlier_command(connection, asking)
            if earlier is not None:
                return earlier
            try:
                paper = await self._on_paper(connection, asking)
            except VersionConflict:
                if (meanwhile := await earlier_command(connection, asking)) is None:
                    raise
                return meanwhile
            # What speaks against it may be that an equal request has done it since the first look.
            meanwhile = None if paper.is_kept else await earlier_command(connection, asking)
            return meanwhile or paper

    async def _on_paper(self, connection: AsyncConnection, asking: Asking) -> _Paper:
        row = None
        if asking.subscription_id is not None:
            row = await find_subscription(connection, asking.subscription_id)
            if row is None:
                raise NotFound
            if asking.if_match is not None and asking.if_match != row.subscription.version:
                raise VersionConflict
        at = self._clock.now() if row is None else self._clock.of(row)
        case = await load_case(connection, row, kind=asking.kind, body=asking.body, today=at)
        return _Paper(row=row, case=case, judgement=case.judged(at))

    def _command(self, asking: Asking, refused: Outcome | None) -> CommandRow:
        is_taken = refused is None
        subscription_id = asking.subscription_id or (asking.body["subscription_id"] if is_taken else "")
        return CommandRow(
            subscription_id=subscription_id,
            command_id=new_id("cmd"),
            partner_id=asking.partner_id,
            key=asking.key,
            fingerprint=asking.fingerprint,
            kind=asking.kind,
            actor=asking.actor,
            # Looked at again under the lock: of two changes of one version only the first is made.
            body=asking.body if asking.if_match is None else {**asking.body, IF_MATCH: asking.if_match},
            received_at=self._clock.wall(),
            accepted_at=self._clock.wall() if is_taken else None,
            outcome=None if refused is None else dump_outcome(refused),
        )

    def _opening(self, command: CommandRow, paper: _Paper) -> Opening:
        if paper.row is not None:
            return self._opening_of(paper.row)
        return self._opening_of_purchase(command, paper.case, paper.judgement)

    def _redelivery(self, command: CommandRow) -> Deliver:
        """Look at the row only when it comes to delivering: a kept answer is given again without a look at anything."""

        async def deliver() -> None:
            await (await self._delivery_of(command))()

        return deliver

    async def _delivery_of(self, command: CommandRow) -> Deliver:
        async with self._database.read() as connection:
            row = await find_subscription(connection, command.subscription_id) if command.subscription_id else None
            if row is not None:
                return self._delivery(command, self._opening_of(row))
            at = max(command.received_at, self._clock.now())
            case = await load_case(connection, None, kind=command.kind, body=command.body, today=at)
        return self._delivery(command, self._opening_of_purchase(command, case, case.judged(at)))

    def _delivery(self, command: CommandRow, opening: Opening) -> Deliver:
        async def deliver() -> None:
            if command.kind == PURCHASE:
                await self._engine.start_subscription(opening)
            else:
                await self._engine.send(opening, command.command_id)

        return deliver

    def _opening_of(self, row: SubscriptionRow) -> Opening:
        return Opening(
            subscription_id=row.subscription.id,
            command_id=row.purchase_command_id,
            customer_id=row.subscription.customer_id,
            partner_id=row.reseller_id or row.account_id,
            offering=row.subscription.offering,
            foreseen=story_of(row.subscription, settled_until=row.settled_until),
            ahead=self._clock.of(row) - self._clock.wall(),
        )

    def _opening_of_purchase(self, command: CommandRow, case: Case, judgement: Judgement) -> Opening:
        return Opening(
            subscription_id=command.subscription_id,
            command_id=command.command_id,
            customer_id=command.body["customer_id"],
            partner_id=case.party.reseller_id or case.party.account_id,
            offering=command.body["offering"],
            foreseen=_foreseen(judgement, at=judgement.at),
            ahead=self._clock.shift,
        )


def _foreseen(judgement: Judgement, *, at: datetime) -> Recorded:
    return Recorded() if judgement.after is None else story_of(judgement.after, settled_until=at)
