"""Comparing what was expected with what came: each way to differ is told, and equality is exact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from perennial.demo_comparing import differences
from perennial.demo_expectation import Expected
from perennial.demo_foreseeing import surprises
from perennial.demo_foresight import Foresight

KEY = ("order", "transaction", "product")


def row(
    order: str = "O-1", transaction: str = "purchase", product: str = "seat", amount: str = "100"
) -> dict[str, str]:
    return {
        "order": order,
        "transaction": "purchase",
        "product": "seat",
        "amount": amount,
        "currency": "USD",
        "occurred_on": "2027-01-10",
    }


def compared(expected: list[dict[str, str]], found: list[dict[str, str]], *leave_out: str) -> list[str]:
    lines = Expected("expected.csv", list(enumerate(expected, start=2)))
    return differences(lines, found, key=KEY, leave_out=leave_out)


def test_equal_rows_do_not_differ() -> None:
    assert compared([row(), row("O-2")], [row(), row("O-2")]) == []


def test_a_cell_that_differs_is_told_with_both_values() -> None:
    assert compared([row(amount="100")], [row(amount="101")]) == [
        "expected.csv:2: O-1 purchase seat: amount is '101', expected '100'"
    ]


def test_a_missing_row_and_one_too_many_are_told() -> None:
    assert compared([row("O-1")], [row("O-2")]) == [
        "expected.csv:2: O-1 purchase seat: missing; expected 100 USD on 2027-01-10",
        "O-2 purchase seat: 100 USD on 2027-01-10, which is not expected",
    ]


def test_a_row_that_came_twice_is_one_too_many() -> None:
    assert compared([row()], [row(), row()]) == [
        "O-1 purchase seat (again, 2): 100 USD on 2027-01-10, which is not expected"
    ]


def test_equal_rows_in_another_order_are_told() -> None:
    assert compared([row("O-1"), row("O-2")], [row("O-2"), row("O-1")]) == [
        "expected.csv:2: in another order: O-2 purchase seat came here"
    ]


def test_orders_that_are_left_out_are_not_compared() -> None:
    assert compared([row("O-1"), row("O-2", amount="1")], [row("O-1"), row("O-3")], "O-2", "O-3") == []


def test_a_forecast_that_comes_true_holds_no_surprise() -> None:
    assert surprises(foresight(), [happened("renewed"), told("2028-01-03T09:00:00Z")], [posted(4900)]) == []


def test_what_was_touched_before_the_forecast_is_no_surprise() -> None:
    before = {"version": 1, "kind": "activated", "at": "2027-01-10T12:00:00.5Z"}
    assert surprises(foresight(), [before, happened("renewed"), told("2028-01-03T09:00:00Z")], [posted(4900)]) == []


def test_a_cent_beside_the_forecast_is_a_surprise() -> None:
    assert surprises(foresight(), [happened("renewed"), told("2028-01-03T09:00:00Z")], [posted(4901)]) == [
        "4900 for 1 x seat at 2028-01-10 00:00 was foreseen and not posted",
        "4901 for 1 x seat at 2028-01-10 00:00 was posted and not foreseen",
    ]


def test_what_does_not_happen_and_what_happens_besides_are_surprises() -> None:
    assert surprises(foresight(), [happened("suspended"), told("2028-01-03T09:00:00Z")], [posted(4900)]) == [
        "term_end at 2028-01-10 00:00 was foreseen and did not happen",
        "suspended at 2028-01-10 00:00 happened and was not foreseen",
    ]


def foresight() -> Foresight:
    items: list[dict[str, Any]] = [
        {"at": "2028-01-03T09:00:00Z", "kind": "renewal_reminder", "charge": None, "lines": []},
        {"at": "2028-01-10T00:00:00Z", "kind": "term_end", "charge": {"amount": 4900}, "lines": [line(4900)]},
    ]
    return Foresight(after=datetime(2027, 1, 10, 12, 0, 1, tzinfo=UTC), items=items, from_purchase=True)


def line(amount: int) -> dict[str, Any]:
    return {"product": "seat", "quantity": 1, "amount": {"amount": amount, "currency": "USD"}}


def happened(kind: str) -> dict[str, Any]:
    return {"version": 2, "kind": kind, "at": "2028-01-10T00:00:00Z"}


def told(at: str) -> dict[str, Any]:
    return {"version": None, "kind": "renewal_reminder", "at": at}


def posted(amount: int) -> dict[str, Any]:
    return {"occurred_at": "2028-01-10T00:00:00Z", "lines": [line(amount)]}
