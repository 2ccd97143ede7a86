"""Print what a book must come to: `python tests/oracle --book examples [--today 2027-01-10] [--ends]`."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

if __package__ in {None, ""}:
    # Run as a folder: the package's parent takes the place of the package itself on the path.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from oracle.book import BadRow, read_book
from oracle.printing import write_ends, write_ledger
from oracle.script import Order
from oracle.walk import walked_book


def main() -> int:
    """Print the ledger, or the ends; each bad or refused row goes to the error stream and makes the exit code 1."""
    arguments = _arguments()
    book = read_book(arguments.book, arguments.today)
    results = walked_book(book.orders, book.actions, today=book.today)
    write = write_ends if arguments.ends else write_ledger
    write(results, sys.stdout)
    refused = [
        BadRow("orders.csv" if isinstance(row, Order) else "actions.csv", row.line_number, code)
        for result in results
        for row, code in result.refused
    ]
    for bad in sorted(book.bad_rows + refused):
        sys.stderr.write(f"{bad.file}:{bad.line_number}: {bad.why}\n")
    return 1 if book.bad_rows or refused else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--book", type=Path, required=True, help="the folder of the book")
    parser.add_argument("--today", type=date.fromisoformat, help="the day of the purchases (default: the book's day)")
    parser.add_argument("--ends", action="store_true", help="print the subscriptions' ends instead of the ledger")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
