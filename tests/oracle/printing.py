"""The expected ledger and the expected ends as CSV, in an order that does not depend on how they came about."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

from oracle.price_table import CURRENCY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from oracle.life import Life, PostedLine, Posting
    from oracle.script import Counts, Order
    from oracle.walk import Walked

LEDGER_COLUMNS = (
    "order",
    "customer",
    "reseller",
    "transaction",
    "action",
    "occurred_on",
    "term_number",
    "product",
    "clm_tier",
    "quantity",
    "unit_price",
    "period_start",
    "period_end",
    "remaining_days",
    "total_days",
    "amount",
    "currency",
    "reference_id",
    "refunds",
)
END_COLUMNS = (
    "order",
    "customer",
    "state",
    "state_reason",
    "term_number",
    "start_date",
    "end_date",
    "renewal_mode",
    "renewal_held_since",
    "inventory",
    "renewal_inventory_mode",
    "renewal_inventory",
)


def ledger_rows(life: Life) -> list[list[str]]:
    """One row for each line of each transaction, in the order they were posted, within one by product."""
    return [
        _ledger_row(life.order, posting, line)
        for posting in life.postings
        for line in sorted(posting.lines, key=lambda line: line.product)
    ]


def _ledger_row(order: Order, posting: Posting, line: PostedLine) -> list[str]:
    return [
        *(order.order, order.customer, order.reseller),
        *(posting.name, posting.action, _day(posting.occurred_on), str(posting.term_number)),
        *(line.product, order.clm_tier, str(line.quantity), str(line.unit_price)),
        *(_day(line.period_start), _day(line.period_end), str(line.remaining_days), str(line.total_days)),
        *(str(line.amount), CURRENCY, posting.reference_id, posting.refunds),
    ]


def end_row(life: Life) -> list[str]:
    """What the subscription is at the end of its order's days."""
    return [
        life.order.order,
        life.order.customer,
        life.state,
        life.reason,
        str(life.term_number),
        _day(life.start),
        _day(life.end),
        life.renewal_mode,
        _day(life.held_since),
        _counts(life.inventory),
        "follows" if life.pinned is None else "pinned",
        _counts(life.renewal_inventory),
    ]


def write_ledger(results: Iterable[Walked], file: TextIO) -> None:
    """Every order's ledger rows under one header."""
    rows = [row for result in results if result.life is not None for row in ledger_rows(result.life)]
    _write(file, LEDGER_COLUMNS, rows)


def write_ends(results: Iterable[Walked], file: TextIO) -> None:
    """Every order's end under one header."""
    _write(file, END_COLUMNS, [end_row(result.life) for result in results if result.life is not None])


def _write(file: TextIO, columns: tuple[str, ...], rows: list[list[str]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _counts(counts: Counts) -> str:
    return " ".join(f"{product}:{count}" for product, count in sorted(counts.items()))
