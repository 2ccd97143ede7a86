"""What a partner sees of its invoices, on the engine: the worked example of the rules, credit, tax, payment, mail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from lifecycle.months import Month
from support_product import Json, Running, Seat
from support_states import ACCEPTOR, accepted, today_of
from support_tenants import new_partner, seat_of
from support_waiting import eventually

OV = "tls-ov-single"
TEN = {
    "clm_tier": "essentials",
    "inventory": [{"product": OV, "quantity": 10}],
    "eca_acceptor_email": ACCEPTOR,
    "start_date": "2027-01-10",
}


@pytest.fixture
def account(running: Running, operator: Seat) -> Seat:
    """A distributor that has no documents yet."""
    return new_account(running, operator)


def new_account(running: Running, operator: Seat, **changes: object) -> Seat:
    return seat_of(running, new_partner(operator, billing_contact_email="bills@account.example", **changes)["id"])


def invoiced(seat: Seat, month: str) -> list[Json]:
    """The account's documents of a month, once its run is through."""
    answer = seat.done(seat.http.post("/v1/sandbox/invoice-runs", json={"month": month}))
    found: list[Json] = seat.get("/v1/invoices", month=month)["data"]
    assert answer == {"month": month, "documents": len(found)}
    return found


def sums(invoice: Json) -> list[int]:
    return [invoice[name]["amount"] for name in ("subtotal", "tax", "carried_credit", "total")]


def test_the_worked_example_a_b_and_m(account: Seat) -> None:
    bought = accepted(account, **TEN)
    account.advance(bought["id"], "2027-04-20")
    added = account.done(account.add(bought["id"], OV, 2))["transaction"]
    account.advance(bought["id"], "2027-05-05")
    account.done(account.refund(added, 1), 201)

    (january,), february = invoiced(account, "2027-01"), invoiced(account, "2027-02")
    (april,), (may,) = invoiced(account, "2027-04"), invoiced(account, "2027-05")

    assert (january["kind"], sums(january)) == ("invoice", [129_000, 0, 0, 129_000])
    assert january["number"].startswith("INV-2027-")
    assert (january["period_start"], january["period_end"]) == ("2027-01-01", "2027-02-01")
    assert january["due_date"] == "2027-03-03"
    assert february == []
    assert (april["kind"], sums(april)) == ("invoice", [18_732, 0, 0, 18_732])
    assert "2 x 129.00 x 265/365 = 187.31506…, rounded half-up to 187.32 USD" in april["lines"][0]["text"]
    assert (may["kind"], sums(may)) == ("credit_note", [-9_366, 0, 0, -9_366])
    assert may["number"].startswith("CN-2027-")
    (refund,) = may["lines"]
    assert (refund["refunds_transaction_id"], refund["refunds_number"]) == (added["id"], april["number"])
    assert refund["text"].startswith(f"Refund of {added['id']} on {april['number']}: 1 of 2 x {OV}")
    assert account.get(f"/v1/transactions/{added['id']}")["invoice_id"] == april["id"]


def test_the_credit_is_carried_into_june_to_the_cent(account: Seat) -> None:
    bought = accepted(account, **TEN)
    account.advance(bought["id"], "2027-04-20")
    added = account.done(account.add(bought["id"], OV, 2))["transaction"]
    account.advance(bought["id"], "2027-05-05")
    account.done(account.refund(added, 1), 201)
    for month in ("2027-01", "2027-04", "2027-05"):
        invoiced(account, month)
    assert sums(account.get("/v1/invoices/upcoming")) == [0, 0, -9_366, -9_366]

    account.advance(bought["id"], "2027-06-10")
    account.done(account.add(bought["id"], OV, 1))
    (june,) = invoiced(account, "2027-06")

    charge = june["lines"][0]["amount"]["amount"]
    assert sums(june) == [charge, 0, -9_366, charge - 9_366]
    assert sums(account.get("/v1/invoices/upcoming"))[2] == min(0, charge - 9_366)


def test_a_run_is_repeated_without_effect_and_a_late_posting_goes_on_the_next_document(account: Seat) -> None:
    bought = accepted(account, **TEN)
    account.advance(bought["id"], "2027-01-20")
    first = invoiced(account, "2027-01")
    late = account.done(account.add(bought["id"], OV, 1))["transaction"]

    again, (february,) = invoiced(account, "2027-01"), invoiced(account, "2027-02")

    assert [document["id"] for document in again] == [document["id"] for document in first]
    (line,) = february["lines"]
    assert (line["transaction_id"], line["occurred_at"][:10]) == (late["id"], "2027-01-20")


def test_tax_is_that_of_the_account_and_credit_is_given_with_it(running: Running, operator: Seat) -> None:
    account = new_account(running, operator, tax_rate_bp=1_900)
    bought = accepted(account, **TEN)
    account.advance(bought["id"], "2027-01-12")
    (january,) = invoiced(account, "2027-01")
    account.done(account.refund(account.transactions(bought["id"])[0], 10), 201)
    (february,) = invoiced(account, "2027-02")

    assert (january["tax_rate_bp"], january["tax_note"]) == (1_900, None)
    assert sums(january) == [129_000, 24_510, 0, 153_510]
    assert sums(february) == [-129_000, -24_510, 0, -153_510]


