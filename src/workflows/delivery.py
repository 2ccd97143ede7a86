"""Tells the world, one receiver a workflow: drains what is owed, sleeps until woken, tries again while it must."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from activities.delivery_orders import (
    DELIVERY,
    DRAIN_MAIL,
    DRAIN_WEBHOOK,
    WAKE,
    DeliveryInput,
    Drained,
    DrainOrder,
)
from workflows import names, retries


@workflow.defn(name=DELIVERY)
class DeliveryWorkflow:
    """Runs for as long as its receiver is told things; everything that it must remember is in the database."""

    @workflow.init
    def __init__(self, order: DeliveryInput) -> None:
        """Begin with a drain, whoever started it and whatever the run before had left."""
        self._receiver = order.receiver
        self._is_woken = False
        self._failures = order.failures

    @workflow.run
    async def run(self, order: DeliveryInput) -> None:
        """Drain and rest, until the receiver is told nothing more."""
        while True:
            self._is_woken = False
            drained = await self._drain()
            self._failures = self._failures + 1 if drained.trouble else 0
            self._show(drained)
            if drained.over and not self._is_woken:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(order.model_copy(update={"failures": self._failures}))
            await self._rest(drained)

    @workflow.signal(name=WAKE)
    def wake(self) -> None:
        """Look again: something is owed."""
        self._is_woken = True

    async def _drain(self) -> Drained:
        is_webhook = self._receiver.startswith(names.WEBHOOK)
        drained: Drained = await workflow.execute_activity(
            DRAIN_WEBHOOK if is_webhook else DRAIN_MAIL,
            DrainOrder(receiver=self._receiver, failures=self._failures),
            result_type=Drained,
            task_queue=names.WEBHOOKS_QUEUE if is_webhook else names.DELIVERIES_QUEUE,
            summary=self._receiver,
            **retries.DRAIN,
        )
        return drained

    async def _rest(self, drained: Drained) -> None:
        """Wait to be woken, or for the next try; a receiver that is busy has neither."""
        if drained.retry_in_seconds is not None:
            await self._rest_for(timedelta(seconds=drained.retry_in_seconds))
        elif drained.asleep:
            await workflow.wait_condition(lambda: self._is_woken)

    async def _rest_for(self, pause: timedelta) -> None:
        try:
            await workflow.wait_condition(lambda: self._is_woken, timeout=pause, timeout_summary="next try")
        except TimeoutError:
            return

    def _show(self, drained: Drained) -> None:
        now = f"{workflow.now():%Y-%m-%d %H:%M:%S}Z"
        workflow.set_current_details(f"{_state(drained, now)}\n\nlast drain: {drained.sent} sent")


def _state(drained: Drained, now: str) -> str:
    if drained.over:
        return f"**over** since {now}: {drained.trouble}"
    if drained.retry_in_seconds is None:
        return f"**asleep** since {now}" if drained.asleep else f"**busy**, {drained.pending} pending"
    pause = f"{drained.retry_in_seconds:.0f} s"
    why = f", because of {drained.trouble}" if drained.trouble else ""
    return f"**{drained.pending} pending**, next try in {pause} from {now}{why}"
