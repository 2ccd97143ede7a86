"""The hand-over to the engine: workflows are started and signalled with ids only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, inf
from time import monotonic
from typing import Any

import structlog
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.bulk_orders import WAKE, BulkOrder
from activities.invoicing_orders import InvoicingOrder
from activities.messages import Recorded
from activities.waking import wake
from workflows import names, visibility
from workflows.bulk import BulkWorkflow
from workflows.invoicing import InvoicingWorkflow
from workflows.refund import RefundRequest, RefundWorkflow
from workflows.subscription import Story, SubscriptionWorkflow

CALL = timedelta(seconds=5)
HEALTH_CHECK = timedelta(seconds=10)  # a busy engine is no lost one; one that is gone says so at once
CHECK_AGAIN_SECONDS = 0.2  # nor is it one whose connection was cut: the second check makes a new one
A_MOMENT_SECONDS = 0.05
PURCHASE = Priority(priority_key=1)
CONNECT_SECONDS = 5.0
# Once to its end, that is: what an operator terminated is started again.
ONCE = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
CLOCK_SHIFT = "clock_shift_s"  # the memo that says how far a sandbox subscription's clock is ahead of the engine's
MOVING_SECONDS = 0.05
MANY_SKIPS = 10_000  # after so many skips in one advance the server would silently stop
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a subscription's workflow is started with; all ids and codes.

    `ahead` is how far its clock is ahead of the wall's, in the sandbox: a workflow that is started anew knows nothing
    of the time that was skipped before.
    """

    subscription_id: str
    command_id: str
    customer_id: str
    partner_id: str
    offering: str
    foreseen: Recorded
    ahead: timedelta


class EngineLost(Exception):
    """The server did not take a call; whether it did anything is not known."""


