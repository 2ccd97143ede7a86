"""The overview counts what the lists with the same filters show, by each subscription's own day."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from lifecycle.terms import midnight
from storage.database import Database
from storage.overview import COUNTED_TO
from storage.tables import subscriptions
from support_door import NOW, fields_of, opened_door
from support_ledger import Desk, opened_desk

DV = {"offering": "dv-automation", "clm_tier": "essentials", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}
NOTHING = {"renewals_due": {"30": 0, "60": 0, "90": 0}, "held": 0, "counted_to": COUNTED_TO} | dict.fromkeys(
    ("pending_eca", "scheduled", "active", "suspended"), 0
)
DUE = {"state": "active", "renewal_mode": "auto"}


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def bought(desk: Desk, **order: Any) -> dict[str, Any]:
    """A purchase of a customer that has nothing else."""
    customer = await desk.customer(company_name=f"Acme {uuid.uuid4().hex}")
    return await desk.purchase(**order, customer_id=customer)


async def overview(client: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/v1/overview")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(client: httpx2.AsyncClient, **query: str) -> set[str]:
    answer = await client.get("/v1/subscriptions", params=query)
    assert answer.status_code == 200, answer.text
    return {one["id"] for one in answer.json()["data"]}


async def test_a_new_partner_has_nothing_to_attend_to(desk: Desk) -> None:
    assert await overview(desk.door.distributor.client) == NOTHING


async def test_each_state_is_counted_and_seen_by_whoever_sees_the_subscription(desk: Desk) -> None:
    await bought(desk)
    await bought(desk, **DV, start_date=str(NOW.date() + timedelta(days=9)))
    await bought(desk, **DV)
    suspended = await bought(desk, **DV)
    await desk.command(f"/v1/subscriptions/{suspended['id']}/suspend", {})
    reseller = await desk.door.reseller()

    expected = NOTHING | {"pending_eca": 1, "scheduled": 1, "active": 1, "suspended": 1}
    assert await overview(desk.door.distributor.client) == expected
    assert await overview(desk.door.operator.client) == expected
    assert await overview(reseller.client) == NOTHING


@pytest.mark.parametrize(
    ("left", "within"), [(91, ()), (90, ("90",)), (61, ("90",)), (60, ("60", "90")), (30, ("30", "60", "90"))]
)
async def test_what_renews_by_itself_is_due_so_many_days_before(desk: Desk, left: int, within: tuple[str, ...]) -> None:
    auto = await bought(desk, **DV)
    one_time = await bought(desk, **DV | {"renewal_mode": "one_time"})
    days = (NOW + timedelta(days=365 - left)).date()
    for one in (auto, one_time):
        await desk.go_on(one["id"], midnight(days) + timedelta(hours=5))
    client = desk.door.distributor.client

    found = await overview(client)

    assert found["renewals_due"] == {days: int(days in within) for days in ("30", "60", "90")}
    for number in ("30", "60", "90"):
        ending = {auto["id"], one_time["id"]} if number in within else set[str]()
        assert await listed(client, ends_within=number) == ending
        assert await listed(client, ends_within=number, **DUE) == ending - {one_time["id"]}


async def test_what_was_suspended_at_its_end_is_held_and_no_longer_ending(desk: Desk) -> None:
    held, suspended = await bought(desk, **DV), await bought(desk, **DV, term_months=24)
    for one in (held, suspended):
        await desk.command(f"/v1/subscriptions/{one['id']}/suspend", {})
    client = desk.door.distributor.client
    assert await listed(client, held="true") == set()
    for one in (held, suspended):
        await desk.go_on(one["id"], midnight(NOW.date() + timedelta(days=366)))

    found = await overview(client)

    assert (found["suspended"], found["held"], found["active"]) == (2, 1, 0)
    assert await listed(client, held="true") == {held["id"]}
    assert await listed(client, held="false") == {held["id"], suspended["id"]}
    assert held["id"] not in await listed(client, ends_within="366")


async def test_in_a_sandbox_each_has_its_own_today(database_url: str) -> None:
    async with opened_desk(database_url) as desk:
        near, far = await bought(desk, **DV), await bought(desk, **DV)
        await _ahead(desk.door.database, near["id"], days=335)
        await _ahead(desk.door.database, far["id"], days=300)
        async with opened_door(database_url, sandbox=True) as door:
            seat = await door.with_key(desk.door.distributor.partner, ("read",))
            found = await overview(seat.client)
            assert found["renewals_due"] == {"30": 1, "60": 1, "90": 2}
            assert await listed(seat.client, ends_within="30", **DUE) == {near["id"]}
            assert await listed(seat.client, ends_within="65") == {near["id"], far["id"]}
            assert await listed(seat.client, ends_within="64") == {near["id"]}
            await _ahead(door.database, near["id"], days=365)
            assert await listed(seat.client, ends_within="366") == {far["id"]}


@pytest.mark.parametrize("days", ["0", "367", "-1", "1.5", "soon", ""])
async def test_a_window_is_a_day_to_a_year(desk: Desk, days: str) -> None:
    answer = await desk.door.distributor.get("/v1/subscriptions", params={"ends_within": days})

    assert fields_of(answer) == {"ends_within": "out_of_range"}


async def _ahead(database: Database, subscription_id: str, *, days: int) -> None:
    async with database.write() as connection:
        of_it = update(subscriptions).where(subscriptions.c.id == subscription_id)
        await connection.execute(of_it.values(clock_offset_us=timedelta(days=days) // timedelta(microseconds=1)))
