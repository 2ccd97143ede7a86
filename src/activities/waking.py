"""Starts or wakes the deliveries; knows their names and none of their code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import Client

from activities.delivery_orders import DELIVERIES, DELIVERY, WAKE, DeliveryInput

CALL = timedelta(seconds=5)


async def wake(client: Client, receivers: Iterable[str], *, task_queue: str = DELIVERIES) -> None:
    """Signal each delivery, starting those that do not run; safe to repeat."""
    await asyncio.gather(*(_wake(client, receiver, task_queue) for receiver in receivers))


async def _wake(client: Client, receiver: str, task_queue: str) -> None:
    await client.start_workflow(
        DELIVERY,
        DeliveryInput(receiver=receiver),
        id=receiver,
        task_queue=task_queue,
        start_signal=WAKE,
        static_summary=f"Tells what is owed to {receiver}",
        rpc_timeout=CALL,
    )
