"""Answers that may hurt us: slow, packed, cut off, with a wish to be left alone, from a place that moved."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context

import pytest
from sqlalchemy import update

from activities.retry_after import LONGEST, asked_pause
from activities.rounds import Round
from activities.webhook_addresses import Addresses
from activities.webhook_telling import WebhookTelling
from storage.tables import tellings
from storage.tellings import Telling, list_due
from storage.webhooks import webhook_receiver
from support_door import WEBHOOK_KEY
from support_ledger import Desk, draining_of, opened_desk
from support_webhooks import (
    Received,
    Receiver,
    bought,
    deliveries,
    drained,
    hooked,
    receiving,
    telling_at,
)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NAME = "hooks.example.com"


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@asynccontextmanager
async def answering(answer: bytes, *, tls: SSLContext | None = None) -> AsyncGenerator[tuple[int, list[bytes]]]:
    """A server that gives these bytes to each request and then says nothing more; its port and what it heard."""
    heard: list[bytes] = []
    open_: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.append(writer)
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
        for writer in open_:
            writer.close()


async def status_after(desk: Desk, answer: bytes) -> tuple[str, str | None]:
    """What becomes of a telling that gets this answer."""
    async with answering(answer) as (port, heard):
        hook = await hooked(desk, f"http://127.0.0.1:{port}/", kinds=["activated"])
        await bought(desk, customer_id=await desk.customer(company_name=hook["id"]))
        await drained(telling_at(desk, timeout_seconds=0.5), hook["id"])
        assert len(heard) == 1
    (delivery,) = await deliveries(desk, hook["id"])
    return delivery["status"], delivery["last_error"]


async def test_a_2xx_counts_as_taken_whatever_becomes_of_its_body(desk: Desk) -> None:
    for body in (
        b"content-length: 50\r\n\r\nnever the rest",
        b"content-length: 4\r\ncontent-encoding: gzip\r\n\r\nnope",  # it is not unpacked: few bytes may become many
        b"transfer-encoding: chunked\r\n\r\nnope",
    ):
        assert await status_after(desk, b"HTTP/1.1 200 OK\r\n" + body) == ("sent", None)


async def test_headers_that_never_end_are_given_up_on(desk: Desk) -> None:
    assert await status_after(desk, b"HTTP/1.1 200 OK\r\nx-slow: ") == ("pending", "no answer in time")
    endless = b"HTTP/1.1 200 OK\r\n" + b"x-much: more and more\r\n" * 20_000
    assert await status_after(desk, endless) == ("pending", "no answer: RemoteProtocolError")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 7 ", 7),
        ("99999999999999999999", LONGEST.total_seconds()),
        ("Sun, 22 Nov 2026 09:40:00 GMT", 600),
        ("Sun, 22 Nov 2026 09:20:00 GMT", 0),
        ("Sun, 22 Nov 2099 09:20:00 GMT", LONGEST.total_seconds()),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("١٢", 0),
    ],
)
def test_a_wish_to_be_left_alone_is_read_in_seconds_or_as_a_date(header: str | None, seconds: float) -> None:
    assert asked_pause(header, now=NOW).total_seconds() == seconds


async def test_a_receiver_that_asks_for_a_pause_gets_it(desk: Desk) -> None:
    async def busy(_received: Received) -> int:
        return 429

    async with receiving(Receiver(answer=busy, headers={"retry-after": "1800"})) as receiver:
        hook = await hooked(desk, receiver.url)
        await bought(desk)
        one = await drained(telling_at(desk), hook["id"])
        assert (one.trouble, round((one.retry_in_seconds or 0) / 100)) == ("", 18)
        customer = await desk.customer(company_name="Beta")
        for _ in range(9):
            await bought(desk, customer_id=customer)
        all_of_them = await drained(telling_at(desk), hook["id"])
    assert (all_of_them.trouble, all_of_them.retry_in_seconds) == ("the receiver answered 429", 1800)


async def test_a_receiver_that_moved_away_while_its_old_place_said_gone_stays_enabled(desk: Desk) -> None:
    async with receiving() as new, receiving() as old:
        hook = await hooked(desk, old.url)

        async def moved(_received: Received) -> int:
            await desk.door.distributor.patch(f"/v1/webhooks/{hook['id']}", {"url": new.url})
            return 410

        old.answer = moved
        found = await bought(desk)
        first = await drained(telling_at(desk), hook["id"])
        assert (first.over, first.asleep, first.retry_in_seconds) == (False, False, None)
        await drained(telling_at(desk), hook["id"])
        assert new.of(found) == [1, 2]
    shown = (await desk.door.distributor.get(f"/v1/webhooks/{hook['id']}")).json()
    assert (shown["state"], shown["url"]) == ("enabled", new.url)


async def test_a_name_that_became_private_is_not_connected_to_and_tried_for_days(desk: Desk) -> None:
    where = ["192.0.9.1"]

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return where

    async with receiving() as receiver:
        addresses = Addresses(ports=frozenset({receiver.port}), resolve=resolve)
        hook = await hooked(desk, f"http://{NAME}:{receiver.port}/")
        await bought(desk)
        where[:] = ["127.0.0.1"]
        result = await drained(telling_at(desk, addresses=addresses), hook["id"])
        assert (result.trouble, result.pending) == ("The address is not a public one.", 2)
        assert receiver.connections == 0
        await drained(telling_at(desk), hook["id"])  # the same, where private addresses are allowed: but for the name
    assert {delivery["status"] for delivery in await deliveries(desk, hook["id"])} == {"pending"}


async def test_who_has_much_to_tell_goes_on_at_once_whatever_waits_for_its_next_try(desk: Desk) -> None:
    async with receiving() as receiver:
        hook = await hooked(desk, receiver.url, kinds=["activated"])
        customer = await desk.customer()
        for _ in range(2):
            await bought(desk, customer_id=customer)
        later = datetime.now(UTC) + timedelta(minutes=10)
        async with desk.database.write() as connection:
            due = await list_due(connection, webhook_receiver(hook["id"]), now=later, limit=1)
            waits = update(tellings).where(tellings.c.id == due[0].id)
            await connection.execute(waits.values(attempts=9, next_try_at=later))
        telling = WebhookTelling(
            draining_of(desk.database, busy_limit=timedelta(0)),
            addresses=Addresses(allows_private=True),
            key=WEBHOOK_KEY,
        )
        stopped = await drained(telling, hook["id"])
        assert (stopped.sent, stopped.pending, stopped.asleep, stopped.retry_in_seconds) == (0, 2, False, None)
        rested = await drained(telling_at(desk), hook["id"])
    assert (rested.sent, rested.pending, rested.asleep) == (1, 1, True)
    assert rested.retry_in_seconds is not None


async def test_a_round_ends_in_time_and_what_it_did_not_get_to_stays_due(desk: Desk) -> None:
    told: list[str] = []

    async def deliver(_line: None, telling: Telling) -> None:
        told.append(telling.id)

    hook = await hooked(desk, "https://hooks.example.com/")
    await bought(desk)
    async with desk.database.read() as connection:
        due = await list_due(connection, webhook_receiver(hook["id"]), now=datetime.now(UTC), limit=10)
    draining = draining_of(desk.database)
    for lasts, count in ((timedelta(0), 0), (timedelta(minutes=1), 2)):
        sending = Round[None](writes=draining.writes, deliver=deliver, lasts=lasts)
        await sending.run(due, [None])
        assert (sending.settled, sending.trouble, len(told)) == (count, "", count)


def certificate(folder: Path) -> Path:
    """A certificate for `NAME` that nobody vouches for but itself, with its key in the same file."""
    file, key = folder / "both.pem", folder / "key.pem"
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", str(key))
    made = subprocess.run((*command, "-out", str(file)), capture_output=True, check=True)
    assert made.returncode == 0
    file.write_text(file.read_text() + key.read_text())
    return file


async def test_only_a_certificate_that_is_believed_and_names_the_host_gets_a_request(
    desk: Desk, tmp_path: Path
) -> None:
    file = certificate(tmp_path)
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    addresses = Addresses(allows_private=True, resolve=resolve)
    await bought(desk)  # so that there is a customer whose events nobody hears of
    async with answering(b"HTTP/1.1 204 Done\r\n\r\n", tls=tls) as (port, heard):
        for host, trust, expected in (
            (NAME, None, "no answer: ConnectError"),
            ("other.example.com", create_default_context(cafile=file), "no answer: ConnectError"),
            (NAME, create_default_context(cafile=file), None),
            (f"{NAME}.", create_default_context(cafile=file), None),
        ):
            hook = await hooked(desk, f"https://{host}:{port}/", kinds=["activated"])
            await bought(desk, customer_id=await desk.customer(company_name=f"{host} {trust}"))
            telling = WebhookTelling(draining_of(desk.database), addresses=addresses, key=WEBHOOK_KEY, trust=trust)
            await drained(telling, hook["id"])
            (delivery, *_) = await deliveries(desk, hook["id"])
            assert delivery["last_error"] == expected
            assert delivery["status"] == ("pending" if expected else "sent")
            await desk.door.distributor.client.delete(f"/v1/webhooks/{hook['id']}")
    assert len(heard) == 2
