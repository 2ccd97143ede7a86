"""What a book has led to, in the columns of its expectation: ledger lines, and what each subscription is in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from perennial.demo_acts import names_of
from perennial.demo_book import Book, CustomerEntry
from perennial.demo_carrying import Carried
from perennial.demo_door import Door, Json

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
NOBODYS = "(no order)"
DAY = len("2027-01-10")

Cells = dict[str, str]


@dataclass(slots=True)
class Led:
    """What the product holds of a book; `transactions` and `timelines` (oldest first) by the orders' names."""

    subscriptions: dict[str, Json] = field(default_factory=dict[str, Json])
    transactions: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    timelines: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    ledger: list[Cells] = field(default_factory=list[Cells])
    ends: list[Cells] = field(default_factory=list[Cells])


async def what_came(book: Book, carried: Carried, door: Door) -> Led:
    """Read everything that the product has of the book's customers; raises Refused, Unreachable."""
    led = Led()
    for customer in book.customers.values():
        if customer.name in carried.customers:
            await _read(led, customer, carried, door)
    led.ledger = [row for order in _in_order(led.transactions, book) for row in order]
    for name in book.orders:
        if name in led.subscriptions:
            led.ends.append(_end(name, book.orders[name].customer, led.subscriptions[name]))
    return led


async def _read(led: Led, customer: CustomerEntry, carried: Carried, door: Door) -> None:
    """One customer's, whether the book knows of it or not: an order that was doubled must show."""
    orders = {subscription_id: name for name, subscription_id in carried.subscriptions.items()}
    customer_id = carried.customers[customer.name]
    for subscription in await door.all_of("/v1/subscriptions", customer_id=customer_id):
        name = orders.get(subscription["id"], f"{NOBODYS} {subscription['id']}")
        led.subscriptions[name] = subscription
        led.timelines[name] = (await door.all_of(f"/v1/subscriptions/{subscription['id']}/timeline"))[::-1]
    for posted in (await door.all_of("/v1/transactions", customer_id=customer_id))[::-1]:
        name = orders.get(posted["subscription_id"], f"{NOBODYS} {posted['subscription_id']}")
        led.transactions.setdefault(name, []).append(posted)


def _in_order(transactions: dict[str, list[Json]], book: Book) -> Iterator[list[Cells]]:
    strangers = [name for name in transactions if name not in book.orders]
    for name in (*book.orders, *strangers):
        order = book.orders.get(name)
        customer = book.customers[order.customer] if order is not None else None
        posted = transactions.get(name, [])
        names = names_of(posted)
        whose = {
            "order": name,
            "customer": customer.name if customer else "",
            "reseller": (customer.partner or "") if customer else "",
        }
        yield [whose | row for transaction in posted for row in _rows(transaction, names)]


def _rows(transaction: Json, names: dict[str, str]) -> Iterator[Cells]:
    head = {
        "transaction": names[transaction["id"]],
        "action": transaction["action"],
        "occurred_on": transaction["occurred_at"][:DAY],
        "term_number": str(transaction["term_number"]),
        "currency": transaction["currency"],
        "reference_id": transaction["reference_id"] or "",
        "refunds": names.get(transaction["refunds_transaction_id"] or "", ""),
    }
    for line in sorted(transaction["lines"], key=lambda line: str(line["product"])):
        yield head | {
            **{name: str(line[name]) for name in ("product", "clm_tier", "quantity", "period_start", "period_end")},
            **{name: str(line[name]) for name in ("remaining_days", "total_days")},
            "unit_price": str(line["unit_price"]["amount"]),
            "amount": str(line["amount"]["amount"]),
        }


def _end(name: str, customer: str, subscription: Json) -> Cells:
    texts = ("state", "state_reason", "start_date", "end_date", "renewal_mode", "renewal_inventory_mode")
    return {
        "order": name,
        "customer": customer,
        **{text: subscription[text] or "" for text in texts},
        "term_number": str(subscription["term_number"]),
        "renewal_held_since": (subscription["renewal_held_since"] or "")[:DAY],
        "inventory": _counts(subscription["inventory"]),
        "renewal_inventory": _counts(subscription["renewal_inventory"]),
    }


def _counts(lines: list[Json]) -> str:
    return " ".join(sorted(f"{line['product']}:{line['quantity']}" for line in lines))
