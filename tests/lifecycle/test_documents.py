"""The transactions of an account and month become a document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from lifecycle.charges import Action, PostedLine, PostedTransaction
from lifecycle.explain import GivenBack
from lifecycle.invoices import Billable, Document, DocumentKind, Taxation, document_number, document_of
from lifecycle.months import Month

MAY = Month.parse("2027-05")
UNTAXED = Taxation(rate_bp=0, note="reverse_charge")
AT = datetime(2027, 5, 5, 9, tzinfo=UTC)


def transaction(name: str, amount: int, **changes: object) -> PostedTransaction:
    """A transaction of one line that costs so much."""
    line = PostedLine(
        id=f"txl_{name}",
        transaction_id=f"txn_{name}",
        subscription_id="sub_1",
        action=Action.PURCHASE if amount >= 0 else Action.REFUND,
        term_number=1,
        currency="USD",
        posted_at=AT,
        product="tls-ov-single",
        clm_tier="essentials",
        quantity=1,
        unit_price=abs(amount),
        period_start=date(2027, 5, 5),
        period_end=date(2028, 5, 5),
        remaining_days=366,
        total_days=366,
        amount=amount,
    )
    posted = PostedTransaction(
        id=line.transaction_id,
        action=line.action,
        occurred_at=AT,
        posted_at=AT,
        customer_id="cus_1",
        account_id="ptn_1",
        reseller_id=None,
        subscription_id="sub_1",
        term_number=1,
        reference_id=None,
        actor="key_1",
        currency="USD",
        lines=(line,),
    )
    return replace(posted, **changes)  # type: ignore[arg-type]


def refund_of(charge: PostedTransaction, name: str, *, document: str | None) -> Billable:
    """A refund of all of a charge, with what it gives back."""
    (original,) = charge.lines
    posted = transaction(name, -original.amount, refunds_transaction_id=charge.id)
    back = GivenBack(original=original, earlier_quantity=0, earlier_amount=0, document=document)
    return Billable(transaction=posted, given_back={posted.lines[0].id: back})


def document(
    *billables: Billable, taxation: Taxation = UNTAXED, previous_total: int = 0, today: date = MAY.end
) -> Document:
    return document_of(
        billables,
        account_id="ptn_1",
        currency="USD",
        taxation=taxation,
        month=MAY,
        previous_total=previous_total,
        today=today,
    )


def charged(*amounts: int) -> list[Billable]:
    """Charges, and refunds of earlier charges where an amount is below zero."""
    return [
        Billable(transaction=transaction(str(index), amount))
        if amount >= 0
        else refund_of(transaction(f"before {index}", -amount), str(index), document="INV-2027-000001")
        for index, amount in enumerate(amounts)
    ]


def test_a_document_adds_up_and_is_due_thirty_days_after_its_issue() -> None:
    found = document(*charged(129_000, 18_732))

    assert (found.kind, found.subtotal, found.tax, found.carried_credit) == (DocumentKind.INVOICE, 147_732, 0, 0)
    assert found.total == 147_732
    assert (found.issue_date, found.due_date) == (date(2027, 6, 1), date(2027, 7, 1))


def test_a_late_document_is_due_thirty_days_after_the_day_on_which_it_was_made() -> None:
    found = document(*charged(100), today=date(2027, 8, 17))

    assert (found.issue_date, found.due_date) == (date(2027, 8, 17), date(2027, 9, 16))


def test_below_zero_it_is_a_credit_note_and_the_credit_is_carried_until_it_is_used_up() -> None:
    charge = transaction("charge", 9_366)
    may = document(refund_of(charge, "refund", document="INV-2027-000003"))
    june = document(*charged(5_000), previous_total=may.total)
    july = document(*charged(5_000), previous_total=june.total)
    august = document(*charged(5_000), previous_total=july.total)

    assert (may.kind, may.total) == (DocumentKind.CREDIT_NOTE, -9_366)
    assert (june.kind, june.carried_credit, june.total) == (DocumentKind.CREDIT_NOTE, -9_366, -4_366)
    assert (july.kind, july.carried_credit, july.total) == (DocumentKind.INVOICE, -4_366, 634)
    assert (august.carried_credit, august.total) == (0, 5_000)


def test_nothing_left_to_pay_is_an_invoice_of_nothing() -> None:
    found = document(*charged(5_000), previous_total=-5_000)

    assert (found.kind, found.total) == (DocumentKind.INVOICE, 0)


@pytest.mark.parametrize(
    ("rate_bp", "amounts", "tax"),
    [
        (1_900, (150,), 29),
        (1_900, (-150,), -29),
        (1_900, (1, 1, 1), 1),
        (10_000, (7,), 7),
        (1_900, (500, -500), 0),
    ],
    ids=["28.5 up", "mirrored for credit", "once on the sum, not on each line", "all", "of nothing"],
)
def test_tax_is_rounded_half_up_once_on_the_net(rate_bp: int, amounts: tuple[int, ...], tax: int) -> None:
    found = document(*charged(*amounts), taxation=Taxation(rate_bp=rate_bp, note=None))

    assert (found.tax, found.total) == (tax, sum(amounts) + tax)


def test_carried_credit_is_not_taxed_again() -> None:
    found = document(*charged(1_000), taxation=Taxation(rate_bp=2_000, note=None), previous_total=-600)

    assert (found.subtotal, found.tax, found.total) == (1_000, 200, 600)


def test_lines_stand_by_reseller_customer_subscription_and_time_however_they_come() -> None:
    places: tuple[dict[str, Any], ...] = (
        {"reseller_id": None, "customer_id": "cus_2", "subscription_id": "sub_9"},
        {"reseller_id": "ptn_2", "customer_id": "cus_1", "subscription_id": "sub_1"},
        {"reseller_id": "ptn_2", "customer_id": "cus_1", "subscription_id": "sub_2"},
        {"reseller_id": "ptn_2", "customer_id": "cus_1", "subscription_id": "sub_2", "occurred_at": AT + timedelta(1)},
    )
    ordered = [transaction(str(index), 1, **place) for index, place in enumerate(places)]

    for shuffled in permutations(ordered):
        found = document(*(Billable(transaction=posted) for posted in shuffled))
        assert [line.transaction for line in found.lines] == ordered


def test_a_refund_names_the_document_of_what_it_refunds() -> None:
    charge = transaction("charge", 500)

    (line,) = document(refund_of(charge, "refund", document="INV-2027-000003")).lines

    assert (line.refunds_number, line.refunds_here) == ("INV-2027-000003", False)
    assert line.text.startswith("Refund of txn_charge on INV-2027-000003: ")


def test_charge_and_refund_of_the_same_month_both_show_and_the_refund_names_this_document() -> None:
    charge = transaction("charge", 500)

    found = document(Billable(transaction=charge), refund_of(charge, "refund", document=None))

    assert [line.line.amount for line in found.lines] == [500, -500]
    assert (found.lines[1].refunds_number, found.lines[1].refunds_here) == (None, True)
    assert found.lines[1].text.startswith("Refund of txn_charge on this document: ")


@pytest.mark.parametrize("strange", [{"account_id": "ptn_9"}, {"currency": "EUR"}], ids=["account", "currency"])
def test_what_does_not_belong_on_it_stops_it(strange: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="txn_0"):
        document(Billable(transaction=transaction("0", 1, **strange)))


def test_a_number_names_kind_year_and_place() -> None:
    assert document_number(DocumentKind.INVOICE, 2027, 123) == "INV-2027-000123"
    assert document_number(DocumentKind.CREDIT_NOTE, 2027, 7) == "CN-2027-000007"
    assert document_number(DocumentKind.INVOICE, 2027, 1_234_567) == "INV-2027-1234567"
