"""The yardstick: what a bare client of the engine does. Fixed, so that figures of different days compare.

One workflow a purchase, started by update-with-start; the update runs one empty regular activity and returns. Nothing
is decided, stored or told. Run as a program it works and asks in one process, as the embedded product does, and prints
one JSON line for each line `count concurrency` that it reads.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

QUEUE = "baseline"


@activity.defn
async def nothing() -> None:
    """Do nothing."""


@workflow.defn
class Bare:
    """Lives until its update is done."""

    def __init__(self) -> None:
        """Begin undone."""
        self._done = False

    @workflow.run
    async def run(self) -> None:
        """Wait for the update."""
        await workflow.wait_condition(lambda: self._done and workflow.all_handlers_finished())

    @workflow.update
    async def purchase(self) -> str:
        """Run the empty activity."""
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))
        self._done = True
        return "done"


async def one(client: Client) -> float:
    """Return the seconds that one took."""
    began = time.perf_counter()
    start = WithStartWorkflowOperation(
        Bare.run,
        id=f"baseline/{uuid.uuid4().hex}",
        task_queue=QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )
    await client.execute_update_with_start_workflow(Bare.purchase, start_workflow_operation=start)
    return time.perf_counter() - began


async def run(client: Client, count: int, concurrency: int) -> dict[str, object]:
    """Return how long `count` took, `concurrency` at a time, and each one's seconds."""
    seconds: list[float] = []
    left = iter(range(count))

    async def ask() -> None:
        for _ in left:
            seconds.append(await one(client))  # noqa: PERF401 - each waits for the one before

    began = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(concurrency)))
    return {"elapsed": time.perf_counter() - began, "seconds": seconds}


async def main(address: str, namespace: str) -> None:
    """Answer each line."""
    client = await Client.connect(address, namespace=namespace)
    pollers = PollerBehaviorAutoscaling(minimum=2, maximum=50, initial=10)
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[Bare],
        activities=[nothing],
        workflow_runner=UnsandboxedWorkflowRunner(),
        workflow_task_poller_behavior=pollers,
        activity_task_poller_behavior=pollers,
    ):
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            count, concurrency = map(int, line.split())
            print(json.dumps(await run(client, count, concurrency)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
