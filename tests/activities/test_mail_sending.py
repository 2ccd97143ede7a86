"""What a drain does with each answer of a mail server, on real rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from activities.delivery_orders import Drained, DrainOrder
from activities.rounds import FEWEST_TRIES
from perennial.ports import free_ports
from storage.tables import customers, partners, receivers, tellings
from storage.tellings import fall_asleep, insert_tellings, mail_receiver, pending_of, wake
from support_ledger import ACCEPTOR, Desk, mailing_to, opened_desk
from support_smtp import MailServer, mail_server

PARTNER, CUSTOMER = "billing@partner.example", "erika@acme.example"
OTHER = {"company_name": "Beta SA", "contact_email": "post@beta.example"}
WITHOUT_AGREEMENT = {
    "offering": "dv-automation",
    "inventory": [{"product": "tls-dv-single", "quantity": 5}],
}


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as opened:
        yield opened


@pytest.fixture
async def desk(database_url: str, server: MailServer) -> AsyncIterator[Desk]:
    async with opened_desk(database_url, smtp_port=server.port) as opened:
        yield opened


async def drained(desk: Desk, subscription_id: str, *, port: int | None = None, failures: int = 0) -> Drained:
    mailing = desk.mailing if port is None else mailing_to(port, desk.database)
    order = DrainOrder(receiver=mail_receiver(subscription_id), failures=failures)
    return await ActivityEnvironment().run(mailing.drain_mail, order)


async def rows(desk: Desk, subscription_id: str) -> list[Any]:
    async with desk.database.read() as connection:
        query = select(tellings).where(tellings.c.subscription_id == subscription_id).order_by(tellings.c.id)
        return list(await connection.execute(query))


async def states(desk: Desk, subscription_id: str) -> dict[tuple[str, str], str]:
    return {(row.kind, row.role): row.status for row in await rows(desk, subscription_id)}


async def is_asleep(desk: Desk, subscription_id: str) -> bool:
    async with desk.database.read() as connection:
        query = select(receivers.c.asleep).where(receivers.c.id == mail_receiver(subscription_id))
        return bool(await connection.scalar(query))


async def make_older(desk: Desk, by: timedelta, *, attempts: int | None = None) -> None:
    async with desk.database.write() as connection:
        now = datetime.now(UTC)
        tried = tellings.c.attempts > 0
        await connection.execute(update(tellings).values(created_at=now - by))
        await connection.execute(update(tellings).where(tried).values(next_try_at=now))
        if attempts is not None:
            await connection.execute(update(tellings).where(tried).values(attempts=attempts))


async def bought(desk: Desk, **changes: Any) -> str:
    found: str = (await desk.purchase(**WITHOUT_AGREEMENT, **changes))["id"]
    return found


async def test_a_mail_that_was_taken_is_sent_once_and_the_delivery_sleeps(desk: Desk, server: MailServer) -> None:
    found = await bought(desk)
    first, again = await drained(desk, found), await drained(desk, found)
    assert (first.sent, first.pending, first.asleep, first.retry_in_seconds) == (2, 0, True, None)
    assert again.sent == 0
    assert sorted(mail.to for mail in server.taken) == [PARTNER, CUSTOMER]
    assert await is_asleep(desk, found)
    assert {row.sent_at.tzinfo for row in await rows(desk, found)} == {UTC}


async def test_the_message_has_both_parts_the_subscriptions_date_and_what_filing_needs(
    desk: Desk, server: MailServer
) -> None:
    found = await bought(desk, customer_id=await desk.customer(company_name="Łódź & Söhne <AG>"))
    await drained(desk, found)
    message = server.taken[0].parsed
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Łódź & Söhne <AG>" in plain.get_content()
    assert "Łódź &amp; Söhne &lt;AG&gt;" in html.get_content()
    assert "Łódź & Söhne <AG>" in message["Subject"]
    assert message["Date"].datetime == desk.door.clock.now
    assert (message["X-Perennial-Kind"], message["X-Perennial-Subscription"]) == ("activated", found)


async def test_a_line_end_in_an_address_or_a_name_smuggles_nothing_in(desk: Desk, server: MailServer) -> None:
    found = await bought(desk)
    evil = {"company_name": "Acme\r\nBcc: evil@evil.example", "contact_email": "a@b.example\r\nBcc: evil@evil.example"}
    async with desk.database.write() as connection:
        await connection.execute(update(customers).values(**evil))
    await drained(desk, found)
    assert (await states(desk, found))["activated", "customer"] == "refused"
    assert [mail.message["X-Perennial-Kind"] for mail in server.taken] == ["activated", "mail_undelivered"]
    for mail in server.taken:
        assert mail.to == PARTNER
        assert mail.message["Bcc"] is None
        assert "Acme Bcc: evil@evil.example" in mail.message["Subject"]


async def test_a_recipient_refused_for_good_holds_nothing_up_and_its_address_is_not_kept(
    desk: Desk, server: MailServer
) -> None:
    server.recipients[CUSTOMER] = f"550 5.1.1 <{CUSTOMER}> is unknown here"
    found = await bought(desk)
    result = await drained(desk, found)
    assert (result.pending, result.asleep) == (0, True)
    told = await states(desk, found)
    assert (told["activated", "partner"], told["activated", "customer"]) == ("sent", "refused")
    errors = [row.last_error for row in await rows(desk, found) if row.last_error]
    assert errors == ["recipient refused for good: 550 5.1.1"]


async def test_an_address_refused_for_good_is_reported_to_the_partner_once(desk: Desk, server: MailServer) -> None:
    server.recipients[CUSTOMER] = f"550 5.1.1 <{CUSTOMER}> is unknown here"
    found = await bought(desk)
    await drained(desk, found)
    await drained(desk, found)
    (report,) = (mail for mail in server.taken if mail.message["X-Perennial-Kind"] == "mail_undelivered")
    plain = report.parsed.get_body(("plain",))
    assert plain is not None
    words = " ".join(plain.get_content().split())
    assert report.to == PARTNER
    assert "could not be delivered to the customer's contact" in words
    assert "recipient refused for good: 550 5.1.1" in words
    assert CUSTOMER not in words


async def test_an_acceptor_that_is_refused_is_reported_with_what_to_do(desk: Desk, server: MailServer) -> None:
    server.recipients[ACCEPTOR] = "550 5.1.1 no"
    found: str = (await desk.purchase())["id"]
    await drained(desk, found)
    plain = server.taken[0].parsed.get_body(("plain",))
    assert plain is not None
    assert server.taken[0].to == PARTNER
    assert "Please name another person to accept the agreement" in " ".join(plain.get_content().split())


async def test_a_partner_that_is_refused_is_reported_to_the_operator_and_a_report_brings_none(
    desk: Desk, server: MailServer
) -> None:
    async with desk.database.write() as connection:
        await connection.execute(
            update(partners).where(partners.c.kind == "operator").values(billing_contact_email="ops@ca.example")
        )
    server.recipients[PARTNER] = server.recipients["ops@ca.example"] = "550 5.1.1 no"
    found = await bought(desk)
    assert (await drained(desk, found)).pending == 0
    told = await states(desk, found)
    assert told["activated", "partner"] == told["mail_undelivered", "operator"] == "refused"
    assert len(told) == 3


async def test_a_message_refused_for_good_is_refused(desk: Desk, server: MailServer) -> None:
    server.mails[CUSTOMER] = "554 5.7.1 no"
    found = await bought(desk)
    await drained(desk, found)
    assert (await states(desk, found))["activated", "customer"] == "refused"


async def test_a_refusal_for_now_is_tried_again_and_holds_back_only_its_own_role(
    desk: Desk, server: MailServer
) -> None:
    server.recipients[CUSTOMER] = "451 4.7.1 later"
    found = await bought(desk)
    result = await drained(desk, found)
    assert (result.pending, result.asleep) == (1, True)
    assert result.retry_in_seconds is not None
    assert 0 < result.retry_in_seconds <= 2
    await desk.command(f"/v1/subscriptions/{found}/suspend", {})
    await drained(desk, found)
    told = await states(desk, found)
    assert (told["suspended", "partner"], told["suspended", "customer"]) == ("sent", "pending")


async def test_what_waited_goes_out_in_order_when_its_time_has_come(desk: Desk, server: MailServer) -> None:
    server.recipients[CUSTOMER] = "451 4.7.1 later"
    found = await bought(desk)
    await drained(desk, found)
    await desk.command(f"/v1/subscriptions/{found}/suspend", {})
    await drained(desk, found)
    server.recipients.clear()
    await make_older(desk, timedelta(minutes=5))
    await drained(desk, found)
    to_customer = [mail.message["X-Perennial-Kind"] for mail in server.taken if mail.to == CUSTOMER]
    assert to_customer == ["activated", "suspended"]


async def test_the_pause_grows_to_ten_minutes_and_a_mail_is_given_up_after_three_days(
    desk: Desk, server: MailServer
) -> None:
    server.recipients[CUSTOMER] = "451 4.7.1 later"
    found = await bought(desk)
    pauses: list[float] = []
    for age in (timedelta(0), timedelta(hours=5), timedelta(hours=71)):
        await make_older(desk, age)
        result = await drained(desk, found)
        assert result.pending == 1
        pauses.append(result.retry_in_seconds or 0)
    assert 0 < pauses[0] <= 2
    assert 2 < max(pauses) <= 600
    await make_older(desk, timedelta(days=3, hours=1), attempts=FEWEST_TRIES - 1)
    assert (await drained(desk, found)).pending == 0
    assert (await states(desk, found))["activated", "customer"] == "failed"


async def test_a_mail_that_waited_for_days_without_a_try_is_not_given_up_by_the_first(
    desk: Desk, server: MailServer
) -> None:
    server.recipients[CUSTOMER] = "451 4.7.1 greylisted"
    found = await bought(desk)
    await make_older(desk, timedelta(days=4))
    assert (await drained(desk, found)).pending == 1
    server.recipients.clear()
    await make_older(desk, timedelta(days=4))
    await drained(desk, found)
    assert (await states(desk, found))["activated", "customer"] == "sent"


async def test_a_server_out_of_reach_counts_as_no_try_and_does_not_hold_virtual_time_still(desk: Desk) -> None:
    found = await bought(desk)
    (nobody,) = free_ports(1)
    pauses = [(await drained(desk, found, port=nobody, failures=failures)).retry_in_seconds for failures in (0, 3, 20)]
    assert pauses == [1, 8, 600]
    assert [row.attempts for row in await rows(desk, found)] == [0, 0]
    assert {row.last_error for row in await rows(desk, found)} == {"mail server: SMTPConnectError"}
    assert not await is_asleep(desk, found)
    async with desk.database.read() as connection:
        assert await pending_of(connection, [found], untried=True) == ()
        assert len(await pending_of(connection, [found])) == 2
    assert (await drained(desk, found)).sent == 2


async def test_a_server_that_wants_a_sign_in_is_trouble_of_ours_and_no_refusal(desk: Desk, server: MailServer) -> None:
    server.recipients[CUSTOMER] = server.recipients[PARTNER] = "530 5.7.0 sign in first"
    found = await bought(desk)
    assert (await drained(desk, found)).trouble == "530 5.7.0"
    assert set((await states(desk, found)).values()) == {"pending"}


async def test_a_mail_whose_answer_got_lost_is_repeated_with_the_same_message_id(
    desk: Desk, server: MailServer
) -> None:
    server.hangs_up_after = 1
    found = await bought(desk)
    while (await drained(desk, found)).pending:
        pass
    assert len(server.taken) == 3
    assert len(set(server.message_ids)) == 2
    twice = [mail.content for mail in server.taken if server.message_ids.count(mail.message["Message-ID"]) == 2]
    assert twice[0] == twice[1]


async def test_a_connection_carries_many_mails_and_few_are_open(desk: Desk, server: MailServer) -> None:
    customer = await desk.customer()
    ids = [await bought(desk, customer_id=customer, reference_id=f"PO-{number}") for number in range(30)]
    results = await desk.drain()
    assert sum(result.sent for result in results) == 60
    assert server.sessions <= 8 * len(results)
    assert {(await states(desk, found))["activated", "customer"] for found in ids} == {"sent"}


async def test_a_telling_that_comes_while_the_delivery_falls_asleep_is_never_lost(desk: Desk) -> None:
    found = await bought(desk)
    receiver = mail_receiver(found)
    async with desk.database.write() as connection:
        assert not await fall_asleep(connection, receiver)
    await drained(desk, found)
    async with desk.database.write() as connection:
        assert await fall_asleep(connection, receiver)
        assert await wake(connection, receiver)
        assert not await wake(connection, receiver)


async def test_a_receiver_is_signalled_only_by_the_first_telling_after_it_slept(desk: Desk) -> None:
    found = await bought(desk)
    await drained(desk, found)
    (owed,) = (await pending_of_all(desk, found))[:1]
    async with desk.database.write() as connection:
        assert await insert_tellings(connection, [owed]) == (mail_receiver(found),)


async def pending_of_all(desk: Desk, subscription_id: str) -> list[Any]:
    await desk.command(f"/v1/subscriptions/{subscription_id}/suspend", {})
    async with desk.database.write() as connection:
        owed = await pending_of(connection, [subscription_id])
        await connection.execute(tellings.delete().where(tellings.c.status == "pending"))
        await connection.execute(update(receivers).values(asleep=True))
    return list(owed)
