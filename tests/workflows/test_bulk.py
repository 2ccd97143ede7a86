"""A bulk job on a real engine: rows that fail come back, keep their order, and hold nobody else up."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.bulk import BulkRows
from activities.bulk_desk import NotYet, OutOfReach
from activities.bulk_orders import BulkDone, BulkOrder
from counts import ran_on
from perennial.engine_alone import LoneEngine, start_engine
from perennial.engine_client import DATA_CONVERTER
from storage.bulk_jobs import PAUSED, RUNNING, BulkJob, insert_bulk_job, lock_bulk_job, update_bulk_job
from storage.bulk_rows import DONE, BulkRow, RowResult, insert_bulk_rows, list_bulk_rows
from storage.database import Database
from storage.ids import new_id
from storage.partners import Partner
from support_invoicing import new_account
from workflows.bulk import BulkWorkflow

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Desk:
    """A counter that does what it is asked, except for the first tries of some places."""

    def __init__(self, **failing: tuple[int, Exception]) -> None:
        self.failing = {int(name.removeprefix("row")): found for name, found in failing.items()}
        self.tries = Counter[int]()
        self.settled: list[int] = []

    async def settle(self, job: BulkJob, partner: Partner, row: BulkRow) -> RowResult:
        assert job.partner_id == partner.id
        times, error = self.failing.get(row.position, (0, NotYet()))
        self.tries[row.position] += 1
        if self.tries[row.position] <= times:
            raise error
        self.settled.append(row.position)
        return RowResult(status=DONE)


@pytest.fixture(scope="session")
async def bulk_engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoneEngine]:
    engine = await start_engine(tmp_path_factory.mktemp("bulk-engine"))
    yield engine
    engine.stop()


@pytest.fixture
async def client(request: pytest.FixtureRequest, bulk_engine: LoneEngine) -> Client:
    ran_on(request, "the engine")
    return await Client.connect(bulk_engine.address, namespace=bulk_engine.namespace, data_converter=DATA_CONVERTER)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def new_job(database: Database, subscriptions: Sequence[str], *, state: str = RUNNING) -> str:
    """A job with a row about each of the subscriptions."""
    async with database.write() as connection:
        partner_id = await new_account(connection)
        job = BulkJob(
            id=new_id("blk"),
            partner_id=partner_id,
            actor="key_0",
            scopes=("write",),
            state=state,
            row_count=len(subscriptions),
            created_at=AT,
            updated_at=AT,
        )
        await insert_bulk_job(connection, job)
        rows = [
            BulkRow(job_id=job.id, position=place, kind="suspend", subscription_id=subscription, body={})
            for place, subscription in enumerate(subscriptions)
        ]
        await insert_bulk_rows(connection, rows)
    return job.id


@asynccontextmanager
async def carried_out(
    client: Client, database: Database, desk: Desk, **order: Any
) -> AsyncGenerator[WorkflowHandle[Any, BulkDone]]:
    """The workflow of a job, with a worker of its own."""
    rows, queue = BulkRows(database, desk), f"bulk-{uuid.uuid4().hex}"
    async with Worker(
        client,
        task_queue=queue,
        workflows=[BulkWorkflow],
        activities=[rows.carry_out_rows, rows.close_bulk_job],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield await client.start_workflow(
            BulkWorkflow.run,
            BulkOrder(pause_s=1, **order),
            id=f"bulk/{uuid.uuid4().hex}",
            task_queue=queue,
        )


def distinct(count: int) -> list[str]:
    return [f"sub_{number}" for number in range(count)]


async def test_a_row_that_fails_comes_back_after_the_others_and_later_rows_of_its_subscription_wait(
    client: Client, database: Database
) -> None:
    subscriptions = distinct(12)
    subscriptions[7] = subscriptions[11] = subscriptions[2]
    desk = Desk(row2=(2, RuntimeError("no such thing")), row5=(1, NotYet()))
    job_id = await new_job(database, subscriptions)
    async with carried_out(client, database, desk, job_id=job_id, batch=5) as handle:
        done = await handle.result()

    assert (done.done, done.refused, done.cancelled) == (12, 0, 0)
    assert sorted(desk.settled) == list(range(12))
    assert [place for place in desk.settled if place in {2, 7, 11}] == [2, 7, 11]
    assert (desk.tries[2], desk.tries[5], desk.tries[7]) == (3, 2, 1)
    assert set(desk.settled[:8]) == {0, 1, 3, 4, 6, 8, 9, 10}
    async with database.read() as connection:
        rows = await list_bulk_rows(connection, job_id, limit=50)
    assert {row.result.status for row in rows} == {DONE}


async def test_while_no_command_can_be_taken_the_rows_wait_and_none_is_refused(
    client: Client, database: Database
) -> None:
    desk = Desk(row0=(2, OutOfReach()))
    job_id = await new_job(database, distinct(3))
    async with carried_out(client, database, desk, job_id=job_id) as handle:
        done = await handle.result()

    assert done.done == 3
    assert sorted(desk.settled) == [0, 1, 2]


async def test_a_long_job_goes_on_in_new_histories_and_shows_how_far_it_is(client: Client, database: Database) -> None:
    job_id = await new_job(database, distinct(20))
    desk = Desk(row3=(1, NotYet()))
    async with carried_out(client, database, desk, job_id=job_id, batch=5, batches_a_run=2) as handle:
        done = await handle.result()
        last = client.get_workflow_handle(handle.id)
        shown = str(await last.query("__temporal_workflow_metadata"))
        runs = 1
        run_id = (await last.describe()).run_id
        while run_id:
            history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
            run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
            runs += bool(run_id)

    assert done.done == 20
    assert sorted(desk.settled) == list(range(20))
    # Four batches, the end of the round, then the row that failed, and the end.
    assert runs == 4
    assert "**done**: 20 of 20 rows" in shown


async def test_a_paused_job_waits_until_it_is_woken(client: Client, database: Database) -> None:
    job_id = await new_job(database, distinct(3), state=PAUSED)
    desk = Desk()
    async with carried_out(client, database, desk, job_id=job_id) as handle:
        while "**paused**" not in str(await handle.query("__temporal_workflow_metadata")):
            pass
        assert desk.settled == []
        await resume(database, job_id)
        await handle.signal(BulkWorkflow.wake)
        done = await handle.result()

    assert done.done == 3


async def resume(database: Database, job_id: str) -> None:
    async with database.write() as connection:
        job = await lock_bulk_job(connection, job_id)
        await update_bulk_job(connection, replace(job, state=RUNNING))
