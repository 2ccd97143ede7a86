"""What is recorded twice is recorded once: attempts at once, repeats after a failed wake, changes of one version."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from activities.ledger import Ledger
from activities.messages import RecordOrder, RefundOrder
from activities.recording import Agreement
from activities.refunding import Refunds
from storage.announcements import Announcements
from storage.commands import find_command, insert_command
from storage.ids import new_id
from storage.subscriptions import find_subscription
from storage.tellings import mail_receiver
from support_door import NOW
from support_ledger import KEYS, MAIL_DOMAIN, Desk

DV = {"offering": "dv-automation", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}
AT_ONCE = 8


class EngineGone(Exception):
    """The engine did not take the signal."""


@dataclass
class Deliveries:
    """Whom the ledger wakes, and whether that works."""

    is_up: bool = True
    woken: list[str] = field(default_factory=list[str])

    async def wake(self, receivers: tuple[str, ...]) -> None:
        if not self.is_up:
            raise EngineGone
        self.woken.extend(receivers)


def ledger_of(desk: Desk, deliveries: Deliveries) -> Ledger:
    agreement = Agreement(keys=KEYS, mail_domain=MAIL_DOMAIN)
    return Ledger(desk.database, agreement=agreement, announcements=Announcements(), wake=deliveries.wake)


async def ends_at(desk: Desk, subscription_id: str) -> datetime:
    async with desk.database.read() as connection:
        row = await find_subscription(connection, subscription_id)
    assert row is not None
    assert row.subscription.end_date is not None
    return datetime.combine(row.subscription.end_date, datetime.min.time(), tzinfo=NOW.tzinfo)


async def test_two_attempts_at_a_purchase_make_one_subscription_that_goes_on(desk: Desk) -> None:
    bought = await desk.purchase(**DV)
    async with desk.database.read() as connection:
        row = await find_subscription(connection, bought["id"])
        assert row is not None
        like = await find_command(connection, bought["id"], row.purchase_command_id)
    assert like is not None
    another, command_id = new_id("sub"), new_id("cmd")
    body = {**like.body, "subscription_id": another}
    command = replace(like, subscription_id=another, command_id=command_id, key=None, body=body, outcome=None)
    async with desk.database.write() as connection:
        await insert_command(connection, command)
    ledger = ledger_of(desk, Deliveries())
    order = RecordOrder(subscription_id=another, command_id=command_id, at=NOW)

    attempts = await asyncio.gather(*(ledger.record(order) for _ in range(AT_ONCE)))

    assert [(attempt.state, attempt.over) for attempt in attempts] == [("active", False)] * AT_ONCE
    found = await desk.door.distributor.get("/v1/transactions", params={"subscription_id": another})
    assert len(found.json()["data"]) == 1


async def test_a_timer_recorded_again_wakes_whom_the_first_attempt_did_not(desk: Desk) -> None:
    bought = await desk.purchase(**DV)
    await desk.drain()
    deliveries = Deliveries(is_up=False)
    ledger = ledger_of(desk, deliveries)
    order = RecordOrder(subscription_id=bought["id"], at=await ends_at(desk, bought["id"]))
    with pytest.raises(EngineGone):
        await ledger.record(order)
    deliveries.is_up = True

    await ledger.record(order)

    assert deliveries.woken == [mail_receiver(bought["id"])]


async def test_a_refund_recorded_again_wakes_whom_the_first_attempt_did_not(desk: Desk) -> None:
    bought = await desk.purchase(**DV)
    await desk.drain()
    async with desk.database.read() as connection:
        row = await find_subscription(connection, bought["id"])
        assert row is not None
        like = await find_command(connection, bought["id"], row.purchase_command_id)
    assert like is not None
    refund_id = new_id("rfd")
    lines = [{"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 1}]
    command = replace(
        like, subscription_id="", command_id=refund_id, key=None, kind="refund", body={"lines": lines}, outcome=None
    )
    async with desk.database.write() as connection:
        await insert_command(connection, command)
    deliveries = Deliveries(is_up=False)
    agreement = Agreement(keys=KEYS, mail_domain=MAIL_DOMAIN)
    refunds = Refunds(desk.database, agreement=agreement, announcements=Announcements(), wake=deliveries.wake)
    order = RefundOrder(refund_id=refund_id, at=NOW + timedelta(minutes=1))
    with pytest.raises(EngineGone):
        await refunds.record_refund(order)
    deliveries.is_up = True

    again = await refunds.record_refund(order)

    assert again.subscription_ids == [bought["id"]]
    assert deliveries.woken == [mail_receiver(bought["id"])]


async def test_of_changes_of_one_version_only_one_is_made(desk: Desk) -> None:
    bought = await desk.purchase(**DV)
    seat = desk.door.distributor
    address = f"/v1/subscriptions/{bought['id']}/inventory"
    body = {"add": [{"product": "tls-dv-single", "quantity": 1}]}

    answers = await asyncio.gather(
        *(
            seat.client.request(
                "POST",
                address,
                json=body,
                headers={"Idempotency-Key": new_id("key"), "If-Match": f'"{bought["version"]}"'},
            )
            for _ in range(AT_ONCE)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (AT_ONCE - 1)
    assert {answer.json().get("code") for answer in answers if answer.status_code != 200} == {"version_conflict"}
    after = (await seat.get(f"/v1/subscriptions/{bought['id']}")).json()
    assert after["inventory"] == [{"product": "tls-dv-single", "quantity": 6}]
