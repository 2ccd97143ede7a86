"""Which workflows run, and which should: those of living subscriptions, open commands, and mail that is owed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from intake.engine import EngineLost
from storage.commands import CommandRow, list_open_commands
from storage.database import Database
from storage.faults import Fault
from storage.subscriptions import list_living_subscriptions
from storage.tellings import list_awake
from workflows import names

LOOKS = 5
PAUSE_SECONDS = 1.0
SUBSCRIPTION, REFUND, DELIVERY = "subscription", "refund", "delivery"


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
        try:
            return frozenset([found.id async for found in (await self.client()).list_workflows(query)])
        except RPCError as error:
            raise EngineLost from error


async def list_missing_workflows(database: Database, workflows: Workflows) -> frozenset[str]:
    """Return the ids of the workflows that should run and do not."""
    needed = await _needed(database)
    listed = frozenset[str]().union(*[await workflows.running(kind) for kind in (SUBSCRIPTION, REFUND, DELIVERY)])
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
    listed = await workflows.running(SUBSCRIPTION) | await workflows.running(REFUND)
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
    return frozenset(
        [
            *(names.subscription_workflow_id(subscription_id) for subscription_id in living),
            *(_recorder(command) for command in waiting),
            *awake,
        ]
    )


def _recorder(command: CommandRow) -> str:
    """A refund belongs to no subscription: its own workflow records it."""
    if command.subscription_id:
        return names.subscription_workflow_id(command.subscription_id)
    return names.refund_workflow_id(command.command_id)
