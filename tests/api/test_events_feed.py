"""The feed of events: in the order of commits, read on from any place, each caller its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from lifecycle.event_portrait import RecordedEvent
from lifecycle.events import Suspended
from storage.database import Database
from storage.events import insert_events
from storage.feed import place_events
from storage.ids import new_id
from storage.tables import events
from support_door import NOW, Seat, problem_code
from support_ledger import Desk, opened_desk

DV = {"offering": "dv-automation", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@pytest.fixture
async def other(desk: Desk, database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def read(seat: Seat, **query: str) -> list[dict[str, Any]]:
    answer = await seat.get("/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def bought(desk: Desk, **changes: Any) -> str:
    found: str = (await desk.purchase(**DV, **changes))["id"]
    return found


async def suspended(desk: Desk, subscription_id: str) -> None:
    await desk.command(f"/v1/subscriptions/{subscription_id}/suspend", {"reason": "unpaid"})


def suspension(subscription_id: str, version: int, *, id_: str | None = None) -> RecordedEvent:
    return RecordedEvent(
        id=id_ or new_id("evt"),
        subscription_id=subscription_id,
        version=version,
        event=Suspended(at=NOW),
        recorded_at=NOW,
        actor="system",
        command_id="c",
        transaction_id=None,
    )


async def test_every_event_is_in_the_feed_once_oldest_first_with_who_why_and_what(desk: Desk) -> None:
    first, second = await bought(desk), await bought(desk, customer_id=await desk.customer(company_name="Beta"))
    await suspended(desk, first)
    found = await read(desk.door.distributor)
    assert [(event["subscription_id"], event["version"], event["kind"]) for event in found] == [
        (first, 1, "purchase_confirmed"),
        (first, 2, "activated"),
        (second, 1, "purchase_confirmed"),
        (second, 2, "activated"),
        (first, 3, "suspended"),
    ]
    assert len({event["id"] for event in found}) == 5
    assert {event["id"][:4] for event in found} == {"evt_"}
    last = found[-1]
    assert (last["reason"], last["at"], last["recorded_at"]) == ("unpaid", *("2026-11-22T09:30:00Z",) * 2)
    assert last["actor"].startswith("key_")
    assert last["command_id"].startswith("cmd_")
    assert last["transaction_id"] is None
    activated = found[1]
    assert activated["transaction_id"].startswith("txn_")
    assert activated["data"]["charge"]["total"] == {"amount": 5 * 6900, "currency": "USD"}


async def test_a_reader_goes_on_behind_the_last_event_that_it_has_seen(desk: Desk) -> None:
    found = await bought(desk)
    seen = await read(desk.door.distributor)
    assert await read(desk.door.distributor, after=seen[-1]["id"]) == []
    await suspended(desk, found)
    new = await read(desk.door.distributor, after=seen[-1]["id"])
    assert [event["kind"] for event in new] == ["suspended"]
    assert await read(desk.door.distributor, after=seen[0]["id"]) == [seen[1], *new]
    assert await read(desk.door.distributor) == [*seen, *new]


async def test_an_event_that_nobody_has_read_yet_can_be_read_on_from(desk: Desk) -> None:
    found = await bought(desk)
    (before,) = await read(desk.door.distributor, limit="1")
    await suspended(desk, found)
    async with desk.database.read() as connection:
        told = await connection.scalar(select(events.c.id).where(events.c.version == 3))
    assert await read(desk.door.distributor, after=str(told)) == []
    assert [event["version"] for event in await read(desk.door.distributor, after=before["id"])] == [2, 3]


async def test_pages_follow_each_other_without_a_hole(desk: Desk) -> None:
    found = await bought(desk)
    for _ in range(3):
        await suspended(desk, found)
        await desk.command(f"/v1/subscriptions/{found}/enable", {})
    answer = await desk.door.distributor.get("/v1/events", params={"limit": "3"})
    versions: list[int] = []
    while True:
        body = answer.json()
        versions += [event["version"] for event in body["data"]]
        if body["next_cursor"] is None:
            break
        link = answer.headers["link"].partition(">")[0].removeprefix("<")
        answer = await desk.door.distributor.get(link)
    assert versions == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_each_caller_reads_what_it_may_see(desk: Desk) -> None:
    reseller = await desk.door.reseller()
    customer = await desk.customer(company_name="Managed", managing_partner_id=reseller.partner.id)
    theirs, ours = await bought(desk, customer_id=customer), await bought(desk)
    stranger = await desk.door.seated("distributor", name="Another")
    seen = {
        name: {event["subscription_id"] for event in await read(seat)}
        for name, seat in (
            ("operator", desk.door.operator),
            ("distributor", desk.door.distributor),
            ("reseller", reseller),
            ("stranger", stranger),
        )
    }
    assert seen == {"operator": {theirs, ours}, "distributor": {theirs, ours}, "reseller": {theirs}, "stranger": set()}


async def test_a_reader_whose_customer_was_moved_away_still_goes_on_from_its_place(desk: Desk) -> None:
    reseller = await desk.door.reseller()
    customer = await desk.customer(company_name="Managed", managing_partner_id=reseller.partner.id)
    await bought(desk, customer_id=customer)
    last = (await read(reseller))[-1]["id"]
    await desk.door.distributor.patch(f"/v1/customers/{customer}", {"managing_partner_id": None})
    assert await read(reseller, after=last) == []


async def test_a_name_that_no_event_has_is_refused(desk: Desk) -> None:
    for query in ({"after": "evt_0"}, {"after": ""}):
        answer = await desk.door.distributor.get("/v1/events", params=query)
        assert problem_code(answer, 422) == "unknown_event"
    for cursor in ("W10", "WyJ4Il0", "WyItMSJd"):
        answer = await desk.door.distributor.get("/v1/events", params={"cursor": cursor})
        assert problem_code(answer, 422) == "invalid_cursor"


async def test_nobody_reads_people_s_names_or_addresses_in_the_feed(desk: Desk) -> None:
    found = (await desk.purchase())["id"]
    path = await desk.link(found)
    accepted = await desk.door.client().post(
        f"{path}/accept", json={"name": "Lena Recht", "job_title": "General Counsel", "may_bind": True}
    )
    assert accepted.status_code == 200, accepted.text
    answer = await desk.door.distributor.get("/v1/events")
    assert [event["kind"] for event in answer.json()["data"]] == [
        "purchase_confirmed",
        "eca_requested",
        "eca_accepted",
        "activated",
    ]
    for word in ("Lena Recht", "General Counsel", "legal@acme.example"):
        assert word not in answer.text


@pytest.mark.parametrize("database_url", ["PostgreSQL"], indirect=True)  # SQLite has one writer at a time
async def test_of_two_transactions_committed_crosswise_a_reader_misses_neither(desk: Desk, other: Database) -> None:
    first, second = await bought(desk), await bought(desk, customer_id=await desk.customer(company_name="Beta"))
    seen = await read(desk.door.distributor)
    async with other.write() as earlier:
        # Its id is the earlier one, its commit the later one.
        await insert_events(earlier, [suspension(first, 3)])
        async with desk.database.write() as later:
            await insert_events(later, [suspension(second, 3)])
        between = await read(desk.door.distributor, after=seen[-1]["id"])
        assert [event["subscription_id"] for event in between] == [second]
    after = await read(desk.door.distributor, after=between[-1]["id"])
    assert [event["subscription_id"] for event in after] == [first]
    assert await read(desk.door.distributor) == [*seen, *between, *after]


async def test_a_subscription_s_events_keep_their_order_whatever_their_ids_say(desk: Desk) -> None:
    found = await bought(desk)
    seen = await read(desk.door.distributor)
    early, late = new_id("evt"), new_id("evt")
    async with desk.database.write() as connection:
        await insert_events(connection, [suspension(found, 3, id_=late), suspension(found, 4, id_=early)])
    new = await read(desk.door.distributor, after=seen[-1]["id"])
    assert [(event["id"], event["version"]) for event in new] == [(late, 3), (early, 4)]


async def test_numbers_are_given_in_batches_without_a_hole(desk: Desk) -> None:
    found = await bought(desk)
    async with desk.database.write() as connection:
        await insert_events(connection, [suspension(found, 3 + number) for number in range(12_000)])
    page = await desk.door.distributor.get("/v1/events", params={"limit": "200"})
    versions, cursor = [event["version"] for event in page.json()["data"]], page.json()["next_cursor"]
    while cursor is not None:
        page = await desk.door.distributor.get("/v1/events", params={"limit": "200", "cursor": cursor})
        versions += [event["version"] for event in page.json()["data"]]
        cursor = page.json()["next_cursor"]
    assert versions == list(range(1, 12_003))


async def test_two_readers_at_once_number_each_event_once(desk: Desk, other: Database) -> None:
    found = await bought(desk)
    async with desk.database.write() as connection:
        await insert_events(connection, [suspension(found, 3 + number) for number in range(200)])
    counts = await asyncio.gather(*(one.in_transaction(place_events) for one in (desk.database, other) * 3))
    assert sorted(counts) == [0] * 5 + [202]
