"""The monthly run on a real engine: in batches, in several histories, beside a failing account, by its schedule."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.client import (
    Client,
    ScheduleCalendarSpec,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowHandle,
)
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.invoices import Invoicing
from activities.invoicing_orders import InvoicingDone, InvoicingOrder
from counts import ran_on
from perennial.engine_alone import LoneEngine, start_engine
from perennial.engine_client import DATA_CONVERTER
from perennial.invoice_schedule import set_invoice_schedule
from storage.database import Database
from storage.tables import invoice_runs, invoices, partners
from support_invoicing import AccountBook, documents, posted_book
from workflows import names
from workflows.invoicing import InvoicingWorkflow

AT = datetime(2027, 4, 1, 2, tzinfo=UTC)
ACCOUNTS = 30


@pytest.fixture(scope="session")
async def invoicing_engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoneEngine]:
    engine = await start_engine(tmp_path_factory.mktemp("invoicing-engine"))
    yield engine
    engine.stop()


@pytest.fixture
async def client(request: pytest.FixtureRequest, invoicing_engine: LoneEngine) -> Client:
    ran_on(request, "the engine")
    return await Client.connect(
        invoicing_engine.address, namespace=invoicing_engine.namespace, data_converter=DATA_CONVERTER
    )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@asynccontextmanager
async def working(client: Client, database: Database, *, queue: str | None = None) -> AsyncGenerator[str]:
    """A worker for invoices on a queue, which it gives: one of its own unless said."""

    async def nobody_to_wake(_receivers: tuple[str, ...]) -> None:
        return

    invoicing, queue = Invoicing(database, wake=nobody_to_wake), queue or f"invoicing-{uuid.uuid4().hex}"
    async with Worker(
        client,
        task_queue=queue,
        workflows=[InvoicingWorkflow],
        activities=[
            invoicing.list_months,
            invoicing.list_accounts,
            invoicing.post_invoice,
            invoicing.finish_month,
        ],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield queue


async def started(client: Client, queue: str, order: InvoicingOrder) -> WorkflowHandle[Any, InvoicingDone]:
    return await client.start_workflow(
        InvoicingWorkflow.run, order, id=f"invoicing/{uuid.uuid4().hex}", task_queue=queue
    )


async def histories(client: Client, handle: WorkflowHandle[Any, Any]) -> list[int]:
    """How many accounts each of the run's histories worked on, the last one first."""
    found: list[int] = []
    run_id = (await handle.describe()).run_id
    while run_id:
        history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        begun = history.events[0].workflow_execution_started_event_attributes
        kinds = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
        found.append(kinds.count("post_invoice"))
        run_id = begun.continued_execution_run_id
    return found


async def details(handle: WorkflowHandle[Any, Any]) -> str:
    """What an operator reads of the run in the engine's UI."""
    answer: object = await handle.query("__temporal_workflow_metadata")
    return str(answer)


async def test_a_run_over_many_accounts_goes_on_in_new_histories_and_shows_how_far_it_is(
    client: Client, database: Database
) -> None:
    await posted_book(database, [AccountBook(amounts={"2027-03": [100]}) for _ in range(ACCOUNTS)])
    order = InvoicingOrder(month="2027-03", at=AT, batch=4, accounts_a_run=8)
    async with working(client, database) as queue:
        handle = await started(client, queue, order)
        done = await handle.result()
        shown = await details(client.get_workflow_handle(handle.id))

    assert done.documents == ACCOUNTS
    # Eight at a time, then what is left; the last history finds that there is nothing left.
    assert await histories(client, client.get_workflow_handle(handle.id)) == [6, 8, 8, 8]
    assert f"**2027-03**: {ACCOUNTS} of {ACCOUNTS} accounts" in shown
    assert len(await documents(database)) == ACCOUNTS


