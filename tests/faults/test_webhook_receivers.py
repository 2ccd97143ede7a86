"""Receivers of the same events, on a real engine: one is well, others fail, hang, are gone, or not there at all."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.delivery_orders import DELIVERIES
from activities.owed import tellings_of_listeners
from activities.waking import wake
from activities.webhook_telling import WebhookTelling
from counts import ran_on
from lifecycle.event_portrait import RecordedEvent
from lifecycle.events import Enabled, Suspended
from perennial.engine_alone import LoneEngine, start_engine
from perennial.ports import free_ports
from repetitions import Repetitions
from storage.events import insert_events
from storage.ids import new_id
from storage.tellings import count_pending, insert_tellings
from storage.webhooks import list_listeners, webhook_receiver
from support_door import NOW
from support_ledger import Desk, opened_desk
from support_webhooks import (
    Received,
    Receiver,
    bought,
    deliveries,
    hooked,
    receiving,
    telling_at,
)
from workflows import names
from workflows.delivery import DeliveryWorkflow

pytestmark = pytest.mark.xdist_group("webhook receivers")
FAILS = 0.3
MOST_IN_VAIN = 3  # each pause is twice the one before, so a message that fails eight times holds all up for minutes


@pytest.fixture(scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoneEngine]:
    started = await start_engine(tmp_path_factory.mktemp("webhook-engine"))
    yield started
    started.stop()


@pytest.fixture
async def client(request: pytest.FixtureRequest, engine: LoneEngine) -> Client:
    ran_on(request, "the engine")
    return await Client.connect(engine.address, namespace=engine.namespace, data_converter=pydantic_data_converter)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@asynccontextmanager
async def telling_webhooks(client: Client, telling: WebhookTelling) -> AsyncGenerator[None]:
    """The product's own two workers that have to do with webhooks."""
    async with (
        Worker(
            client,
            task_queue=DELIVERIES,
            workflows=[DeliveryWorkflow],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ),
        Worker(client, task_queue=names.WEBHOOKS_QUEUE, activities=[telling.drain_webhook]),
    ):
        yield


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(300):
        while not await holds():  # noqa: ASYNC110 # Another process changes it.
            await asyncio.sleep(0.1)


async def lives(desk: Desk, webhook_ids: Collection[str], *, count: int, events: int) -> list[str]:
    """Subscriptions with so many events each: bought at the door, and then what the ledger writes, for all at once."""
    customer = await desk.customer()
    found = [await bought(desk, customer_id=customer) for _ in range(count)]
    for version in range(3, events + 1):
        recorded = [event_of(subscription_id, version) for subscription_id in found]
        async with desk.database.write() as connection:
            listeners = await list_listeners(connection, webhook_ids)
            await insert_events(connection, recorded)
            owed = [tellings_of_listeners(event, listeners, created_at=NOW) for event in recorded]
            await insert_tellings(connection, list(chain.from_iterable(owed)))
    return found


def event_of(subscription_id: str, version: int) -> RecordedEvent:
    """It is suspended and enabled in turn."""
    return RecordedEvent(
        id=new_id("evt"),
        subscription_id=subscription_id,
        version=version,
        event=Suspended(at=NOW) if version % 2 else Enabled(at=NOW),
        recorded_at=NOW,
        actor="system",
        command_id=f"command-{version}",
        transaction_id=None,
    )


class Receivers:
    """Those that can be reached. The one that hangs answers nothing before `released` is set."""

    def __init__(self) -> None:
        self.well = Receiver()
        self.failing = Receiver(answer=self._now_and_then)
        self.hanging = Receiver(answer=self._much_later)
        self.gone = Receiver(answer=self._never_again)
        self.released = asyncio.Event()
        self._chance = random.Random(7)
        self._failed: Counter[str] = Counter()

    async def _now_and_then(self, received: Received) -> int:
        if self._failed[received.id] >= MOST_IN_VAIN or self._chance.random() >= FAILS:
            return 200
        self._failed[received.id] += 1
        return 503

    async def _much_later(self, _received: Received) -> int:
        await self.released.wait()
        return 200

    async def _never_again(self, _received: Received) -> int:
        return 410


