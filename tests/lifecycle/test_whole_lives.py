"""Whole lives under the rules, line by line against the oracle, which walks them day by day."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.events import EcaAccepted
from lifecycle.evolve import fold
from lives import scripted
from lives.price_books import example_book
from lives.random_lives import last_day, lives, price_rows
from oracle import printing
from oracle.book import read_book
from oracle.price_table import PriceTable, example_rows
from oracle.walk import walked, walked_book

if TYPE_CHECKING:
    from oracle.book import Book
    from oracle.price_table import PriceRow

BOOK = Path(__file__).parents[2] / "examples"


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), rows=price_rows(), years=st.integers(0, 4))
def test_a_random_life_posts_the_lines_and_comes_to_the_end_of_the_oracles(
    data: st.DataObject, rows: list[PriceRow], years: int
) -> None:
    lived = data.draw(lives(rows=rows))
    last = lived.first_day if lived.life.present is None else last_day(lived, years=years)
    order = replace(lived.order, end=last)
    prices = PriceTable([*example_rows(), *rows])
    expected = walked(order, lived.done, today=lived.first_day, prices=prices, on_file=lived.on_file)
    assert [code for _, code in lived.refused] == [code for _, code in expected.refused]
    assert (lived.life.present is None) == (expected.life is None)
    if expected.life is not None:
        lived.advance(last)
        assert scripted.ledger_rows(lived) == printing.ledger_rows(expected.life)
        assert scripted.end_row(lived) == printing.end_row(expected.life)
        assert fold(lived.life.events) == lived.life.subscription


def test_the_example_book_comes_out_as_the_oracle_says() -> None:
    book = read_book(BOOK)
    results = walked_book(book.orders, book.actions, today=book.today)
    lived = lived_book(book)
    assert [life.refused for life in lived] == [result.refused for result in results] == [[]] * len(book.orders)
    for life, result in zip(lived, results, strict=True):
        assert result.life is not None
        assert scripted.ledger_rows(life) == printing.ledger_rows(result.life)
        assert scripted.end_row(life) == printing.end_row(result.life)


def lived_book(book: Book) -> list[scripted.Scripted]:
    """Every order of the book, in its order; an agreement accepted on its day serves the customer's later ones."""
    on_file: set[str] = set()
    found: list[scripted.Scripted] = []
    for order in book.orders:
        own = [action for action in book.actions if action.order == order.order]
        life = scripted.carried_out(order, own, example_book(), today=book.today, on_file=order.customer in on_file)
        accepted = [event for event in life.life.events if isinstance(event, EcaAccepted)]
        if any(event.at.date() == book.today for event in accepted):
            on_file.add(order.customer)
        found.append(life)
    return found
