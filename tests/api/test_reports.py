"""The three reports as JSON: what a row says, pages, totals over all of them, days, and who sees what."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from support_door import problem_code
from support_ledger import Desk, opened_desk
from support_reports import DV, bought, costs, csv_rows, refunded, report, report_pages

REPORTS = ("subscriptions", "transactions", "usage")


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def test_a_transaction_says_who_bought_what_for_how_much_and_when(desk: Desk) -> None:
    one = await bought(
        desk,
        "Acme",
        inventory=[{"product": DV, "quantity": 5}, {"product": "tls-dv-wildcard", "quantity": 2}],
        reference_id="PO-1",
    )

    found = await report(desk.door.distributor, "transactions")

    (row,) = found["data"]
    posted = one["transaction"]
    assert row == {
        "customer": "Acme",
        "customer_id": one["customer_id"],
        "reseller": None,
        "reseller_id": None,
        "subscription_id": one["id"],
        "term_number": 1,
        "products": [
            {"product": DV, "quantity": 5, "cost": {"amount": 5 * 6900, "currency": "USD"}},
            {"product": "tls-dv-wildcard", "quantity": 2, "cost": {"amount": 2 * 16900, "currency": "USD"}},
        ],
        "transaction_id": posted["id"],
        "action": "purchase",
        "date": "2026-11-22",
        "occurred_at": posted["occurred_at"],
        "total_quantity": 7,
        "cost": posted["amount"],
        "user": posted["actor"],
        "reference_id": "PO-1",
        "refunds_transaction_id": None,
        "invoice": None,
        "invoice_id": None,
    }
    assert found["next_cursor"] is None


async def test_a_refund_is_a_row_of_its_own_and_totals_tell_charges_from_refunds(desk: Desk) -> None:
    one = await bought(desk, "Acme")
    back = await refunded(desk, one["transaction"], 2)

    found = await report(desk.door.distributor, "transactions")

    refund, charge = found["data"]
    assert (refund["transaction_id"], refund["action"]) == (back["id"], "refund")
    assert refund["refunds_transaction_id"] == charge["transaction_id"] == one["transaction"]["id"]
    assert refund["cost"]["amount"] == -2 * 6900
    assert found["totals"] == [
        {
            "currency": "USD",
            "count": 2,
            "charged": {"amount": 5 * 6900, "currency": "USD"},
            "refunded": {"amount": -2 * 6900, "currency": "USD"},
            "cost": {"amount": 3 * 6900, "currency": "USD"},
        }
    ]


async def test_a_subscription_says_what_it_holds_and_what_its_term_cost_refunds_taken_off(desk: Desk) -> None:
    one = await bought(desk, "Acme", reference_id="PO-2")
    added = await desk.command(f"/v1/subscriptions/{one['id']}/inventory", {"add": [{"product": DV, "quantity": 3}]})
    await refunded(desk, added["transaction"], 1)
    waiting = await desk.purchase(customer_id=await desk.customer(company_name="Waiting"))

    found = await report(desk.door.distributor, "subscriptions")

    pending, active = found["data"]
    assert (pending["subscription_id"], pending["state"], pending["cost"]["amount"]) == (
        waiting["id"],
        "pending_eca",
        0,
    )
    assert active == {
        "customer": "Acme",
        "customer_id": one["customer_id"],
        "subscription_id": one["id"],
        "reseller": None,
        "reseller_id": None,
        "offering": "dv-automation",
        "clm_tier": "professional",
        "products": [{"product": DV, "quantity": 7}],
        "state": "active",
        "renewal_mode": "auto",
        "term_number": 1,
        "start_date": "2026-11-22",
        "end_date": "2027-11-22",
        "reference_id": "PO-2",
        "cost": {"amount": 7 * 6900, "currency": "USD"},
    }
    assert found["totals"] == [{"currency": "USD", "count": 2, "cost": active["cost"]}]


async def test_the_cost_is_that_of_the_present_term(desk: Desk) -> None:
    one = await bought(desk, "Acme")
    await desk.command(f"/v1/subscriptions/{one['id']}/inventory", {"add": [{"product": DV, "quantity": 3}]})
    await desk.go_on(one["id"], datetime(2027, 11, 22, 1, tzinfo=UTC))

    (row,) = (await report(desk.door.distributor, "subscriptions"))["data"]

    assert (row["term_number"], row["cost"]["amount"]) == (2, 8 * 6900)


async def test_usage_says_what_is_held_and_nothing_of_what_nobody_reported(desk: Desk) -> None:
    inventory = [{"product": "tls-dv-wildcard", "quantity": 2}, {"product": DV, "quantity": 5}]
    one = await bought(desk, "Acme", inventory=inventory)
    await bought(desk, "Beta")
    await desk.purchase(customer_id=await desk.customer(company_name="Waiting"))

    found = await report(desk.door.distributor, "usage")

    unknown = {"in_use": None, "available": None, "overage": None}
    assert [(row["customer"], row["product"], row["inventory"]) for row in found["data"]] == [
        ("Beta", DV, 5),
        ("Acme", DV, 5),
        ("Acme", "tls-dv-wildcard", 2),
    ]
    assert found["data"][1] == {
        "customer": "Acme",
        "customer_id": one["customer_id"],
        "subscription_id": one["id"],
        "product": DV,
        "inventory": 5,
        **unknown,
    }
    assert found["totals"] == [
        {"product": DV, "inventory": 10, **unknown},
        {"product": "tls-dv-wildcard", "inventory": 2, **unknown},
    ]


async def test_an_overage_of_one_is_not_hidden_behind_what_another_one_has_left(desk: Desk) -> None:
    for company, in_use in (("Acme", 7), ("Beta", 1), ("Silent", None)):
        one = await bought(desk, company)
        if in_use is not None:
            path = f"/v1/subscriptions/{one['id']}/usage"
            answer = await desk.door.distributor.client.put(path, json={"product": DV, "in_use": in_use})
            assert answer.status_code == 200, answer.text

    found = await report(desk.door.distributor, "usage")

    assert [(row["in_use"], row["available"], row["overage"]) for row in found["data"]] == [
        (None, None, None),
        (1, 4, 0),
        (7, 0, 2),
    ]
    assert found["totals"] == [{"product": DV, "inventory": 15, "in_use": 8, "available": 4, "overage": 2}]
    files = await csv_rows(desk.door.distributor, "usage")
    assert [(row["in_use"], row["available"], row["overage"]) for row in files] == [
        ("", "", ""),
        ("1", "4", "0"),
        ("7", "0", "2"),
    ]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_hold_every_row_once_and_each_the_totals_of_all(desk: Desk, name: str, limit: int) -> None:
    for company in ("Acme", "Beta", "Gamma"):
        inventory = [{"product": DV, "quantity": 5}, {"product": "tls-dv-wildcard", "quantity": 1}]
        one = await bought(desk, company, inventory=inventory)
        await refunded(desk, one["transaction"], 1)

    whole = await report(desk.door.distributor, name)
    pages = await report_pages(desk.door.distributor, name, limit)

    assert [row for page in pages for row in page["data"]] == whole["data"]
    assert all(len(page["data"]) == limit for page in pages[:-1])
    assert all(page["totals"] == whole["totals"] for page in pages)
    assert len(whole["data"]) == {"subscriptions": 3, "transactions": 6, "usage": 6}[name]
    if name != "usage":
        assert costs(whole["data"]) == {total["currency"]: total["cost"]["amount"] for total in whole["totals"]}


@pytest.mark.parametrize("name", REPORTS)
async def test_totals_are_those_of_the_moment_when_the_first_page_was_read(desk: Desk, name: str) -> None:
    await bought(desk, "Acme")
    await bought(desk, "Beta")
    first = await report(desk.door.distributor, name, limit=1)
    await bought(desk, "Gamma")

    second = await report(desk.door.distributor, name, limit=1, cursor=first["next_cursor"])

    assert second["totals"] == first["totals"]
    assert (await report(desk.door.distributor, name, limit=1))["totals"] != first["totals"]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    "carried",
    [None, {}, "USD", [None], [[]], [["USD"]], [["USD", 1, 2, 3, 4, 5]], [[{"amount": 1}] * 5], [["\ud800", *[1] * 4]]],
)
async def test_a_cursor_whose_totals_were_not_given_out_is_refused(desk: Desk, name: str, carried: object) -> None:
    keys = ["sub_0", "dv"] if name == "usage" else ["txn_0"]
    for members in (keys, [*keys, carried], [*keys, carried, carried]):
        cursor = urlsafe_b64encode(json.dumps(members).encode()).decode()
        answer = await desk.door.distributor.get(f"/v1/reports/{name}", params={"cursor": cursor})
        assert problem_code(answer, 422) == "invalid_cursor"


async def test_a_cursor_may_be_nested_however_deep(desk: Desk) -> None:
    cursor = urlsafe_b64encode(b"[" * 30_000).decode()
    for path in ("/v1/reports/usage", "/v1/customers"):
        answer = await desk.door.distributor.get(path, params={"cursor": cursor})
        assert problem_code(answer, 422) == "invalid_cursor"


async def test_days_are_inclusive_and_choose_by_when_it_occurred(desk: Desk) -> None:
    first = await bought(desk, "Acme")
    desk.door.clock.go_on(timedelta(days=1))
    second = await bought(desk, "Beta")

    async def told(name: str, **days: str) -> list[str]:
        return [row["subscription_id"] for row in (await report(desk.door.distributor, name, **days))["data"]]

    for name in REPORTS:
        assert await told(name, **{"from": "2026-11-22", "to": "2026-11-22"}) == [first["id"]]
        assert await told(name, **{"from": "2026-11-23"}) == [second["id"]]
        assert await told(name, to="2026-11-23") == [second["id"], first["id"]]
        assert await told(name, **{"from": "2026-11-24"}) == []
        assert (await report(desk.door.distributor, name, **{"from": "2026-11-24"}))["totals"] == []


async def test_a_report_is_of_one_customer_if_one_is_named(desk: Desk) -> None:
    await bought(desk, "Acme")
    one = await bought(desk, "Beta")
    for name in REPORTS:
        found = await report(desk.door.distributor, name, customer_id=one["customer_id"])
        assert [row["customer"] for row in found["data"]] == ["Beta"]
        assert (await report(desk.door.distributor, name, customer_id="cus_0"))["data"] == []


async def test_each_partner_gets_what_it_may_see_and_no_name_that_it_may_not(desk: Desk) -> None:
    north, south = await desk.door.reseller(name="North"), await desk.door.reseller(name="South")
    stranger = await desk.door.seated("distributor", name="Another")
    one = await bought(desk, "Acme")
    customer = f"/v1/customers/{one['customer_id']}"
    await desk.command(customer, {"managing_partner_id": north.partner.id}, method="PATCH")
    added = {"add": [{"product": DV, "quantity": 1}]}
    await desk.command(f"/v1/subscriptions/{one['id']}/inventory", added)
    await desk.command(customer, {"managing_partner_id": south.partner.id}, method="PATCH")

    for name in REPORTS:
        for who, count in ((desk.door.distributor, 1), (desk.door.operator, 1), (south, 1), (north, 0), (stranger, 0)):
            found = await report(who, name)
            assert bool(found["data"]) is bool(found["totals"]) is bool(count), (name, who.partner.name)
    for who, names in ((desk.door.distributor, ["North", None]), (south, [None, None])):
        assert [row["reseller"] for row in (await report(who, "transactions"))["data"]] == names
        assert [row["reseller"] for row in (await report(who, "subscriptions"))["data"]] == ["South"]


async def test_reports_need_a_key_that_reads(desk: Desk) -> None:
    writer = await desk.door.with_key(desk.door.distributor.partner, ("write",))
    for name in REPORTS:
        assert problem_code(await writer.get(f"/v1/reports/{name}"), 403) == "missing_scope"
        assert problem_code(await desk.door.client().get(f"/v1/reports/{name}"), 401) == "unauthenticated"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "limit_out_of_range"),
        ("from=2026-13-01", "invalid_date"),
        ("to=soon", "invalid_date"),
        ("cursor=x", "invalid_cursor"),
        ("state=active", "unknown_parameter"),
    ],
)
async def test_what_a_report_does_not_understand_is_told(desk: Desk, query: str, code: str) -> None:
    for name in REPORTS:
        assert problem_code(await desk.door.distributor.get(f"/v1/reports/{name}?{query}"), 422) == code


async def test_a_form_that_reports_do_not_have_is_not_acceptable(desk: Desk) -> None:
    for name in REPORTS:
        answer = await desk.door.distributor.get(f"/v1/reports/{name}", headers={"Accept": "application/pdf"})
        assert problem_code(answer, 406) == "not_acceptable"


async def test_a_report_that_does_not_exist_is_not_found(desk: Desk) -> None:
    assert problem_code(await desk.door.distributor.get("/v1/reports/customers"), 404) == "not_found"


async def test_a_report_ties_to_the_invoices_to_the_cent(desk: Desk) -> None:
    for company, quantity in (("Acme", 5), ("Beta", 7), ("Gamma", 11)):
        one = await bought(desk, company, inventory=[{"product": DV, "quantity": quantity}])
        desk.door.clock.go_on(timedelta(days=13))
        add = {"add": [{"product": DV, "quantity": 3}, {"product": "tls-dv-wildcard", "quantity": 1}]}
        added = await desk.command(f"/v1/subscriptions/{one['id']}/inventory", add)
        await refunded(desk, added["transaction"], 2)
    documents = [document for month in ("2026-11", "2026-12") for document in await desk.invoiced(month)]
    seen = {document["id"]: document for document in documents}

    for document in seen.values():
        days = {"from": document["period_start"], "to": document["period_end"]}
        rows = (await report(desk.door.distributor, "transactions", limit=200))["data"]
        mine = [row for row in rows if row["invoice"] == document["number"]]
        within = (await report(desk.door.distributor, "transactions", **_last_day(days)))["totals"]
        assert sum(row["cost"]["amount"] for row in mine) == document["subtotal"]["amount"]
        assert within[0]["cost"] == document["subtotal"]
        lines = sorted((line["transaction_id"], line["amount"]["amount"]) for line in document["lines"])
        assert lines == sorted(
            (row["transaction_id"], product["cost"]["amount"]) for row in mine for product in row["products"]
        )
    whole = await report(desk.door.distributor, "transactions", limit=200)
    assert len(seen) == 2
    assert all(row["invoice"] is not None for row in whole["data"])
    assert sum(document["subtotal"]["amount"] for document in seen.values()) == whole["totals"][0]["cost"]["amount"]


async def test_a_reseller_is_not_told_its_distributor_s_invoices(desk: Desk) -> None:
    reseller = await desk.door.reseller()
    one = await bought(desk, "Acme")
    patch = {"managing_partner_id": reseller.partner.id}
    await desk.command(f"/v1/customers/{one['customer_id']}", patch, method="PATCH")
    (document,) = await desk.invoiced("2026-11")

    (own,) = (await report(desk.door.distributor, "transactions"))["data"]
    (its,) = (await report(reseller, "transactions"))["data"]

    assert (own["invoice"], own["invoice_id"]) == (document["number"], document["id"])
    assert (its["invoice"], its["invoice_id"]) == (None, None)


def _last_day(days: dict[str, str]) -> dict[str, str]:
    end = datetime.fromisoformat(days["to"]) - timedelta(days=1)
    return {**days, "to": end.date().isoformat()}