class Engine:
    """A connection to the Temporal server in one namespace, made at the first use and kept."""

    def __init__(self, connect: Callable[[], Awaitable[Client]], *, sandbox: bool) -> None:
        """Take what connects; in the sandbox workflows are started so that their time can be skipped."""
        self._connect = connect
        self._connecting = asyncio.Lock()
        self._client: Client | None = None
        self._skipper: TimeSkipper | None = None
        self._sandbox = sandbox
        self._took_at = -inf

    async def client(self) -> Client:
        """Return the connected client, the one whose workers may take a purchase's first task at once.

        Raises:
            EngineLost: the server does not answer.
        """
        async with self._connecting:
            if self._client is None:
                try:
                    connected = await asyncio.wait_for(self._connect(), CONNECT_SECONDS)
                except (RPCError, RuntimeError, TimeoutError) as error:
                    raise EngineLost from error
                self._client = self._for_sandbox(connected) if self._sandbox else connected
        return self._client

    async def is_reachable(self) -> bool:
        """Return whether the server answers now, or took a workflow a moment ago: a busy hour needs no other proof."""
        if monotonic() - self._took_at < A_MOMENT_SECONDS:
            return True
        if await self._is_healthy():
            return True
        await asyncio.sleep(CHECK_AGAIN_SECONDS)
        return await self._is_healthy()

    async def _is_healthy(self) -> bool:
        try:
            return await (await self.client()).service_client.check_health(timeout=HEALTH_CHECK)
        except (EngineLost, RPCError) as error:
            log.warning("engine_unreachable", error=repr(error), cause=repr(error.__cause__))
            return False

    def _for_sandbox(self, client: Client) -> Client:
        config = TimeSkippingConfig(enabled=False, max_session_skip_count=MANY_SKIPS)
        self._skipper = TimeSkipper(client, config=config)
        return self._skipper.client

    async def start_subscription(self, opening: Opening) -> None:
        """Start the workflow of a subscription; one that runs or has run to its end is left alone."""
        try:
            await self._start(opening)
        except WorkflowAlreadyStartedError:
            return

    async def start_subscription_again(self, opening: Opening) -> None:
        """Start the workflow of a subscription where its row stands; only one that runs is left alone."""
        await self._start(opening, again=True)

    async def send(self, opening: Opening, command_id: str) -> None:
        """Hand a command to its subscription's workflow, which is started anew if the engine does not have it."""
        handle = await self._handle(opening.subscription_id)
        try:
            await handle.signal(SubscriptionWorkflow.command, command_id, rpc_timeout=CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise EngineLost from error
            await self._start(opening, again=True, signal=command_id)

    async def start_refund(self, refund_id: str) -> None:
        """Start the workflow of a refund; one that runs or has run to its end is left alone."""
        try:
            await (await self.client()).start_workflow(
                RefundWorkflow.run,
                RefundRequest(refund_id=refund_id),
                id=names.refund_workflow_id(refund_id),
                task_queue=names.SUBSCRIPTIONS_QUEUE,
                static_summary=f"Refund {refund_id}",
                id_reuse_policy=ONCE,
                request_eager_start=True,
                rpc_timeout=CALL,
            )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            raise EngineLost from error

    async def wake_bulk(self, job_id: str, *, partner_id: str, rows: int) -> None:
        """Have a bulk job's workflow look at its row; one that does not run is started. Safe to repeat."""
        try:
            await (await self.client()).start_workflow(
                BulkWorkflow.run,
                BulkOrder(job_id=job_id),
                id=names.bulk_workflow_id(job_id),
                task_queue=names.BULK_QUEUE,
                search_attributes=TypedSearchAttributes([SearchAttributePair(names.PARTNER, partner_id)]),
                static_summary=f"Bulk of {rows} rows",
                start_signal=WAKE,
                rpc_timeout=CALL,
            )
        except RPCError as error:
            raise EngineLost from error

    async def run_invoicing(self, order: InvoicingOrder, *, request_id: str) -> None:
        """Make a month's documents that are missing; return when they are there. Safe to repeat.

        Raises:
            EngineLost: the server did not answer; the run goes on there if it was taken.
        """
        month = order.month or ""
        client = await self.client()
        try:
            await client.execute_workflow(
                InvoicingWorkflow.run,
                order,
                id=names.invoicing_workflow_id(month, request_id),
                task_queue=names.INVOICING_QUEUE,
                static_summary=f"Invoices of {month}",
            )
        except RPCError as error:
            raise EngineLost from error

    async def wake(self, receivers: Iterable[str]) -> None:
        """Have deliveries look at what they owe.

        Raises:
            EngineLost: the server does not answer.
        """
        try:
            await wake(await self.client(), receivers)
        except RPCError as error:
            raise EngineLost from error

    async def fast_forward(self, subscription_id: str, to: datetime) -> bool:
        """Move a subscription's clock forward to an instant of its own; return False when its workflow has ended.

        How far that is, only the engine knows: a move that a crash cut off has gone on there.

        Raises:
            RuntimeError: this is not a sandbox.
        """
        handle = await self._handle(subscription_id)
        if self._skipper is None:
            message = "time moves by itself outside a sandbox"
            raise RuntimeError(message)
        try:
            now = await _time_of(handle)
            if now is None or to <= now:
                return now is not None
            return await self._skipper.fast_forward(handle, to - now)
        except RPCError as error:
            if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}:
                return False
            raise EngineLost from error

    async def _handle(self, subscription_id: str) -> WorkflowHandle[SubscriptionWorkflow, Any]:
        return (await self.client()).get_workflow_handle(names.subscription_workflow_id(subscription_id))

    async def _start(self, opening: Opening, *, again: bool = False, signal: str | None = None) -> None:
        shown = visibility.shown(opening.foreseen)
        ahead = ceil(opening.ahead.total_seconds()) if self._sandbox else 0
        story = Story(
            subscription_id=opening.subscription_id,
            command_id=opening.command_id,
            shown=shown,
            clock_shift_s=ahead,
            continues=not self._sandbox,
        )
        # A purchase starts once; a command that finds no workflow starts the story again where its row stands.
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE if again else ONCE
        conflict = WorkflowIDConflictPolicy.USE_EXISTING if again else WorkflowIDConflictPolicy.FAIL
        client = await self.client()
        starting = client.start_workflow(
            SubscriptionWorkflow.run,
            story,
            id=names.subscription_workflow_id(opening.subscription_id),
            task_queue=names.SUBSCRIPTIONS_QUEUE,
            search_attributes=_attributes(opening, shown),
            static_summary=f"{opening.offering} subscription",
            memo={CLOCK_SHIFT: ahead} if self._sandbox else None,
            priority=Priority(priority_key=PURCHASE.priority_key, fairness_key=opening.partner_id),
            id_reuse_policy=reuse,
            id_conflict_policy=conflict,
            start_signal=None if signal is None else "command",
            start_signal_args=[] if signal is None else [signal],
            request_eager_start=not again,
            rpc_timeout=CALL,
        )
        try:
            await starting
        except RPCError as error:
            self._took_at = -inf
            raise EngineLost from error
        self._took_at = monotonic()


async def _time_of(handle: WorkflowHandle[SubscriptionWorkflow, Any]) -> datetime | None:
    """Return what time it is in a subscription's workflow, once it stands still; None when that has ended.

    A move that a crash cut off goes on by itself when the engine is back, and would add itself to the next one.
    """
    while True:
        found = await handle.describe(rpc_timeout=CALL)
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return None
        skipping = found.raw_description.workflow_extended_info.time_skipping_info
        if not skipping.effective_config.enabled:
            break
        await asyncio.sleep(MOVING_SECONDS)
    now = skipping.current_time.ToDatetime(UTC) if skipping.HasField("current_time") else datetime.now(UTC)
    return now + timedelta(seconds=await found.memo_value(CLOCK_SHIFT, 0, type_hint=int))


def _attributes(opening: Opening, shown: visibility.Shown) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(names.OFFERING, opening.offering),
        SearchAttributePair(names.PARTNER, opening.partner_id),
        SearchAttributePair(names.CUSTOMER, opening.customer_id),
    ]
    return TypedSearchAttributes([*pairs, *visibility.pairs(shown)])