async def test_months_that_were_missed_are_caught_up_oldest_first_and_only_once(
    client: Client, database: Database
) -> None:
    this = datetime.now(UTC).date().replace(day=1)
    months = [f"{this - timedelta(days=days):%Y-%m}" for days in (95, 62, 1)]
    book = AccountBook(amounts={month: [100] for month in months} | {f"{this:%Y-%m}": [700]})
    await posted_book(database, [book])
    async with working(client, database) as queue:
        first = await (await started(client, queue, InvoicingOrder())).result()
        again = await (await started(client, queue, InvoicingOrder())).result()

    assert (first.documents, again.documents) == (3, 0)
    assert [(found.month, found.total) for found in await documents(database)] == [(month, 100) for month in months]
    async with database.read() as connection:
        done = sorted(await connection.scalars(select(invoice_runs.c.month)))
    assert f"{done[-1]:%Y-%m}" == months[-1]


async def test_what_is_posted_for_a_month_that_is_done_goes_on_the_next_document(
    client: Client, database: Database
) -> None:
    this = datetime.now(UTC).date().replace(day=1)
    last = f"{this - timedelta(days=1):%Y-%m}"
    early, late = AccountBook(amounts={last: [100]}), AccountBook(amounts={last: [300]})
    await posted_book(database, [early])
    async with working(client, database) as queue:
        await (await started(client, queue, InvoicingOrder())).result()
        await posted_book(database, [late])
        nothing = await (await started(client, queue, InvoicingOrder())).result()
        on_next = await (await started(client, queue, InvoicingOrder(month=f"{this:%Y-%m}"))).result()

    assert (nothing.documents, on_next.documents) == (0, 1)
    assert [(found.month, found.total) for found in await documents(database)] == [
        (last, 100),
        (f"{this:%Y-%m}", 300),
    ]


async def test_runs_that_overlap_make_each_document_once(client: Client, database: Database) -> None:
    await posted_book(database, [AccountBook(amounts={"2027-03": [100, 250]}) for _ in range(ACCOUNTS)])
    order = InvoicingOrder(month="2027-03", at=AT, batch=7)
    async with working(client, database) as queue:
        runs = [await started(client, queue, order) for _ in range(4)]
        for run in runs:
            await run.result()

    found = await documents(database)
    assert [document.total for document in found] == [350] * ACCOUNTS
    assert sorted(document.number for document in found) == [f"INV-2027-{n:06}" for n in range(1, ACCOUNTS + 1)]


async def test_an_account_that_fails_holds_no_other_up_and_leaves_no_hole_in_the_numbers(
    client: Client, database: Database
) -> None:
    accounts = await posted_book(database, [AccountBook(amounts={"2027-03": [100]}) for _ in range(5)])
    broken = sorted(accounts)[1]
    await set_currency(database, broken, "EUR")  # its transactions are in dollars, so that it stops
    order = InvoicingOrder(month="2027-03", at=AT, batch=2, pause_s=1)
    async with working(client, database) as queue:
        handle = await started(client, queue, order)
        while "1 to be tried again" not in await details(handle) or len(await documents(database)) < 4:  # noqa: ASYNC110 # Another process changes it.
            await asyncio.sleep(0.1)
        numbers = sorted(document.number for document in await documents(database))
        await set_currency(database, broken, "USD")
        done = await handle.result()

    assert numbers == [f"INV-2027-{n:06}" for n in range(1, 5)]
    assert done.documents == 5
    async with database.read() as connection:
        mended = await connection.scalar(select(invoices.c.number).where(invoices.c.account_id == broken))
    assert mended == "INV-2027-000005"


async def set_currency(database: Database, account_id: str, currency: str) -> None:
    async with database.write() as connection:
        await connection.execute(update(partners).where(partners.c.id == account_id).values(currency=currency))


