"""Who sees which mails of the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support_door import problem_code
from support_ledger import Desk, opened_desk


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def test_a_mail_shows_whom_it_went_to_when_and_what_it_said(desk: Desk) -> None:
    bought = await desk.purchase()
    (mail,) = await desk.mails()
    assert mail["subscription_id"] == bought["id"]
    about = {"subscription_id", "invoice_id"}
    assert set(mail) == {"id", "message_id", "to", "kind", "subject", "text", "sent_at", *about}
    assert mail["invoice_id"] is None


async def test_the_newest_comes_first_a_page_at_a_time(desk: Desk) -> None:
    await desk.purchase(offering="dv-automation", inventory=[{"product": "tls-dv-single", "quantity": 1}])
    everything = await desk.mails()
    first = (await desk.door.distributor.get("/v1/sandbox/mailbox?limit=1")).json()
    rest = (await desk.door.distributor.get(f"/v1/sandbox/mailbox?limit=1&cursor={first['next_cursor']}")).json()
    assert [first["data"][0]["id"], rest["data"][0]["id"]] == [mail["id"] for mail in everything[::-1]]
    assert rest["next_cursor"] is None


async def test_a_partner_sees_the_mails_of_its_customers_only(desk: Desk) -> None:
    await desk.purchase()
    assert len(await desk.mails()) == 1
    other = await desk.door.seated("distributor", name="Another")
    reseller = await desk.door.reseller()
    for seat, count in ((other, 0), (reseller, 0), (desk.door.operator, 1)):
        answer = await seat.get("/v1/sandbox/mailbox")
        assert len(answer.json()["data"]) == count


async def test_it_needs_the_scope_write_and_knows_its_parameters(desk: Desk) -> None:
    reader = await desk.door.with_key(desk.door.distributor.partner, ("read",))
    assert problem_code(await reader.get("/v1/sandbox/mailbox"), 403) == "missing_scope"
    assert problem_code(await desk.door.distributor.get("/v1/sandbox/mailbox?x=1"), 422) == "unknown_parameter"


async def test_production_has_no_mailbox(database_url: str) -> None:
    async with opened_desk(database_url, sandbox=False) as desk:
        assert problem_code(await desk.door.distributor.get("/v1/sandbox/mailbox"), 404) == "not_found"
