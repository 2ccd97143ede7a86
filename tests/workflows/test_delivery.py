"""Deliveries on a real engine: woken, asleep, out of reach of the mail server, killed and started again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.delivery_orders import DELIVERIES, DELIVERY, WAKE, DeliveryInput
from activities.notices import Mailing
from activities.waking import wake
from counts import ran_on
from perennial.engine_alone import LoneEngine, start_engine
from perennial.ports import free_ports
from storage.tellings import count_pending, fall_asleep, mail_receiver
from support_ledger import Desk, mailing_to, opened_desk
from support_smtp import mail_server
from workflows.delivery import DeliveryWorkflow

DV = {"offering": "dv-automation", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}


@pytest.fixture(scope="session")
async def delivery_engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoneEngine]:
    engine = await start_engine(tmp_path_factory.mktemp("delivery-engine"))
    yield engine
    engine.stop()


@pytest.fixture
async def client(request: pytest.FixtureRequest, delivery_engine: LoneEngine) -> Client:
    ran_on(request, "the engine")
    return await Client.connect(
        delivery_engine.address, namespace=delivery_engine.namespace, data_converter=pydantic_data_converter
    )


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@asynccontextmanager
async def delivering(client: Client, mailing: Mailing, receiver: str) -> AsyncGenerator[None]:
    """A worker for deliveries, and the end of the receiver's workflow, which the next test needs anew."""
    async with Worker(
        client,
        task_queue=DELIVERIES,
        workflows=[DeliveryWorkflow],
        activities=[mailing.drain_mail],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        try:
            yield
        finally:
            await client.get_workflow_handle(receiver).terminate()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 # Another process changes it.
            await asyncio.sleep(0.05)


async def is_drained(desk: Desk, receiver: str) -> bool:
    async with desk.database.read() as connection:
        return not await count_pending(connection, receiver)


async def says(client: Client, receiver: str, words: str) -> bool:
    """Whether an operator reads these words in the workflow's current details."""
    answer: object = await client.get_workflow_handle(receiver).query("__temporal_workflow_metadata")
    return words in str(answer)


async def test_a_woken_delivery_sends_sleeps_and_wakes_again(desk: Desk, client: Client) -> None:
    found = (await desk.purchase(**DV))["id"]
    receiver = mail_receiver(found)
    async with delivering(client, desk.mailing, receiver):
        await wake(client, [receiver])
        await until(lambda: is_drained(desk, receiver))
        await until(lambda: says(client, receiver, "asleep"))
        await desk.command(f"/v1/subscriptions/{found}/suspend", {})
        await wake(client, [receiver, receiver])
        await until(lambda: is_drained(desk, receiver))
    kinds = [mail["kind"] for mail in await desk.mails(subscription_id=found)]
    assert sorted(kinds) == ["activated", "activated", "suspended", "suspended"]


async def test_an_outage_of_the_mail_server_is_shown_and_outlived(desk: Desk, client: Client) -> None:
    found = (await desk.purchase(**DV))["id"]
    receiver, (port,) = mail_receiver(found), free_ports(1)
    async with delivering(client, mailing_to(port, desk.database), receiver):
        await wake(client, [receiver])
        await until(lambda: says(client, receiver, "SMTPConnectError"))
        assert await says(client, receiver, "2 pending")
        async with mail_server(port) as server:
            await client.get_workflow_handle(receiver).signal(WAKE)
            await until(lambda: is_drained(desk, receiver))
    assert len(server.taken) == 2


async def test_a_run_that_goes_on_from_another_knows_how_long_the_receiver_was_out_of_reach(
    desk: Desk, client: Client
) -> None:
    found = (await desk.purchase(**DV))["id"]
    receiver, (port,) = mail_receiver(found), free_ports(1)
    async with delivering(client, mailing_to(port, desk.database), receiver):
        order = DeliveryInput(receiver=receiver, failures=5)
        await client.start_workflow(DELIVERY, order, id=receiver, task_queue=DELIVERIES)
        await until(lambda: says(client, receiver, "next try in 32 s"))


async def test_a_refusal_for_now_lets_the_delivery_sleep_until_its_next_try(desk: Desk, client: Client) -> None:
    found = (await desk.purchase(**DV))["id"]
    receiver = mail_receiver(found)
    async with mail_server() as server, delivering(client, mailing_to(server.port, desk.database), receiver):
        server.recipients["erika@acme.example"] = "451 4.7.1 later"
        await wake(client, [receiver])
        await until(lambda: says(client, receiver, "1 pending"))
        async with desk.database.write() as connection:
            assert await fall_asleep(connection, receiver)
        server.recipients.clear()
        await until(lambda: is_drained(desk, receiver))
    assert len(server.taken) == 2


async def test_what_no_worker_sent_is_sent_when_one_is_back(desk: Desk, client: Client) -> None:
    found = (await desk.purchase(**DV))["id"]
    receiver = mail_receiver(found)
    await wake(client, [receiver])
    async with delivering(client, desk.mailing, receiver):
        await until(lambda: is_drained(desk, receiver))
    assert len(await desk.mails(subscription_id=found)) == 2
