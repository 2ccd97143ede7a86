"""The life of one subscription: it waits for the next command or the next instant of its agenda, and has it recorded.

It decides nothing: every date and every branch comes from what an activity recorded, so rules may change while a
ten-year-old story replays.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from pydantic import BaseModel
from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.messages import Recorded, RecordOrder
from workflows import names, retries, visibility
from workflows.visibility import Shown

RECORD = "record"


class Story(BaseModel):
    """What a subscription's workflow starts with: its two ids, commands handed on, and what is shown already.

    `clock_shift_s` is how far the sandbox's clock is ahead of the engine's; zero in production. `continues` says
    whether a long history may go on in a new run.
    """

    subscription_id: str
    command_id: str
    inbox: list[str] = []
    shown: Shown = Shown()
    clock_shift_s: int = 0
    continues: bool = True


@workflow.defn(name="subscription")
class SubscriptionWorkflow:
    """The durable clock of a subscription and its one door."""

    @workflow.init
    def __init__(self, story: Story) -> None:
        """Begin with the purchase; recorded before, it only tells where the subscription stands."""
        self._story = story
        self._inbox: deque[str | None] = deque([story.command_id, *story.inbox])
        self._known = Recorded()
        self._shown = story.shown
        self._last = ""
        self._upgrading = False
        self._is_diverged = False

    @workflow.run
    async def run(self, story: Story) -> str:
        """Record what comes, in order, until nothing can come any more; return the final state."""
        while self._inbox or not self._known.over:
            await self._next_cause()
            await self._record()
            self._show()
            if self._should_continue():
                workflow.continue_as_new(self._handed_on(story))
        return self._known.state

    @workflow.signal(name="command")
    def command(self, command_id: str) -> None:
        """Take an accepted command; it is recorded when its turn comes."""
        self._inbox.append(command_id)

    @workflow.signal(name="refresh")
    def refresh(self) -> None:
        """Look at the row again: something changed it behind this workflow's back."""
        self._inbox.append(None)

    @workflow.signal(name="upgrade")
    def upgrade(self) -> None:
        """Continue as new, on the current release, when nothing is under way."""
        self._upgrading = True
        self._inbox.append(None)

    async def _next_cause(self) -> None:
        """Wait for a command or for the next instant of the agenda."""
        due = None if self._is_diverged else self._known.next_at
        wait = None if due is None else due - self._now()
        if self._inbox or (wait is not None and wait <= timedelta(0)):
            return
        try:
            await workflow.wait_condition(
                lambda: bool(self._inbox), timeout=wait, timeout_summary=self._known.next_name
            )
        except TimeoutError:
            return

    async def _record(self) -> None:
        command_id = self._inbox.popleft() if self._inbox else None
        order = RecordOrder(
            subscription_id=self._story.subscription_id,
            command_id=command_id,
            at=self._now(),
            seen_version=self._known.version,
        )
        due = self._known.next_at
        is_timer = command_id is None and due is not None and due <= order.at
        if is_timer and self._known.renews:
            recorded = await self._recorded_as_renewal(order)
        else:
            recorded = await self._recorded_here(order, self._known.next_name if is_timer else command_id or "refresh")
        self._take(recorded)

    async def _recorded_here(self, order: RecordOrder, summary: str) -> Recorded:
        """A local activity costs the engine one write; when it keeps failing, a regular one lets operators see it."""
        try:
            recorded: Recorded = await workflow.execute_local_activity(
                RECORD, order, result_type=Recorded, summary=summary, **retries.RECORD_HERE
            )
        except ActivityError:
            recorded = await workflow.execute_activity(
                RECORD, order, result_type=Recorded, summary=summary, **retries.RECORD
            )
        return recorded

    async def _recorded_as_renewal(self, order: RecordOrder) -> Recorded:
        """Renewals fall on midnight together: their own queue is where rate limit, priority and fairness work."""
        recorded: Recorded = await workflow.execute_activity(
            RECORD,
            order,
            result_type=Recorded,
            summary=self._known.next_name,
            task_queue=names.RENEWALS_QUEUE,
            **retries.RECORD,
        )
        return recorded

    def _take(self, recorded: Recorded) -> None:
        self._is_diverged = recorded.version < self._known.version
        if self._is_diverged:
            # The row is older than what was recorded before: a restored backup. Only a person can tell what is right.
            visibility.publish([names.ATTENTION.value_set("diverged")])
            return
        self._known = recorded
        self._last = recorded.last or self._last

    def _show(self) -> None:
        """Tell operators; attributes only when the state changed, because each upsert rewrites dozens of indexes."""
        workflow.set_current_details(visibility.details(self._known, last=self._last))
        shown = visibility.shown(self._known)
        if shown != self._shown and self._known.state:
            self._shown = shown
            visibility.publish(visibility.updates(shown))

    def _now(self) -> datetime:
        return workflow.now() + timedelta(seconds=self._story.clock_shift_s)

    def _should_continue(self) -> bool:
        if self._known.over and not self._inbox:
            return False
        long = self._story.continues and workflow.info().is_continue_as_new_suggested()
        return long or (self._upgrading and not self._inbox)

    def _handed_on(self, story: Story) -> Story:
        waiting = [command_id for command_id in self._inbox if command_id is not None]
        return story.model_copy(update={"inbox": waiting, "shown": self._shown})
