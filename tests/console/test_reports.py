from __future__ import annotations

import uuid
from typing import Literal

import pytest

from lifecycle.wording import money_in_words
from support_browser import At, Way
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console money")

Ending = Literal["CSV", "XLSX"]
MEDIA_TYPES: dict[Ending, str] = {
    "CSV": "text/csv",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pytest.mark.parametrize("name", ["subscriptions", "transactions", "usage"])
@pytest.mark.parametrize("ending", ["CSV", "XLSX"])
def test_a_report_is_saved_as_the_api_writes_it(at_console: At, seat: Seat, name: str, ending: Ending) -> None:
    bought = seat.bought(reference_id="=1+1")
    with at_console(as_="sales") as hand:
        hand.open(f"/console/reports/{name}?customer_id={bought['customer_id']}")
        with hand.page.expect_download() as saved:
            hand.follow(ending)
        assert saved.value.suggested_filename == f"{name}.{ending.lower()}"
        content = saved.value.path().read_bytes()
    query = {"customer_id": bought["customer_id"]}
    theirs = seat.http.get(f"/v1/reports/{name}", params=query, headers={"Accept": MEDIA_TYPES[ending]}).content
    assert content == theirs if ending == "CSV" else content[:2] == theirs[:2] == b"PK"
    assert ending == "XLSX" or bought["id"].encode() in content


def test_a_report_is_narrowed_by_customer_and_days_and_says_what_all_comes_to(
    at_console: At, seat: Seat, way: Way
) -> None:
    company = f"Berg & Söhne {uuid.uuid4().hex}"
    customer = seat.new_customer(company_name=company)
    bought = seat.bought(customer_id=customer["id"])
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 2}
    seat.done(seat.post("/v1/refunds", {"lines": [line]}), 201)
    day = bought["transaction"]["occurred_at"][:10]
    with at_console(way) as hand:
        hand.open("/console/reports/transactions")
        hand.fill("Customer", company)
        hand.fill("From", day)
        hand.fill("To", day)
        hand.press("Filter")
        hand.page.wait_for_url(f"**/*to={day}*")
        hand.page.locator("#results tbody tr").nth(2).wait_for(state="detached")
        query = {"customer_id": customer["id"], "from": day, "to": day}
        (total,) = seat.get("/v1/reports/transactions", **query)["totals"]
        for sum_ in ("charged", "refunded", "cost"):
            hand.sees(money_in_words(total[sum_]["amount"], "USD"))
        assert hand.page.locator("#results tbody tr").count() == total["count"] == 2


def test_a_name_that_fits_several_customers_is_asked_about(at_console: At, seat: Seat, way: Way) -> None:
    shared = uuid.uuid4().hex
    first, _ = (seat.new_customer(company_name=f"{name} {shared}") for name in ("Nord", "Süd"))
    bought = seat.bought(customer_id=first["id"])
    with at_console(way) as hand:
        hand.open("/console/reports/usage")
        hand.fill("Customer", shared)
        hand.press("Filter")
        hand.sees("Which customer?")
        hand.follow(first["company_name"])
        hand.sees(bought["id"])
        assert hand.page.locator("#results [data-label=Subscription]").count() == 1
