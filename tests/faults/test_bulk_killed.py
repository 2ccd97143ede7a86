"""A bulk job survives the death of any process at any instant: every row has its effect once, and its right result."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator

import pytest

from activities.bulk_orders import BATCH
from counts import ran_on
from repetitions import Repetitions
from support_bulk import finished, given, rows_of
from support_faults import engine_of, is_sound, look
from support_postgres import PostgresServer
from support_product import Json, Running, Seat, start_running
from support_waiting import eventually
from workflows.names import bulk_workflow_id

SERVE, WORKER = ("serve",), ("worker",)
PRICE = 6900


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A product of its own on each database, whose door and worker are processes of their own."""
    ran_on(request, request.param)
    ran_on(request, "the engine")
    data = tmp_path_factory.mktemp("bulk")
    address = f"sqlite:///{data}/perennial.db"
    if request.param == "PostgreSQL":
        server: PostgresServer = request.getfixturevalue("postgres")
        address = server.create_database("bulk")
    found = start_running(data, address, SERVE, WORKER)
    yield found
    found.end()


def rows_for(seat: Seat, count: int) -> tuple[list[Json], str, list[str]]:
    """Purchases of one customer, additions to two subscriptions, and rows that the rules refuse, mixed at random."""
    customer = seat.new_customer()["id"]
    held = [seat.bought(customer_id=customer)["id"] for _ in range(2)]
    purchase = {"kind": "purchase", **seat.purchase_body(customer_id=customer)}
    more = [{"product": "tls-dv-single", "quantity": 1}]
    kinds: list[Json] = [
        *[purchase] * 7,
        *[{"kind": "add_inventory", "subscription_id": id_, "add": more} for id_ in held],
        {"kind": "add_inventory", "subscription_id": held[0], "add": more, "expected_total": 1},
    ]
    rows = (kinds * (count // len(kinds) + 1))[:count]
    random.shuffle(rows)
    return rows, customer, held


def kill(running: Running, victim: str) -> None:
    """Kill a process by SIGKILL."""
    if victim == "engine":
        running.engine.kill9()
    else:
        running.kill9(victim)


def start_again(running: Running, victim: str) -> None:
    if victim == "engine":
        asyncio.run(running.engine.start_again())
    else:
        running.start(victim)


def settled(running: Running, job_id: str) -> int:
    found = look(running, "SELECT count(*) FROM bulk_rows WHERE status <> 'pending' AND job_id = ?", job_id)
    return int(found[0][0])


def test_every_row_of_a_job_has_its_effect_once_though_every_process_is_killed(
    running: Running, repetitions: Repetitions
) -> None:
    count, victims = repetitions.bulk_rows, repetitions.bulk_deaths
    patience = max(120, count)
    seat = running.seat()
    rows, customer, held = rows_for(seat, count)
    began = time.monotonic()
    address = given(seat, rows)
    job_id = address.rpartition("/")[2]

    places = sorted(random.sample(range(1, count * 2 // 3), len(victims)))
    amidst = 0
    for victim, place in zip(victims, places, strict=True):
        eventually(lambda place=place: settled(running, job_id) >= place, within=patience)  # type: ignore[misc]
        kill(running, victim)
        # Before the next one is up, by when others may have finished the job.
        amidst += settled(running, job_id) < count
        start_again(running, victim)
    running.wait_until_ready()
    job = finished(seat, address, within=patience)
    took, length = time.monotonic() - began, history_length(running, job_id)
    print(f"{count} rows in {took:.1f} s with {len(victims)} kills, {length} events of history")  # noqa: T201 # Measured.

    assert amidst == len(victims)
    assert length < 100 + 12 * count // BATCH
    results = rows_of(seat, address)
    check_results(rows, results, job)
    check_ledger(running, results, customer, held)
    eventually(lambda: owes_nothing(running), within=patience)
    is_sound(running)


def history_length(running: Running, job_id: str) -> int:
    """How many events the engine keeps of the job."""

    async def work() -> int:
        handle = (await engine_of(running)).get_workflow_handle(bulk_workflow_id(job_id))
        return (await handle.describe()).history_length

    return asyncio.run(work())


def owes_nothing(running: Running) -> bool:
    """Whether the mails of all that was done are out, so that the engine has time for questions."""
    return look(running, "SELECT count(*) FROM tellings WHERE status = 'pending'") == [(0,)]


def check_results(rows: list[Json], results: list[Json], job: Json) -> None:
    """Every row has the result of its kind, and the job counts them."""
    assert [row["position"] for row in results] == list(range(len(rows)))
    refused = 0
    for asked, result in zip(rows, results, strict=True):
        if "expected_total" in asked:
            refused += 1
            assert (result["status"], result["problem"]["code"]) == ("refused", "price_changed")
            continue
        assert (result["status"], result["problem"]) == ("done", None), result
        assert result["amount"]["amount"] == (5 * PRICE if asked["kind"] == "purchase" else PRICE)
    done = len(rows) - refused
    assert job["counts"] == {"pending": 0, "done": done, "refused": refused, "cancelled": 0}


def check_ledger(running: Running, results: list[Json], customer: str, held: list[str]) -> None:
    """What was posted is what the results say, row by row, and nothing else."""
    query = "SELECT id, subscription_id, action, amount FROM transactions WHERE customer_id = ?"
    posted = {row[0]: row[1:] for row in look(running, query, customer)}
    own = [id_ for id_, (subscription, action, _) in posted.items() if subscription in held and action == "purchase"]
    for id_ in own:
        posted.pop(id_)
    done = [row for row in results if row["status"] == "done"]
    actions = {"purchase": "purchase", "add_inventory": "inventory_add"}
    assert posted == {
        row["transaction_id"]: (row["subscription_id"], actions[row["kind"]], row["amount"]["amount"]) for row in done
    }
    assert len(posted) == len(done)
    bought = {row[0] for row in look(running, "SELECT id FROM subscriptions WHERE customer_id = ?", customer)}
    assert bought - set(held) == {row["subscription_id"] for row in done if row["kind"] == "purchase"}
    inventories = [running.seat().subscription(id_)["inventory"][0]["quantity"] for id_ in held]
    added = [sum(row["subscription_id"] == id_ and row["status"] == "done" for row in results) for id_ in held]
    assert inventories == [5 + count for count in added]