async def test_none_is_lost_order_is_kept_and_who_is_well_waits_for_nobody(
    desk: Desk, client: Client, repetitions: Repetitions
) -> None:
    them, subscriptions, of_each = Receivers(), repetitions.told_subscriptions, repetitions.told_events_of_each
    events = subscriptions * of_each
    async with AsyncExitStack() as stack:
        for one in (them.well, them.failing, them.hanging, them.gone):
            await stack.enter_async_context(receiving(one))
        hooks = {
            name: (await hooked(desk, receiver.url))["id"]
            for name, receiver in (
                ("hanging", them.hanging),
                ("gone", them.gone),
                ("failing", them.failing),
                ("well", them.well),
            )
        }
        hooks["absent"] = (await hooked(desk, f"http://127.0.0.1:{free_ports(1)[0]}/"))["id"]
        found = await lives(desk, hooks.values(), count=subscriptions, events=of_each)
        await stack.enter_async_context(telling_webhooks(client, telling_at(desk, timeout_seconds=2.0)))
        await wake(client, [webhook_receiver(id_) for id_ in hooks.values()])

        # All of it arrives at the one that is well while the one that hangs has not answered a single request.
        await until(lambda: is_drained(desk, hooks["well"]))
        assert len(them.well.taken) == len(them.well.requests) == events
        assert them.hanging.taken == []
        assert them.hanging.connections > 0
        assert len(them.gone.requests) <= 8  # those that were on their way at once

        await until(lambda: is_drained(desk, hooks["failing"]))
        assert them.hanging.taken == []
        them.released.set()
        await wake(client, [webhook_receiver(hooks["hanging"])])  # its pause is minutes by now
        await until(lambda: is_drained(desk, hooks["hanging"]))
        await until(lambda: is_over(client, hooks["gone"]))
        assert await says(client, hooks["gone"], ": the receiver answered 410")
        assert await says(client, hooks["absent"], f"**{events} pending**")
        for id_ in hooks.values():
            if id_ != hooks["gone"]:  # which ended by itself
                await client.get_workflow_handle(webhook_receiver(id_)).terminate()

    for receiver in (them.well, them.failing, them.hanging):
        told = Counter(request.id for request in receiver.taken)
        assert len(told) == events
        for subscription_id in found:
            assert first_times(receiver.of(subscription_id)) == list(range(1, of_each + 1))
    assert set(Counter(request.id for request in them.failing.taken).values()) == {1}
    assert len(them.failing.requests) - events > events * FAILS  # it did fail: each failure is one request more
    for name in ("well", "failing", "hanging"):
        assert {delivery["status"] for delivery in await deliveries(desk, hooks[name])} == {"sent"}
    # Of what nobody could take nothing is lost: it is still owed, and was not even tried one by one.
    async with desk.database.read() as connection:
        assert await count_pending(connection, webhook_receiver(hooks["absent"])) == events
    shown = (await desk.door.distributor.get(f"/v1/webhooks/{hooks['gone']}")).json()
    assert (shown["state"], shown["state_reason"]) == ("disabled", "the receiver answered 410")


def first_times(versions: list[int]) -> list[int]:
    """A request that hung was given up and made again, so the receiver may have taken it twice; order is of firsts."""
    return list(dict.fromkeys(versions))


async def is_drained(desk: Desk, webhook_id: str) -> bool:
    async with desk.database.read() as connection:
        return not await count_pending(connection, webhook_receiver(webhook_id))


async def is_over(client: Client, webhook_id: str) -> bool:
    found = await client.get_workflow_handle(webhook_receiver(webhook_id)).describe()
    return found.status is not None and found.status.name == "COMPLETED"


async def says(client: Client, webhook_id: str, words: str) -> bool:
    """Whether an operator reads these words in the details of the webhook's workflow."""
    handle = client.get_workflow_handle(webhook_receiver(webhook_id))
    return words in str(await handle.query("__temporal_workflow_metadata"))
