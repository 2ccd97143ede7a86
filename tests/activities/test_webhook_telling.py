"""What a drain does with each answer of a webhook's receiver, on real rows and real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from standardwebhooks import WebhookVerificationError

from activities.rounds import FEWEST_TRIES
from perennial.ports import free_ports
from storage.tables import receivers, tellings, webhooks
from storage.tellings import pending_of
from storage.webhooks import webhook_receiver
from support_door import problem_code
from support_ledger import Desk, opened_desk
from support_webhooks import (
    Received,
    Receiver,
    bought,
    deliveries,
    drained,
    enabled,
    hooked,
    receiving,
    suspended,
    telling_at,
)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


async def make_due(desk: Desk, *, older_by: timedelta = timedelta(0)) -> None:
    """Let the pause of what was tried in vain be over."""
    now = datetime.now(UTC)
    async with desk.database.write() as connection:
        await connection.execute(update(tellings).where(tellings.c.attempts > 0).values(next_try_at=now))
        await connection.execute(update(tellings).values(created_at=now - older_by))


async def statuses(desk: Desk, webhook_id: str) -> list[str]:
    return [delivery["status"] for delivery in await deliveries(desk, webhook_id)]


async def answers(receiver: Receiver, *given: int) -> None:
    """Give these statuses to the next requests, the last one for ever."""
    left = list(given)

    async def answer(_received: Received) -> int:
        return left.pop(0) if len(left) > 1 else left[0]

    receiver.answer = answer


async def test_an_event_is_told_once_signed_with_the_telling_s_id_and_the_feed_s_content(
    desk: Desk, receiver: Receiver
) -> None:
    hook = await hooked(desk, receiver.url)
    found = await bought(desk)
    first, again = await drained(telling_at(desk), hook["id"]), await drained(telling_at(desk), hook["id"])
    assert (first.sent, first.pending, first.asleep, again.sent) == (2, 0, True, 0)
    feed = (await desk.door.distributor.get("/v1/events")).json()["data"]
    told = await deliveries(desk, hook["id"])
    assert [request.id for request in receiver.taken] == [delivery["id"] for delivery in told]
    assert {delivery["status"] for delivery in told} == {"sent"}
    for request, event in zip(receiver.taken, feed, strict=True):
        request.verify(hook["secret"])
        assert request.payload == {**event, "type": event["kind"], "timestamp": event["at"]}
        assert request.path == "/hook?of=perennial"
        assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert request.headers["content-type"] == "application/json"
    assert receiver.of(found) == [1, 2]


async def test_a_signature_fits_its_own_webhook_only(desk: Desk, receiver: Receiver) -> None:
    first, second = await hooked(desk, receiver.url), await hooked(desk, receiver.url)
    await bought(desk)
    await drained(telling_at(desk), first["id"])
    receiver.taken[0].verify(first["secret"])
    with pytest.raises(WebhookVerificationError):
        receiver.taken[0].verify(second["secret"])


async def test_after_a_rotation_both_secrets_sign_until_the_old_one_s_time_is_over(
    desk: Desk, receiver: Receiver
) -> None:
    hook = await hooked(desk, receiver.url)
    found = await bought(desk)
    rotated = await desk.door.distributor.post(f"/v1/webhooks/{hook['id']}/rotate-secret", {"overlap_hours": 1})
    new = rotated.json()["secret"]
    assert new != hook["secret"]
    async with desk.database.write() as connection:  # the door's clock stands, the drain's is the wall's
        later = datetime.now(UTC) + timedelta(hours=1)
        await connection.execute(update(webhooks).values(previous_until=later))
    await drained(telling_at(desk), hook["id"])
    assert len(receiver.taken) == 2
    for request in receiver.taken:
        request.verify(new)
        request.verify(hook["secret"])
    async with desk.database.write() as connection:
        await connection.execute(update(webhooks).values(previous_until=datetime.now(UTC)))
    await suspended(desk, found)
    await drained(telling_at(desk), hook["id"])
    receiver.taken[-1].verify(new)
    with pytest.raises(WebhookVerificationError):
        receiver.taken[-1].verify(hook["secret"])


async def test_a_webhook_is_told_only_the_kinds_that_it_chose(desk: Desk, receiver: Receiver) -> None:
    hook = await hooked(desk, receiver.url, kinds=["suspended", "enabled"])
    found = await bought(desk)
    await suspended(desk, found)
    await enabled(desk, found)
    await drained(telling_at(desk), hook["id"])
    assert [request.payload["kind"] for request in receiver.taken] == ["suspended", "enabled"]


async def test_who_may_see_the_customer_is_told_and_nobody_else(desk: Desk) -> None:
    reseller, sibling = await desk.door.reseller(), await desk.door.reseller(name="Sibling")
    stranger = await desk.door.seated("distributor", name="Another")
    seats = (desk.door.operator, desk.door.distributor, reseller, sibling, stranger)
    ids = [(await seat.post("/v1/webhooks", {"url": "https://hooks.example.com"})).json()["id"] for seat in seats]
    await bought(desk, customer_id=await desk.customer(managing_partner_id=reseller.partner.id))

    async def told() -> list[int]:
        async with desk.database.read() as connection:
            rows = list(await connection.scalars(select(tellings.c.webhook_id)))
        return [rows.count(id_) for id_ in ids]

    assert await told() == [2, 2, 2, 0, 0]
    await desk.door.distributor.patch(f"/v1/partners/{reseller.partner.id}", {"state": "disabled"})
    await bought(desk, customer_id=await desk.customer(company_name="B", managing_partner_id=None))
    assert await told() == [4, 4, 2, 0, 0]


async def test_a_disabled_reseller_is_told_nothing(desk: Desk, receiver: Receiver) -> None:
    reseller = await desk.door.reseller()
    hook = (await reseller.post("/v1/webhooks", {"url": receiver.url})).json()
    customer = await desk.customer(managing_partner_id=reseller.partner.id)
    await bought(desk, customer_id=customer)
    await desk.door.distributor.patch(f"/v1/partners/{reseller.partner.id}", {"state": "disabled"})
    await bought(desk, customer_id=customer)
    assert (await drained(telling_at(desk), hook["id"])).over
    assert receiver.connections == 0
    assert await statuses(desk, hook["id"]) == ["failed", "failed"]


@pytest.mark.parametrize("status", [100, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
async def test_any_answer_but_2xx_is_tried_again_in_order_and_no_redirect_is_followed(
    desk: Desk, receiver: Receiver, status: int
) -> None:
    async with receiving() as elsewhere:
        receiver.headers["location"] = elsewhere.url
        await answers(receiver, status, 200)
        hook = await hooked(desk, receiver.url)
        found = await bought(desk)
        result = await drained(telling_at(desk, timeout_seconds=0.3 if status == 100 else 5.0), hook["id"])
        assert (result.pending, result.asleep) == (2, True)
        assert result.retry_in_seconds is not None
        first, second = await deliveries(desk, hook["id"])
        assert (first["attempts"], second["attempts"], first["next_try_at"] is None) == (1, 0, False)
        assert first["last_error"] == ("no answer in time" if status == 100 else f"the receiver answered {status}")
        await make_due(desk)
        assert (await drained(telling_at(desk), hook["id"])).pending == 0
        assert receiver.of(found) == [1, 2]
        assert elsewhere.connections == 0
    assert len({request.id for request in receiver.requests}) == 2


async def test_one_subscription_that_waits_holds_up_no_other(desk: Desk, receiver: Receiver) -> None:
    hook = await hooked(desk, receiver.url)
    customer = await desk.customer()
    stuck, free = await bought(desk, customer_id=customer), await bought(desk, customer_id=customer)

    async def answer(received: Received) -> int:
        return 500 if received.payload["subscription_id"] == stuck else 200

    receiver.answer = answer
    await drained(telling_at(desk), hook["id"])
    assert (receiver.of(stuck), receiver.of(free)) == ([], [1, 2])


async def test_the_pause_doubles_up_to_ten_minutes_and_after_three_days_it_is_given_up(
    desk: Desk, receiver: Receiver
) -> None:
    await answers(receiver, 500)
    hook = await hooked(desk, receiver.url, kinds=["activated"])
    await bought(desk)
    pauses: list[int] = []
    for _ in range(12):
        pauses.append(round((await drained(telling_at(desk), hook["id"])).retry_in_seconds or 0))
        await make_due(desk, older_by=timedelta(hours=71))
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    await make_due(desk, older_by=timedelta(days=3, minutes=1))
    assert (await drained(telling_at(desk), hook["id"])).pending == 0
    (given_up,) = await deliveries(desk, hook["id"])
    assert (given_up["status"], given_up["last_error"]) == ("failed", "the receiver answered 500")


async def test_a_receiver_out_of_reach_is_left_alone_for_longer_each_time_and_given_up_after_days(
    desk: Desk,
) -> None:
    (nobody,) = free_ports(1)
    hook = await hooked(desk, f"http://127.0.0.1:{nobody}/")
    customer = await desk.customer()
    for _ in range(60):
        await bought(desk, customer_id=customer)
    telling = telling_at(desk)
    results = [await drained(telling, hook["id"], failures=failures) for failures in (0, 3, 20)]
    assert [result.retry_in_seconds for result in results] == [1, 8, 600]
    assert results[0].trouble == "no answer: ConnectError"
    assert sum(delivery["attempts"] for delivery in await deliveries(desk, hook["id"])) < 60
    await make_due(desk, older_by=timedelta(days=3, minutes=1))
    await drained(telling, hook["id"], failures=FEWEST_TRIES - 1)  # days may have gone by without a worker
    assert set(await statuses(desk, hook["id"])) == {"pending"}
    await drained(telling, hook["id"], failures=FEWEST_TRIES)
    assert set(await statuses(desk, hook["id"])) == {"failed"}


async def test_a_receiver_that_is_gone_is_disabled_and_told_nothing_more(desk: Desk, receiver: Receiver) -> None:
    await answers(receiver, 410)
    hook = await hooked(desk, receiver.url)
    found = await bought(desk)
    result = await drained(telling_at(desk), hook["id"])
    assert (result.over, result.asleep, len(receiver.requests)) == (True, True, 1)
    shown = (await desk.door.distributor.get(f"/v1/webhooks/{hook['id']}")).json()
    assert (shown["state"], shown["state_reason"]) == ("disabled", "the receiver answered 410")
    assert await statuses(desk, hook["id"]) == ["failed", "failed"]
    await suspended(desk, found)
    assert len(await deliveries(desk, hook["id"])) == 2


async def test_what_failed_is_told_again_by_hand_once_the_webhook_is_enabled(desk: Desk, receiver: Receiver) -> None:
    await answers(receiver, 410, 200)
    hook = await hooked(desk, receiver.url)
    await bought(desk)
    await drained(telling_at(desk), hook["id"])
    failed = (await deliveries(desk, hook["id"]))[0]
    path = f"/v1/webhooks/{hook['id']}"
    retried = await desk.door.distributor.post(f"{path}/deliveries/{failed['id']}/retry")
    assert problem_code(retried, 409) == "webhook_disabled"
    enabling = await desk.door.distributor.patch(path, {"state": "enabled"})
    assert (enabling.json()["state"], enabling.json()["state_reason"]) == ("enabled", None)
    retried = await desk.door.distributor.post(f"{path}/deliveries/{failed['id']}/retry")
    assert (retried.status_code, retried.json()["status"], retried.json()["last_error"]) == (200, "pending", None)
    assert (await drained(telling_at(desk), hook["id"])).sent == 1
    assert [request.id for request in receiver.taken] == [failed["id"]]
    assert await statuses(desk, hook["id"]) == ["sent", "failed"]


async def test_what_was_told_can_be_told_again_under_the_same_id(desk: Desk, receiver: Receiver) -> None:
    hook = await hooked(desk, receiver.url, kinds=["activated"])
    await bought(desk)
    await drained(telling_at(desk), hook["id"])
    (told,) = await deliveries(desk, hook["id"])
    await desk.door.distributor.post(f"/v1/webhooks/{hook['id']}/deliveries/{told['id']}/retry")
    await drained(telling_at(desk), hook["id"])
    assert [request.id for request in receiver.taken] == [told["id"]] * 2
    assert receiver.taken[0].body == receiver.taken[1].body


async def test_a_deleted_or_disabled_webhook_is_told_nothing_more(desk: Desk, receiver: Receiver) -> None:
    gone, off = await hooked(desk, receiver.url), await hooked(desk, receiver.url)
    found = await bought(desk)
    deleted = await desk.door.distributor.client.delete(f"/v1/webhooks/{gone['id']}")
    assert deleted.status_code == 204
    await desk.door.distributor.patch(f"/v1/webhooks/{off['id']}", {"state": "disabled"})
    await suspended(desk, found)
    for hook in (gone, off):
        assert (await drained(telling_at(desk), hook["id"])).over
    assert receiver.connections == 0
    assert await statuses(desk, off["id"]) == ["failed", "failed"]
    assert problem_code(await desk.door.distributor.get(f"/v1/webhooks/{gone['id']}"), 404) == "not_found"
    async with desk.database.read() as connection:
        assert await pending_of(connection, [found], untried=True) != ()  # the mails
        asleep = select(receivers.c.asleep).where(receivers.c.id == webhook_receiver(gone["id"]))
        assert await connection.scalar(asleep)


async def test_an_endless_answer_is_hung_up_on(desk: Desk) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    hook = await hooked(desk, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", kinds=["activated"])
    await bought(desk)
    assert (await drained(telling_at(desk), hook["id"])).sent == 1
    await asyncio.wait_for(ended.wait(), 30)
    server.close()


async def test_a_receiver_that_speaks_no_http_or_no_tls_is_tried_again(desk: Desk) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hooks = [await hooked(desk, f"{scheme}://127.0.0.1:{port}/") for scheme in ("http", "https")]
    await bought(desk)
    for hook in hooks:
        assert (await drained(telling_at(desk), hook["id"])).pending == 2
        assert [delivery["attempts"] for delivery in await deliveries(desk, hook["id"])] == [1, 0]
    server.close()


async def test_webhooks_do_not_hold_virtual_time_still_and_are_seen_on_the_subscription(
    desk: Desk, receiver: Receiver
) -> None:
    await answers(receiver, 500)
    hook = await hooked(desk, receiver.url, kinds=["activated"])
    found = await bought(desk)
    await desk.drain()
    await drained(telling_at(desk), hook["id"])
    async with desk.database.read() as connection:
        assert await pending_of(connection, [found], untried=True) == ()
    shown = (await desk.door.distributor.get(f"/v1/subscriptions/{found}")).json()
    (pending,) = shown["pending_tellings"]
    assert (pending["kind"], pending["to"], pending["attempts"]) == ("activated", hook["id"], 1)
    assert pending["last_error"] == "the receiver answered 500"
    timeline: list[dict[str, Any]] = (await desk.door.distributor.get(f"/v1/subscriptions/{found}/timeline")).json()[
        "data"
    ]
    assert {entry["data"]["to"] for entry in timeline if entry["version"] is None} == {
        "partner",
        "customer",
        hook["id"],
    }


async def test_of_secrets_nothing_is_stored(desk: Desk, receiver: Receiver) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await desk.door.distributor.post("/v1/webhooks", {"url": receiver.url}, headers=headers)
    again = await desk.door.distributor.post("/v1/webhooks", {"url": receiver.url}, headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert first.json() == again.json()
    secret: str = first.json()["secret"].removeprefix("whsec_")
    async with desk.database.read() as connection:
        for table in ("webhooks", "commands", "audit_entries", "tellings"):
            rows = await connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 # Names of ours.
            assert secret not in str(list(rows))
