"""How the demo shows itself: a bar while it runs; then timelines, totals and the verdict."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from activities.mail_format import money_words
from perennial.demo_book import Book
from perennial.demo_ledger import DAY, Led

LINE_EVERY = 10.0
"""Seconds between two plain lines."""


@contextmanager
def progress(book: Book, console: Console) -> Generator[Callable[[], None]]:
    """Show a bar, or plain lines now and then where there is no terminal; yields what to call after each step."""
    total = len(book.orders) + sum(len(order.actions) for order in book.orders.values())
    what = f"{len(book.customers)} customers, {len(book.orders)} orders, to {_last_day(book)}"
    if not console.is_terminal:
        yield _by_lines(what, total, console)
        return
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*shown, console=console) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _last_day(book: Book) -> str:
    return max((order.end.isoformat() for order in book.orders.values()), default="no day")


def _by_lines(what: str, total: int, console: Console) -> Callable[[], None]:
    console.print(f"carrying out {what}: {total} steps")
    done, said = 0, time.monotonic()

    def tick() -> None:
        nonlocal done, said
        done += 1
        if time.monotonic() - said >= LINE_EVERY or done == total:
            said = time.monotonic()
            console.print(f"{done} of {total} steps are done")

    return tick


def print_timelines(book: Book, led: Led, console: Console) -> None:
    """Print what happened to each customer's orders, day by day, with the money."""
    for customer in book.customers.values():
        orders = [order.name for order in book.orders_of(customer.name)]
        table = Table("day", "order", "event", box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("amount", justify="right")
        for row in sorted(_events(orders, led), key=lambda row: row[0]):
            table.add_row(*row)
        company = customer.fields.get("company_name", "")
        console.print(f"\n[bold]{escape(customer.name)} {escape(company)}[/bold]")
        console.print(table)


def _events(orders: Iterable[str], led: Led) -> Iterable[tuple[str, str, str, str]]:
    for name in orders:
        sums = {posted["id"]: posted["amount"] for posted in led.transactions.get(name, [])}
        for entry in led.timelines.get(name, []):
            if entry["version"] is not None:
                amount = sums.get(entry["transaction_id"])
                words = "" if amount is None else money_words(amount["amount"], amount["currency"])
                yield entry["at"][:DAY], escape(name), entry["kind"].replace("_", " "), words


def print_totals(led: Led, console: Console) -> None:
    """Print the ledger's sums per action and currency, and of each currency."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(list)
    for posted in (posted for transactions in led.transactions.values() for posted in transactions):
        for action in (posted["action"], "all"):
            sums[action, posted["currency"]].append(posted["amount"]["amount"])
    table = Table("action", box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("transactions", justify="right")
    table.add_column("amount", justify="right")
    for action, currency in sorted(sums, key=lambda key: (key[1], key[0] == "all", key[0])):
        amounts = sums[action, currency]
        table.add_row(action, str(len(amounts)), money_words(sum(amounts), currency))
    console.print("\n[bold]the ledger[/bold]")
    console.print(table)


def print_verdict(title: str, wrong: Iterable[object], console: Console) -> bool:
    """Print whether all is well, or each thing that is not; answers whether all is."""
    found = list(wrong)
    mark = "[red]NO [/red]" if found else "[green]yes[/green]"
    console.print(f"{mark}  {escape(title)}", soft_wrap=True)
    for one in found:
        console.print(f"     {escape(str(one))}", soft_wrap=True)
    return not found