async def test_the_schedule_is_there_once_the_engine_is_ready_and_may_be_set_again(client: Client) -> None:
    handle = client.get_schedule_handle(names.INVOICING_SCHEDULE)
    first = await handle.describe()
    await handle.pause()
    paused = await handle.describe()

    await set_invoice_schedule(client)
    await set_invoice_schedule(client)

    found = await handle.describe()
    await handle.unpause()
    assert found.info.last_updated_at == paused.info.last_updated_at
    assert first.info.next_action_times[0].strftime("%d %H:%M:%S") == "01 02:00:00"
    assert {at.strftime("%d %H:%M") for at in found.info.next_action_times} == {"01 02:00"}
    assert found.schedule.state.paused


async def test_the_schedule_starts_a_run_that_finds_its_defaults(client: Client, database: Database) -> None:
    last = last_month()
    await posted_book(database, [AccountBook(amounts={last: [4_200]})])
    async with working(client, database, queue=names.INVOICING_QUEUE):
        schedule = client.get_schedule_handle(names.INVOICING_SCHEDULE)
        await schedule.trigger()
        await documents_made(database)
        async with asyncio.timeout(60):  # A run that goes on would keep the next one waiting, also another test's.
            while (await schedule.describe()).info.running_actions:  # noqa: ASYNC110 - the engine changes it.
                await asyncio.sleep(0.1)
    assert [(document.month, document.total) for document in await documents(database)] == [(last, 4_200)]


async def test_a_run_that_fell_due_while_the_engine_was_down_is_made_once_it_is_back(
    request: pytest.FixtureRequest, tmp_path: Path, database: Database
) -> None:
    ran_on(request, "the engine")
    last = last_month()
    await posted_book(database, [AccountBook(amounts={last: [4_200]})])
    engine = await start_engine(tmp_path / "engine")
    try:
        due = await due_in_a_moment(engine)
        engine.kill9()
        while datetime.now(UTC) < due + timedelta(seconds=1):  # noqa: ASYNC110 # The clock changes it.
            await asyncio.sleep(0.1)
        await engine.start_again()  # which also sets the schedule again
        client = await Client.connect(engine.address, namespace=engine.namespace, data_converter=DATA_CONVERTER)
        async with working(client, database, queue=names.INVOICING_QUEUE):
            await documents_made(database)
        found = await client.get_schedule_handle(names.INVOICING_SCHEDULE).describe()
    finally:
        engine.kill9()

    assert [(document.month, document.total) for document in await documents(database)] == [(last, 4_200)]
    assert [action.scheduled_at for action in found.info.recent_actions] == [due]
    assert found.info.num_actions_missed_catchup_window == 0
    assert found.info.next_action_times[0].strftime("%d %H:%M:%S") == "01 02:00:00"


async def due_in_a_moment(engine: LoneEngine) -> datetime:
    """Have the schedule's next run fall due soon, and only that one."""
    client = await Client.connect(engine.address, namespace=engine.namespace, data_converter=DATA_CONVERTER)
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8)

    def soon(found: ScheduleUpdateInput) -> ScheduleUpdate:
        once = ScheduleCalendarSpec(
            second=[ScheduleRange(due.second)],
            minute=[ScheduleRange(due.minute)],
            hour=[ScheduleRange(due.hour)],
            day_of_month=[ScheduleRange(due.day)],
            month=[ScheduleRange(due.month)],
            year=[ScheduleRange(due.year)],
        )
        found.description.schedule.spec = ScheduleSpec(calendars=[once])
        return ScheduleUpdate(schedule=found.description.schedule)

    handle = client.get_schedule_handle(names.INVOICING_SCHEDULE)
    await handle.update(soon)
    # The engine says yes before it has taken the change in.
    async with asyncio.timeout(8):
        while (await handle.describe()).info.next_action_times != [due]:  # noqa: ASYNC110 # Another process changes it.
            await asyncio.sleep(0.1)
    return due


def last_month() -> str:
    return f"{datetime.now(UTC).date().replace(day=1) - timedelta(days=1):%Y-%m}"


async def documents_made(database: Database) -> None:
    async with asyncio.timeout(60):
        while not await documents(database):  # noqa: ASYNC110 # Another process changes it.
            await asyncio.sleep(0.1)
