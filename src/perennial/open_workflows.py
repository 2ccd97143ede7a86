"""Which workflows run, and which should: for living subscriptions, open commands, bulk jobs, and mail that is owed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio.client import Client, WorkflowExecutionAsyncIterator, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from intake.engine import EngineLost
from storage.bulk_jobs import list_open_jobs
from storage.commands import CommandRow, list_open_commands
from storage.database import Database
from storage.faults import Fault
from storage.subscriptions import list_living_subscriptions
from storage.tellings import list_awake
from workflows import names

LOOKS = 5
PAUSE_SECONDS = 1.0
PAGE, PATIENCE = 500, 60
SUBSCRIPTION, REFUND, DELIVERY, BULK = "subscription", "refund", "delivery", "bulk"


@dataclass(frozen=True, slots=True)
class Workflows:
    """The workflows of one namespace."""

    client: Callable[[], Awaitable[Client]]

    async def running(self, kind: str) -> frozenset[str]:
        """Return the ids of the workflows of a kind that run, as the engine's lists have it, which lag a moment.

        Raises:
            EngineLost: the engine does not answer.
        """
        return await self._listed(f"WorkflowType = '{kind}' AND ExecutionStatus = 'Running'")

    async def diverged(self) -> frozenset[str]:
        """Return the ids of the workflows that have seen more than their rows know of."""
        return await self._listed("Attention = 'diverged' AND ExecutionStatus = 'Running'")

    async def runs(self, workflow_id: str) -> bool:
        """Return whether this workflow runs at this moment."""
        try:
            found = await (await self.client()).get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise EngineLost from error
        return found.status is WorkflowExecutionStatus.RUNNING

    async def _listed(self, query: str) -> frozenset[str]:
        pages, found = (await self.client()).list_workflows(query, page_size=PAGE), list[str]()
        while not found or pages.next_page_token:
            if not await self._has_next(pages):
                break
            found += [one.id for one in pages.current_page or ()]
        return frozenset(found)

    async def _has_next(self, pages: WorkflowExecutionAsyncIterator) -> bool:
        """Fetch a page, and return whether there is anything on it; thousands of workflows are more than some engines
        list at one go.
        """
        for _ in range(PATIENCE):
            try:
                await pages.fetch_next_page()
            except RPCError as error:
                if error.status is not RPCStatusCode.RESOURCE_EXHAUSTED:
                    raise EngineLost from error
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return bool(pages.current_page)
        raise EngineLost


async def list_missing_workflows(database: Database, workflows: Workflows) -> frozenset[str]:
    """Return the ids of the workflows that should run and do not."""
    needed = await _needed(database)
    listed = frozenset[str]().union(*[await workflows.running(kind) for kind in (SUBSCRIPTION, REFUND, DELIVERY, BULK)])
    return frozenset([id_ for id_ in sorted(needed - listed) if not await workflows.runs(id_)])


async def list_stray_workflows(database: Database, workflows: Workflows) -> list[Fault]:
    """Return the workflows that should run and do not, those that run for nothing, and those that diverged.

    A workflow ends a moment after its row is over, and starts a moment after its command is accepted, so what looks
    wrong is looked at again before it is said to be.
    """
    faults = await _strays(database, workflows)
    for _ in range(LOOKS):
        if not faults:
            break
        await asyncio.sleep(PAUSE_SECONDS)
        faults = await _strays(database, workflows)
    diverged = await workflows.diverged()
    return faults + [Fault(id_, "this workflow has seen more than its row knows of") for id_ in diverged]


async def _strays(database: Database, workflows: Workflows) -> list[Fault]:
    missing = await list_missing_workflows(database, workflows)
    ending = (SUBSCRIPTION, REFUND, BULK)
    listed = frozenset[str]().union(*[await workflows.running(kind) for kind in ending])
    needless = sorted(listed - await _needed(database))
    return [
        *(Fault(id_, "this workflow should run and does not") for id_ in missing),
        *[Fault(id_, "this workflow runs for nothing") for id_ in needless if await workflows.runs(id_)],
    ]


async def _needed(database: Database) -> frozenset[str]:
    async with database.snapshot() as connection:
        living = await list_living_subscriptions(connection)
        waiting = await list_open_commands(connection)
        awake = await list_awake(connection)
        jobs = await list_open_jobs(connection)
    return frozenset(
        [
            *(names.subscription_workflow_id(subscription_id) for subscription_id in living),
            *(_recorder(command) for command in waiting),
            *(names.bulk_workflow_id(job.id) for job in jobs),
            *awake,
        ]
    )


def _recorder(command: CommandRow) -> str:
    """A refund belongs to no subscription: its own workflow records it."""
    if command.subscription_id:
        return names.subscription_workflow_id(command.subscription_id)
    return names.refund_workflow_id(command.command_id)
