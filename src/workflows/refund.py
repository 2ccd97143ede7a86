"""One refund over several subscriptions: recorded whole, then each subscription's clock looks at its row again."""

from __future__ import annotations

from pydantic import BaseModel
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.messages import RefundOrder, RefundRecorded
from workflows import names, retries

RECORD_REFUND = "record_refund"


class RefundRequest(BaseModel):
    """Which refund."""

    refund_id: str


@workflow.defn(name="refund")
class RefundWorkflow:
    """Records one refund and tells the subscriptions that it changed."""

    @workflow.run
    async def run(self, request: RefundRequest) -> RefundRecorded:
        """Record, then refresh; a subscription that has ended has no workflow to tell."""
        order = RefundOrder(refund_id=request.refund_id, at=workflow.now())
        recorded = await self._recorded(order)
        for subscription_id in recorded.subscription_ids:
            await self._refreshed(subscription_id)
        return recorded

    async def _recorded(self, order: RefundOrder) -> RefundRecorded:
        try:
            recorded: RefundRecorded = await workflow.execute_local_activity(
                RECORD_REFUND, order, result_type=RefundRecorded, summary=order.refund_id, **retries.RECORD_HERE
            )
        except ActivityError:
            recorded = await workflow.execute_activity(
                RECORD_REFUND, order, result_type=RefundRecorded, summary=order.refund_id, **retries.RECORD
            )
        return recorded

    async def _refreshed(self, subscription_id: str) -> None:
        workflow_id = names.subscription_workflow_id(subscription_id)
        try:
            await workflow.get_external_workflow_handle(workflow_id).signal("refresh")
        except ApplicationError:
            workflow.logger.info("no workflow to refresh", extra={"subscription_id": subscription_id})
