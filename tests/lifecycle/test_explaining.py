"""The words by which a person can check an amount."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from lifecycle.charges import Action, PostedLine, PostedTransaction
from lifecycle.explain import GivenBack, document_words, line_words, transaction_words

AT = datetime(2027, 4, 20, 9, tzinfo=UTC)
B = PostedLine(
    id="txl_b",
    transaction_id="txn_b",
    subscription_id="sub_1",
    action=Action.INVENTORY_ADD,
    term_number=1,
    currency="USD",
    posted_at=AT,
    product="tls-ov-single",
    clm_tier="essentials",
    quantity=2,
    unit_price=12_900,
    period_start=date(2027, 4, 20),
    period_end=date(2028, 1, 10),
    remaining_days=265,
    total_days=365,
    amount=18_732,
)
A = replace(
    B,
    id="txl_a",
    action=Action.PURCHASE,
    quantity=10,
    period_start=date(2027, 1, 10),
    remaining_days=365,
    amount=129_000,
)
L = replace(B, id="txl_l", unit_price=4_900, quantity=7, amount=24_903)


def given(original: PostedLine, quantity: int, amount: int) -> PostedLine:
    """A refund's line of so many certificates."""
    return replace(
        original,
        id=f"{original.id}_back",
        action=Action.REFUND,
        quantity=quantity,
        amount=-amount,
        refunds_line_id=original.id,
    )


def of(line: PostedLine, **changes: object) -> PostedTransaction:
    """A transaction of one line."""
    transaction = PostedTransaction(
        id=line.transaction_id,
        action=line.action,
        occurred_at=AT,
        posted_at=AT,
        customer_id="cus_1",
        account_id="ptn_1",
        reseller_id=None,
        subscription_id=line.subscription_id,
        term_number=1,
        reference_id="PO-4711",
        actor="key_1",
        currency="USD",
        lines=(line,),
    )
    return replace(transaction, **changes)  # type: ignore[arg-type]


def test_a_whole_term_is_price_times_count() -> None:
    assert line_words(A) == (
        "10 x tls-ov-single (essentials) at 129.00 USD for the whole term, charged for 10 January 2027 to"
        " 9 January 2028, all 365 days of the term: 10 x 129.00 = 1,290.00 USD."
    )


def test_a_part_of_a_term_names_its_days_and_the_rounding() -> None:
    assert line_words(B) == (
        "2 x tls-ov-single (essentials) at 129.00 USD for the whole term, charged for 20 April 2027 to 9 January 2028,"
        " 265 of the 365 days of the term: 2 x 129.00 x 265/365 = 187.31506…, rounded half-up to 187.32 USD."
    )


def test_what_comes_out_even_is_not_said_to_be_rounded() -> None:
    assert line_words(replace(B, remaining_days=73, amount=5_160)).endswith("2 x 129.00 x 73/365 = 51.60 USD.")


def test_a_tie_is_seen_to_be_one() -> None:
    tie = replace(B, quantity=1, unit_price=4_901, remaining_days=183, total_days=366, amount=2_451)

    assert line_words(tie).endswith("1 x 49.01 x 183/366 = 24.50500…, rounded half-up to 24.51 USD.".replace("…", ""))


def test_a_refund_says_the_share_that_it_gives_back() -> None:
    back = GivenBack(original=B, earlier_quantity=0, earlier_amount=0)

    assert line_words(given(B, 1, 9_366), back) == (
        "1 of 2 x tls-ov-single (essentials), which cost 187.32 USD together for 20 April 2027 to 9 January 2028,"
        " given back: 187.32 x 1/2 = 93.66 USD."
    )


def test_a_later_refund_says_what_was_given_back_before() -> None:
    back = GivenBack(original=L, earlier_quantity=2, earlier_amount=7_115)

    assert line_words(given(L, 3, 10_673), back).endswith(
        "given back: 249.03 x 5/7 = 177.87857…, rounded half-up to 177.88 USD for the 5 given back so far,"
        " less 71.15 given back before = 106.73 USD."
    )


def test_a_refund_without_what_it_gives_back_cannot_be_explained() -> None:
    with pytest.raises(ValueError, match="txl_b_back"):
        line_words(given(B, 1, 9_366))


def test_a_documents_line_names_action_term_and_reference() -> None:
    text = document_words(of(A), A)

    assert text == f"Purchase, term 1: {line_words(A)} Reference ID: PO-4711"
    assert document_words(of(B, reference_id=None), B) == f"Added certificates, term 1: {line_words(B)}"


def test_a_documents_line_of_a_refund_names_the_transaction_and_its_document() -> None:
    refund = given(B, 1, 9_366)
    back = GivenBack(original=B, earlier_quantity=0, earlier_amount=0, document="INV-2027-000004")

    text = document_words(of(refund, reference_id=None), refund, back)

    assert text == f"Refund of txn_b on INV-2027-000004: {line_words(refund, back)}"


def test_a_transaction_of_several_lines_says_their_sum() -> None:
    words = transaction_words(of(A, lines=(A, B)), {})

    assert words == f"Purchase, term 1. {line_words(A)} {line_words(B)} In all: 1,477.32 USD."
