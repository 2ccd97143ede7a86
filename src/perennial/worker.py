"""The workers: for the stories and their records, for renewals, for mails, for webhooks and for invoices."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from activities.invoices import Invoicing
from activities.ledger import Ledger
from activities.notices import Mailing
from activities.refunding import Refunds
from activities.webhook_telling import WebhookTelling
from workflows import names
from workflows.delivery import DeliveryWorkflow
from workflows.invoicing import InvoicingWorkflow
from workflows.refund import RefundWorkflow
from workflows.subscription import SubscriptionWorkflow

GRACE = timedelta(seconds=10)
RENEWALS_AT_ONCE = 8
INVOICES_AT_ONCE = 4
WEBHOOKS_AT_ONCE = 500  # a receiver that hangs has one of these for the length of a request, and then a pause


@asynccontextmanager
async def working(
    client: Client,
    *,
    ledger: Ledger,
    refunds: Refunds,
    mailing: Mailing,
    telling: WebhookTelling,
    invoicing: Invoicing,
) -> AsyncGenerator[None]:
    """Run the workers for the length of the block."""
    workers = (
        *_recorders(client, ledger, refunds),
        *_deliverers(client, mailing, telling),
        _invoicer(client, invoicing),
    )
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(worker)
        yield


def _recorders(client: Client, ledger: Ledger, refunds: Refunds) -> tuple[Worker, ...]:
    return (
        Worker(
            client,
            task_queue=names.SUBSCRIPTIONS_QUEUE,
            workflows=[SubscriptionWorkflow, RefundWorkflow],
            activities=[ledger.record, refunds.record_refund],
            workflow_runner=UnsandboxedWorkflowRunner(),
            workflow_task_poller_behavior=_pollers(),
            activity_task_poller_behavior=_pollers(),
            graceful_shutdown_timeout=GRACE,
        ),
        Worker(
            client,
            task_queue=names.RENEWALS_QUEUE,
            activities=[ledger.record],
            max_concurrent_activities=RENEWALS_AT_ONCE,
            activity_task_poller_behavior=_pollers(),
            graceful_shutdown_timeout=GRACE,
        ),
    )


def _deliverers(client: Client, mailing: Mailing, telling: WebhookTelling) -> tuple[Worker, ...]:
    return (
        Worker(
            client,
            task_queue=names.DELIVERIES_QUEUE,
            workflows=[DeliveryWorkflow],
            activities=[mailing.drain_mail],
            workflow_runner=UnsandboxedWorkflowRunner(),
            graceful_shutdown_timeout=GRACE,
        ),
        Worker(
            client,
            task_queue=names.WEBHOOKS_QUEUE,
            activities=[telling.drain_webhook],
            max_concurrent_activities=WEBHOOKS_AT_ONCE,
            graceful_shutdown_timeout=GRACE,
        ),
    )


def _invoicer(client: Client, invoicing: Invoicing) -> Worker:
    return Worker(
        client,
        task_queue=names.INVOICING_QUEUE,
        workflows=[InvoicingWorkflow],
        activities=[
            *(invoicing.list_months, invoicing.list_accounts),
            *(invoicing.post_invoice, invoicing.finish_month),
        ],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_concurrent_activities=INVOICES_AT_ONCE,
        graceful_shutdown_timeout=GRACE,
    )


def _pollers() -> PollerBehaviorAutoscaling:
    # The default pollers make forty concurrent purchases wait for seconds.
    return PollerBehaviorAutoscaling(minimum=2, maximum=50, initial=10)
