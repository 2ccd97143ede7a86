"""Random chains of refunds, against cents counted certificate by certificate."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.refunds import refund_due
from oracle import charges

AMOUNTS = st.integers(0, 400_000_000)


@st.composite
def parts_of(draw: st.DrawFn, most: int) -> list[int]:
    """Positive counts that add up to at most this many certificates."""
    left = draw(st.integers(1, most))
    parts: list[int] = []
    while left and len(parts) < 12:
        parts.append(draw(st.integers(1, left)))
        left -= parts[-1]
    return parts


@settings(max_examples=3000, deadline=None, derandomize=False)
@given(amount=AMOUNTS, takes=parts_of(600), kept=st.integers(0, 50))
def test_each_refund_of_a_chain_gives_the_cents_of_its_certificates(amount: int, takes: list[int], kept: int) -> None:
    quantity = sum(takes) + kept
    certificates, cents = 0, 0
    for take in takes:
        due = refund_due(amount, quantity, certificates, cents, take)
        assert due == charges.refunded(amount, quantity, already=certificates, take=take)
        certificates, cents = certificates + take, cents + due
    assert cents <= amount
    assert kept > 0 or cents == amount


@settings(max_examples=1000, deadline=None, derandomize=False)
@given(amount=AMOUNTS, first=st.integers(1, 50_000), second=st.integers(1, 50_000))
def test_two_refunds_of_a_large_line_give_back_exactly_what_was_paid(amount: int, first: int, second: int) -> None:
    quantity = first + second
    given_back = refund_due(amount, quantity, 0, 0, first)
    assert given_back == charges.half_up(amount * first, quantity)
    assert given_back + refund_due(amount, quantity, first, given_back, second) == amount
