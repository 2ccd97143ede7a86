"""What the log of mails says, and to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support_door import problem_code
from support_ledger import Desk, opened_desk

IMMEDIATE = {"offering": "dv-automation", "inventory": [{"product": "tls-dv-single", "quantity": 1}]}


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def test_a_mail_is_logged_with_what_became_of_it_and_without_an_address(desk: Desk) -> None:
    bought = await desk.purchase()
    await desk.mails()
    (logged,) = (await desk.door.distributor.get("/v1/mails")).json()["data"]
    assert logged["subscription_id"] == bought["id"]
    assert (logged["kind"], logged["receiver"], logged["status"]) == ("eca_request", "acceptor", "sent")
    assert logged["sent_at"] is not None
    assert "@" not in str(logged)


async def test_the_newest_comes_first_a_page_at_a_time(desk: Desk) -> None:
    await desk.purchase(**IMMEDIATE)
    everything = (await desk.door.distributor.get("/v1/mails")).json()["data"]
    ids = [mail["id"] for mail in everything]
    assert ids == sorted(ids, reverse=True)
    first = (await desk.door.distributor.get("/v1/mails?limit=1")).json()
    rest = (await desk.door.distributor.get(f"/v1/mails?limit=1&cursor={first['next_cursor']}")).json()
    assert [first["data"][0]["id"], rest["data"][0]["id"]] == ids
    assert rest["next_cursor"] is None


async def test_it_is_narrowed_by_subject_kind_receiver_and_status(desk: Desk) -> None:
    asked = await desk.purchase()
    begun = await desk.purchase(**IMMEDIATE, customer_id=await desk.customer(company_name="Another GmbH"))
    counts = {
        f"subscription_id={begun['id']}": 2,
        f"subscription_id={asked['id']}": 1,
        "kind=activated": 2,
        "receiver=acceptor": 1,
        "receiver=customer&kind=activated": 1,
        "status=refused": 0,
        "invoice_id=inv_0": 0,
    }
    for query, count in counts.items():
        found = (await desk.door.distributor.get(f"/v1/mails?{query}")).json()["data"]
        assert len(found) == count, query


async def test_what_is_asked_for_in_other_words_is_refused(desk: Desk) -> None:
    for query in ("receiver=anyone", "status=lost"):
        assert problem_code(await desk.door.distributor.get(f"/v1/mails?{query}"), 422) == "invalid_value"
    assert problem_code(await desk.door.distributor.get("/v1/mails?to=x"), 422) == "unknown_parameter"


async def test_a_partner_sees_the_mails_of_its_customers_only(desk: Desk) -> None:
    await desk.purchase()
    other = await desk.door.seated("distributor", name="Another")
    reseller = await desk.door.reseller()
    for seat, count in ((other, 0), (reseller, 0), (desk.door.distributor, 1), (desk.door.operator, 1)):
        assert len((await seat.get("/v1/mails")).json()["data"]) == count


async def test_what_webhooks_are_told_is_no_mail(desk: Desk) -> None:
    assert (await desk.door.distributor.post("/v1/webhooks", {"url": "https://203.0.114.7/"})).status_code == 201
    await desk.purchase(**IMMEDIATE)
    logged = (await desk.door.distributor.get("/v1/mails")).json()["data"]
    assert {mail["receiver"] for mail in logged} == {"partner", "customer"}


async def test_production_has_it_too(database_url: str) -> None:
    async with opened_desk(database_url, sandbox=False) as desk:
        assert (await desk.door.distributor.get("/v1/mails")).json() == {"data": [], "next_cursor": None}
