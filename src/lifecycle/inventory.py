"""Counts of certificates per product, in the order in which the partner gave them."""

from __future__ import annotations

from dataclasses import dataclass

MAX_QUANTITY = 100_000


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """A product and its count; counts are certificates under management, not issuances."""

    product: str
    quantity: int


Inventory = tuple[InventoryLine, ...]


def quantity_of(inventory: Inventory, product: str) -> int:
    """Return the count of `product`, zero when it is not held."""
    return sum(line.quantity for line in inventory if line.product == product)


def with_added(inventory: Inventory, added: Inventory) -> Inventory:
    """Return the inventory with `added` on top; new products come last."""
    counts = {line.product: line.quantity for line in inventory}
    for line in added:
        counts[line.product] = counts.get(line.product, 0) + line.quantity
    return tuple(InventoryLine(product, quantity) for product, quantity in counts.items())


def without(inventory: Inventory, taken: Inventory) -> Inventory:
    """Return the inventory less `taken`, never below zero; a product at zero is left out."""
    counts = {line.product: line.quantity for line in inventory}
    for line in taken:
        counts[line.product] = max(0, counts.get(line.product, 0) - line.quantity)
    return tuple(InventoryLine(product, quantity) for product, quantity in counts.items() if quantity)
