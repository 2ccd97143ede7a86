"""The workers: for the stories and their records, for renewals, mails, webhooks, invoices and bulk jobs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Any, TypedDict

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker
from typing_extensions import Unpack

from activities.bulk import BulkRows
from activities.invoices import Invoicing
from activities.ledger import Ledger
from activities.notices import Mailing
from activities.refunding import Refunds
from activities.webhook_telling import WebhookTelling
from workflows import names
from workflows.bulk import BulkWorkflow
from workflows.delivery import DeliveryWorkflow
from workflows.invoicing import InvoicingWorkflow
from workflows.refund import RefundWorkflow
from workflows.subscription import SubscriptionWorkflow

GRACE = timedelta(seconds=10)
# A story is kept by the worker that knows it, and for so long after that one's death; then another reads its history.
KEPT_FOR = timedelta(seconds=3)
RENEWALS_AT_ONCE = 8
INVOICES_AT_ONCE = 4
BULK_BATCHES_AT_ONCE = 2  # further jobs have their turn after a batch, and single commands keep their room
WEBHOOKS_AT_ONCE = 500  # a receiver that hangs has one of these for the length of a request, and then a pause


class _Options(TypedDict, total=False):
    """What tells one worker from another, by the client's own names."""

    workflows: Sequence[type]
    activities: Sequence[Callable[..., Any]]
    max_concurrent_activities: int
    workflow_task_poller_behavior: PollerBehaviorAutoscaling
    activity_task_poller_behavior: PollerBehaviorAutoscaling


@asynccontextmanager
async def working(
    client: Client,
    *,
    ledger: Ledger,
    refunds: Refunds,
    mailing: Mailing,
    telling: WebhookTelling,
    invoicing: Invoicing,
    bulk: BulkRows,
) -> AsyncGenerator[None]:
    """Run the workers for the length of the block."""
    workers = (
        *_recorders(client, ledger, refunds),
        *_deliverers(client, mailing, telling),
        _invoicer(client, invoicing),
        _bulk_worker(client, bulk),
    )
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(worker)
        yield


def _recorders(client: Client, ledger: Ledger, refunds: Refunds) -> tuple[Worker, ...]:
    return (
        _worker(
            client,
            names.SUBSCRIPTIONS_QUEUE,
            workflows=[SubscriptionWorkflow, RefundWorkflow],
            activities=[ledger.record, refunds.record_refund],
            workflow_task_poller_behavior=_pollers(),
            activity_task_poller_behavior=_pollers(),
        ),
        _worker(
            client,
            names.RENEWALS_QUEUE,
            activities=[ledger.record],
            max_concurrent_activities=RENEWALS_AT_ONCE,
            activity_task_poller_behavior=_pollers(),
        ),
    )


def _deliverers(client: Client, mailing: Mailing, telling: WebhookTelling) -> tuple[Worker, ...]:
    return (
        _worker(
            client,
            names.DELIVERIES_QUEUE,
            workflows=[DeliveryWorkflow],
            activities=[mailing.drain_mail],
        ),
        _worker(
            client,
            names.WEBHOOKS_QUEUE,
            activities=[telling.drain_webhook],
            max_concurrent_activities=WEBHOOKS_AT_ONCE,
        ),
    )


def _invoicer(client: Client, invoicing: Invoicing) -> Worker:
    return _worker(
        client,
        names.INVOICING_QUEUE,
        workflows=[InvoicingWorkflow],
        activities=[
            *(invoicing.list_months, invoicing.list_accounts),
            *(invoicing.post_invoice, invoicing.finish_month),
        ],
        max_concurrent_activities=INVOICES_AT_ONCE,
    )


def _bulk_worker(client: Client, bulk: BulkRows) -> Worker:
    return _worker(
        client,
        names.BULK_QUEUE,
        workflows=[BulkWorkflow],
        activities=[bulk.carry_out_rows, bulk.close_bulk_job],
        max_concurrent_activities=BULK_BATCHES_AT_ONCE,
    )


def _worker(client: Client, task_queue: str, **options: Unpack[_Options]) -> Worker:
    """Return a worker of this release, by what all of them have in common."""
    return Worker(
        client,
        task_queue=task_queue,
        workflow_runner=UnsandboxedWorkflowRunner(),
        sticky_queue_schedule_to_start_timeout=KEPT_FOR,
        graceful_shutdown_timeout=GRACE,
        build_id=_release(),
        **options,
    )


def _pollers() -> PollerBehaviorAutoscaling:
    # The default pollers make forty concurrent purchases wait for seconds.
    return PollerBehaviorAutoscaling(minimum=2, maximum=50, initial=10)


def _release() -> str:
    """Return what histories name as the code that took a step; unless told, the client hashes every module for it."""
    return version("perennial")
