"""Lists: newest first, a page at a time, filtered."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

from support_problems import refused_field
from support_product import Json, Seat
from support_states import pending
from support_tenants import new_partner, reseller_seat


def paged(seat: Seat, path: str, **query: str | int) -> list[list[Json]]:
    """Every page, found by following `Link`."""
    pages: list[list[Json]] = []
    address, given = path, {name: str(value) for name, value in query.items()}
    while True:
        answer = seat.http.get(address, params=given)
        body = seat.done(answer)
        pages.append(body["data"])
        link = answer.headers.get("link")
        assert (link is None) == (body["next_cursor"] is None)
        if link is None:
            return pages
        target, _, relation = link.partition("; ")
        assert relation == 'rel="next"'
        parts = urlsplit(target.strip("<>"))
        address, given = parts.path, dict(parse_qsl(parts.query))
        assert given["cursor"] == body["next_cursor"]


def ids(pages: list[list[Json]]) -> list[list[str]]:
    return [[item["id"] for item in page] for page in pages]


def test_subscriptions_transactions_and_refunds_come_page_by_page_newest_first(seat: Seat) -> None:
    customer = seat.new_customer()["id"]
    bought = [seat.bought(customer_id=customer) for _ in range(5)]
    for one in bought:
        seat.refund(one["transaction"], 1)

    newest_first = [one["id"] for one in reversed(bought)]
    assert ids(paged(seat, "/v1/subscriptions", customer_id=customer, limit=2)) == [
        newest_first[:2],
        newest_first[2:4],
        newest_first[4:],
    ]
    assert ids(paged(seat, "/v1/subscriptions", customer_id=customer, limit=5)) == [newest_first]
    purchases = paged(seat, "/v1/transactions", customer_id=customer, action="purchase", limit=3)
    assert [[item["subscription_id"] for item in page] for page in purchases] == [newest_first[:3], newest_first[3:]]
    refundable = paged(seat, "/v1/transactions", customer_id=customer, refundable="true", limit=3)
    assert ids(refundable) == ids(purchases)
    refunds = paged(seat, "/v1/refunds", customer_id=customer, limit=4)
    assert [len(page) for page in refunds] == [4, 1]
    assert refunds[0][0]["transactions"][0]["subscription_id"] == newest_first[0]


def test_customers_partners_mails_and_timelines_come_page_by_page(seat: Seat) -> None:
    first, second = (seat.new_customer(contact_name=f"Person {name}")["id"] for name in ("one", "two"))
    assert second in ids(paged(seat, "/v1/customers", limit=200))[0]
    assert ids(paged(seat, "/v1/customers", q=seat.get(f"/v1/customers/{first}")["company_name"])) == [[first]]
    new_partner(seat)
    partners = paged(seat, "/v1/partners", limit=1)
    assert [len(page) for page in partners] == [1] * len(partners)
    bought = seat.bought()
    for _ in range(2):
        seat.command(bought["id"], "suspend")
        seat.command(bought["id"], "enable")
    seat.advance(bought["id"], bought["start_date"])

    pages = paged(seat, f"/v1/subscriptions/{bought['id']}/timeline", limit=3)

    entries = [entry for page in pages for entry in page]
    assert {len(page) for page in pages[:-1]} == {3}
    assert entries == seat.timeline(bought["id"])[::-1]
    assert [entry["version"] for entry in entries if entry["version"]] == [6, 5, 4, 3, 2, 1]
    mails = [
        mail for page in paged(seat, "/v1/sandbox/mailbox", subscription_id=bought["id"], limit=4) for mail in page
    ]
    assert len(mails) == sum(entry["version"] is None for entry in entries) == 10


def test_subscriptions_are_filtered(seat: Seat, today: date) -> None:
    partner_id, reseller = reseller_seat(seat)
    customer = reseller.new_customer()["id"]
    active = seat.bought(customer_id=customer, reference_id="PO-A", renewal_mode="one_time")["id"]
    waiting = pending(seat, customer_id=customer)["id"]
    start = today + timedelta(days=10)
    scheduled = seat.bought(customer_id=customer, offering="private-pki", start_date=str(start), inventory=SEATS)["id"]

    def found(**query: str) -> list[str]:
        return [item["id"] for item in seat.get("/v1/subscriptions", customer_id=customer, **query)["data"]]

    assert found() == found(partner_id=partner_id) == [scheduled, waiting, active]
    assert found(state="active") == found(renewal_mode="one_time") == found(reference_id="PO-A") == [active]
    assert found(state="pending_eca") == found(offering="managed-tls") == [waiting]
    assert found(offering="private-pki") == [scheduled]
    assert found(ends_before="2027-11-23") == [active]
    assert found(ends_after="2027-11-23") == [scheduled]
    assert found(partner_id="ptn_0") == found(state="expired") == []


SEATS = [{"product": "device-seat", "quantity": 100}]


def test_transactions_are_filtered(seat: Seat, today: date) -> None:
    bought = seat.bought(reference_id="PO-1")
    added = seat.done(seat.add(bought["id"], "tls-dv-single", 1, reference_id="PO-2"))["transaction"]["id"]
    refund = seat.done(seat.refund(bought["transaction"], 1), 201)["transactions"][0]["id"]
    purchase = bought["transaction"]["id"]

    def found(**query: str) -> list[str]:
        return [item["id"] for item in seat.get("/v1/transactions", subscription_id=bought["id"], **query)["data"]]

    assert found() == [refund, added, purchase]
    assert (found(action="refund"), found(action="inventory_add")) == ([refund], [added])
    assert (found(reference_id="PO-2"), found(reference_id="PO-1")) == ([added], [purchase])
    assert found(refundable="true") == [added, purchase]
    day, yesterday = {"from": str(today), "to": str(today)}, {"to": str(today - timedelta(days=1))}
    assert found(**day) == [refund, added, purchase]
    assert found(**yesterday) == found(**{"from": str(today + timedelta(days=1))}) == []


def test_customers_are_listed_by_name_both_ways_page_by_page(seat: Seat) -> None:
    partner_id, reseller = reseller_seat(seat)
    names = ["b %s", "A %s", "c\u00a0%s", "Ab %s", "B\u200d %s"]
    for name in names:
        reseller.new_customer(company_name=name % partner_id)
    in_order = ["A %s", "Ab %s", "b %s", "B\u200d %s", "c\u00a0%s"]

    for viewer in (seat, reseller):
        for limit in (2, 5):
            query: dict[str, str | int] = {"managing_partner_id": partner_id, "limit": limit}
            found = [one for page in paged(viewer, "/v1/customers", sort="company_name", **query) for one in page]
            back = [one for page in paged(viewer, "/v1/customers", sort="-company_name", **query) for one in page]
            newest = [one for page in paged(viewer, "/v1/customers", sort="-created_at", **query) for one in page]

            assert back == found[::-1]
            assert {one["company_name"] for one in found} == {name % partner_id for name in names}
            assert [one["company_name"] for one in newest] == [name % partner_id for name in reversed(names)]
            plain = [one["company_name"] for one in found if one["company_name"].isprintable()]
            assert plain == [name % partner_id for name in in_order if name.isprintable()]


def test_an_order_or_a_place_that_is_none_is_refused(seat: Seat) -> None:
    seat.new_customer()
    seat.new_customer()
    newest = seat.get("/v1/customers", limit=1)["next_cursor"]
    nul = urlsafe_b64encode(json.dumps(["%00", "cus_0"]).encode()).decode()

    refused_field(seat.http.get("/v1/customers", params={"sort": "city"}), "invalid_value", "sort")
    for cursor in (newest, nul):
        answer = seat.http.get("/v1/customers", params={"sort": "company_name", "cursor": cursor})
        refused_field(answer, "invalid_cursor", "cursor")


def test_customers_are_filtered_by_who_manages_them(seat: Seat) -> None:
    partner_id, reseller = reseller_seat(seat)
    customer = reseller.new_customer()["id"]

    assert ids(paged(seat, "/v1/customers", managing_partner_id=partner_id)) == [[customer]]
