"""The table of a mail: what is charged, what renews, or what the subscription holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from activities.mail_format import count_words, days_words, money_words
from lifecycle.catalog import Catalogue


@dataclass(frozen=True, slots=True)
class Names:
    """What offerings, products and tiers are called; a code stands for itself where the catalogue has no name."""

    catalogue: Catalogue

    def offering(self, code: str) -> str:
        """Return an offering's name."""
        return found.name if (found := self.catalogue.offerings.get(code)) else code

    def product(self, code: str) -> str:
        """Return a product's name."""
        return found.name if (found := self.catalogue.products.get(code)) else code

    def tier(self, code: str) -> str:
        """Return a tier's name."""
        return found.name if (found := self.catalogue.tiers.get(code)) else code


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One product; without prices where nothing is charged, `days` only where not all of the term is."""

    name: str
    count: str
    unit_price: str | None = None
    amount: str | None = None
    days: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTable:
    """The rows with their title and, where something is charged, their sum."""

    title: str
    rows: tuple[Row, ...]
    total: str | None = None


def table_of(show: Iterable[str], body: Mapping[str, Any], names: Names) -> MailTable | None:
    """Return the table that a kind of mail shows, None when it shows none or there is nothing in it."""
    about: Mapping[str, Any] = body["subscription"]
    event: Mapping[str, Any] = body.get("event") or {}
    for what in show:
        match what:
            case "table" if event.get("charge"):
                return _charged(event["charge"], names)
            case "renewal" if body.get("renewal"):
                return _renewal(body["renewal"], names)
            case "order" | "renewal" if about["inventory"]:
                return _counts("Certificates", about["inventory"], names)
            case "waiting" if about["renewal_inventory"]:
                return _counts("Certificates for the next term", about["renewal_inventory"], names)
            case _:
                continue
    return None


def _charged(charge: Mapping[str, Any], names: Names) -> MailTable:
    currency = charge["currency"]
    rows = tuple(_charged_row(line, currency, names) for line in charge["lines"])
    is_refund = charge["action"] == "refund"
    total = abs(sum(line["amount"] for line in charge["lines"]))
    return MailTable(title="Refund" if is_refund else "Charge", rows=rows, total=money_words(total, currency))


def _charged_row(line: Mapping[str, Any], currency: str, names: Names) -> Row:
    is_partial = line["remaining_days"] < line["total_days"]
    return Row(
        name=names.product(line["product"]),
        count=count_words(line["quantity"]),
        unit_price=money_words(line["unit_price"], currency),
        amount=money_words(abs(line["amount"]), currency),
        days=f"for {days_words(line['remaining_days'])} of {line['total_days']}" if is_partial else None,
    )


def _renewal(renewal: Mapping[str, Any], names: Names) -> MailTable:
    rows = tuple(
        Row(
            name=names.product(line["product"]),
            count=count_words(line["quantity"]),
            unit_price=money_words(line["unit_price"]["amount"], line["unit_price"]["currency"]),
            amount=money_words(line["amount"]["amount"], line["amount"]["currency"]),
        )
        for line in renewal["lines"]
    )
    total = renewal["total"]
    return MailTable(title="What renews", rows=rows, total=money_words(total["amount"], total["currency"]))


def _counts(title: str, inventory: Iterable[Mapping[str, Any]], names: Names) -> MailTable:
    rows = tuple(Row(name=names.product(line["product"]), count=count_words(line["quantity"])) for line in inventory)
    return MailTable(title=title, rows=rows)
