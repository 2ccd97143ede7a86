"""Makes a Temporal server fit for the product: namespace, search attributes, schedule, and the proof of its use.

Every step may be repeated, and each start of the stack does.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    PollWorkflowExecutionTimeSkippingRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from perennial.invoice_schedule import set_invoice_schedule

RETENTION = timedelta(days=30)
"""How long the engine keeps the history of a workflow that has ended."""
KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
DATETIME = IndexedValueType.INDEXED_VALUE_TYPE_DATETIME
SEARCH_ATTRIBUTES = {
    "SubscriptionStatus": KEYWORD,
    "Offering": KEYWORD,
    "Partner": KEYWORD,
    "Customer": KEYWORD,
    "NextEventAt": DATETIME,
    "EndsAt": DATETIME,
    "Attention": KEYWORD,
}
REPLY_WITHIN = timedelta(seconds=5)
# What a server answers for a moment while it starts, or while one part of it has not heard of a new namespace yet.
PASSING = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.INTERNAL,
    RPCStatusCode.UNKNOWN,
}


class EngineNotUsable(Exception):
    """A Temporal server answers, or not even that, but cannot do what the product needs; the message says what."""


async def bootstrap(address: str, *, namespace: str, virtual_time: bool, patience: float = 30.0) -> None:
    """Make the server at `address` (host:port) ready for the product, within `patience` seconds.

    Raises EngineNotUsable when it does not answer, or cannot skip time although `virtual_time` is wanted.
    """
    until = time.monotonic() + patience
    while True:
        try:
            client = await Client.connect(address, namespace=namespace)
            await prepare(client, virtual_time=virtual_time)
        except (RPCError, RuntimeError) as error:
            if not _passes(error) or time.monotonic() > until:
                raise EngineNotUsable(f"{address}: {error}") from error
            await asyncio.sleep(0.1)
        else:
            return


async def answers(address: str) -> bool:
    """Whether something accepts connections at `address` (host:port)."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, ValueError):
        return False
    writer.close()
    return True


async def is_bootstrapped(client: Client) -> bool:
    """Whether the client's namespace is there with every search attribute."""
    try:
        return not await _missing_search_attributes(client)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise


async def prepare(client: Client, *, virtual_time: bool) -> None:
    """Take each step once; an RPCError may mean that the server is still starting."""
    await _register_namespace(client)
    await _add_search_attributes(client)
    await _check_task_queues(client)
    await set_invoice_schedule(client)
    if virtual_time:
        await _check_virtual_time(client)


async def _register_namespace(client: Client) -> None:
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    request = RegisterNamespaceRequest(
        namespace=client.namespace,
        description="Perennial's subscriptions",
        workflow_execution_retention_period=retention,
    )
    try:
        await client.workflow_service.register_namespace(request, timeout=REPLY_WITHIN)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _add_search_attributes(client: Client) -> None:
    """Add those that are missing, and raise NOT_FOUND until the server lists them."""
    missing = await _missing_search_attributes(client)
    if not missing:
        return
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
    try:
        await client.operator_service.add_search_attributes(request, timeout=REPLY_WITHIN)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
    if await _missing_search_attributes(client):
        raise RPCError("search attributes are being added", RPCStatusCode.NOT_FOUND, b"")


async def _missing_search_attributes(client: Client) -> dict[str, IndexedValueType.ValueType]:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=REPLY_WITHIN
    )
    return {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in listed.custom_attributes}


async def _check_task_queues(client: Client) -> None:
    """Ask the part of the server that hands out tasks, which joins after the door has opened."""
    await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name="bootstrap"),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=REPLY_WITHIN,
    )


async def _check_virtual_time(client: Client) -> None:
    """Ask after a skip of no workflow: a server that can skip time looks for the workflow, another refuses at once."""
    request = PollWorkflowExecutionTimeSkippingRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id="bootstrap"),
        fast_forward_id="bootstrap",
    )
    try:
        await client.workflow_service.poll_workflow_execution_time_skipping(request, timeout=REPLY_WITHIN)
    except RPCError as error:
        if error.status is RPCStatusCode.UNIMPLEMENTED:
            message = f"it cannot skip time in the namespace {client.namespace}, which the sandbox needs"
            raise EngineNotUsable(message) from error
        if error.status is not RPCStatusCode.NOT_FOUND or "workflow" not in str(error):
            raise


def _passes(error: RPCError | RuntimeError) -> bool:
    return not isinstance(error, RPCError) or error.status in PASSING
