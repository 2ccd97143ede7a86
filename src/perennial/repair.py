"""`perennial repair`: from the database alone, the engine is given again what it should have."""

from __future__ import annotations

from dataclasses import dataclass

from activities.waking import wake
from perennial.open_workflows import Workflows, list_missing_workflows
from perennial.product import Product
from storage.tellings import list_awake
from workflows import names


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What was done: workflows that were started again, commands sent again, deliveries woken."""

    workflows: int
    commands: int
    deliveries: int


async def repair(product: Product) -> Repaired:
    """Start missing workflows, send accepted commands without outcome again, wake the deliveries; safe to repeat.

    Raises:
        EngineLost: the engine does not answer.
    """
    missing = await list_missing_workflows(product.database, Workflows(product.engine.client))
    for workflow_id in sorted(missing):
        if (subscription_id := names.subscription_of(workflow_id)) is not None:
            await product.counter.reopen(subscription_id)
    await product.bulk.resume()
    commands = await product.counter.resume() + await product.refunds.resume()
    async with product.database.read() as connection:
        awake = await list_awake(connection)
    await wake(await product.engine.client(), awake)
    return Repaired(workflows=len(missing - set(awake)), commands=commands, deliveries=len(awake))