def test_a_document_is_mailed_to_the_billing_contact_and_then_paid(account: Seat) -> None:
    accepted_id = accepted(account, **TEN)["id"]
    account.advance(accepted_id, "2027-01-12")
    (january,) = invoiced(account, "2027-01")

    eventually(lambda: account.get(f"/v1/invoices/{january['id']}")["status"] == "emailed")
    (mail,) = account.get("/v1/sandbox/mailbox", invoice_id=january["id"])["data"]
    paid = account.done(account.post(f"/v1/invoices/{january['id']}/paid"))

    assert (mail["kind"], mail["to"], mail["subscription_id"]) == ("invoice", "bills@account.example", None)
    assert mail["sent_at"] == "2027-02-01T02:00:00Z"
    for words in (january["number"], "1,290.00 USD", "3 March 2027", "1 January 2027 to 31 January 2027"):
        assert words in " ".join(mail["text"].split())
    assert paid["status"] == "paid"
    assert account.get(f"/v1/invoices/{january['id']}") == paid


def test_the_next_invoice_foresees_the_renewals_before_it_is_made(account: Seat) -> None:
    bought = account.bought(start_date="2026-06-15")
    invoiced(account, "2026-11")
    assert account.get("/v1/invoices/upcoming")["lines"] == []

    account.advance(bought["id"], "2027-06-10")
    foreseen = account.get("/v1/invoices/upcoming")
    account.advance(bought["id"], "2027-06-16")
    posted = account.get("/v1/invoices/upcoming")
    (june,) = invoiced(account, "2027-06")

    (line,) = foreseen["lines"]
    assert (line["action"], line["transaction_id"], line["occurred_at"]) == ("renewal", None, "2027-06-15T00:00:00Z")
    (now,) = posted["lines"]
    assert now["transaction_id"] is not None
    assert sums(foreseen) == sums(posted) == sums(june)
    assert line["text"] == now["text"] == june["lines"][0]["text"]


def test_runs_of_one_month_at_once_make_its_document_once(account: Seat) -> None:
    bought = accepted(account, **TEN)
    account.advance(bought["id"], "2027-01-12")

    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(lambda month: invoiced(account, month), ["2027-01"] * 4))

    assert {tuple(document["id"] for document in answer) for answer in answers} == {(answers[0][0]["id"],)}
    eventually(lambda: account.get(f"/v1/invoices/{answers[0][0]['id']}")["status"] == "emailed")
    assert len(account.get("/v1/sandbox/mailbox", invoice_id=answers[0][0]["id"])["data"]) == 1


def test_a_credit_note_is_mailed_and_asks_for_no_money(account: Seat) -> None:
    bought = account.bought()
    month = Month.of(today_of(account))
    (charge,) = invoiced(account, str(month))
    account.done(account.refund(bought["transaction"], 5), 201)
    (note,) = invoiced(account, str(month.following()))

    eventually(lambda: account.get(f"/v1/invoices/{note['id']}")["status"] == "emailed")
    (mail,) = account.get("/v1/sandbox/mailbox", invoice_id=note["id"])["data"]
    refused = account.post(f"/v1/invoices/{note['id']}/paid")

    assert (note["kind"], note["total"]["amount"]) == ("credit_note", -charge["total"]["amount"])
    assert note["lines"][0]["refunds_number"] == charge["number"]
    assert (mail["kind"], mail["to"]) == ("credit_note", "bills@account.example")
    assert "Nothing is to be paid" in mail["text"]
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_pay")


def test_a_document_says_of_each_line_what_its_transaction_says(account: Seat) -> None:
    bought = accepted(account, **TEN)
    account.advance(bought["id"], "2027-01-20")
    added = account.done(account.add(bought["id"], OV, 3))["transaction"]
    account.done(account.refund(added, 2), 201)
    (january,) = invoiced(account, "2027-01")

    said = {line["transaction_line_id"]: line["text"] for line in january["lines"]}
    posted = [account.get(f"/v1/transactions/{item['id']}") for item in account.transactions(bought["id"])]
    lines = [line for transaction in posted for line in transaction["lines"]]
    assert len(lines) == len(said) == 3
    assert [line["id"] for line in lines if line["explanation"] not in said[line["id"]]] == []
    assert sum(line["amount"]["amount"] for line in lines) == january["subtotal"]["amount"]


def test_a_transaction_tells_in_words_how_it_came_about(account: Seat) -> None:
    bought = account.bought()
    account.done(account.refund(bought["transaction"], 2), 201)
    account.done(account.refund(bought["transaction"], 1), 201)
    charge, first, second = (
        account.get(f"/v1/transactions/{item['id']}") for item in account.transactions(bought["id"])
    )

    assert charge["explanation"].startswith("Purchase, term 1. 5 x tls-dv-single (professional) at 69.00 USD")
    assert charge["explanation"].endswith("5 x 69.00 = 345.00 USD.")
    assert "given back: 345.00 x 2/5 = 138.00 USD." in first["explanation"]
    assert second["explanation"].endswith(
        "345.00 x 3/5 = 207.00 USD for the 3 given back so far, less 138.00 given back before = 69.00 USD."
    )
    assert [line["explanation"] in second["explanation"] for line in second["lines"]] == [True]
