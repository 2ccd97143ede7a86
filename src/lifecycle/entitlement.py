"""What a subscription lets an issuing system do today, and what may be reported to it of certificates in use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lifecycle.catalog import Catalogue
from lifecycle.inventory import Inventory, quantity_of
from lifecycle.moves import allowed
from lifecycle.refusals import Conflict, FieldError, InvalidInput, InvalidState
from lifecycle.subscription import State, Subscription

MAX_IN_USE = 1_000_000

InUse = Mapping[str, int]


class Bar(StrEnum):
    """Why no certificate may be issued: the subscription's state, or that its renewal is held."""

    PENDING_ECA = State.PENDING_ECA
    SCHEDULED = State.SCHEDULED
    SUSPENDED = State.SUSPENDED
    RENEWAL_HELD = "renewal_held"
    EXPIRED = State.EXPIRED
    DECLINED = State.DECLINED
    ECA_EXPIRED = State.ECA_EXPIRED
    CANCELLED = State.CANCELLED


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductUse:
    """How many certificates of a product are held, and how many are in use; None: nobody has reported it."""

    product: str
    inventory: int
    in_use: int | None = None

    @property
    def available(self) -> int | None:
        """How many of those held are not in use."""
        return None if self.in_use is None else max(0, self.inventory - self.in_use)

    @property
    def overage(self) -> int | None:
        """How many are in use beyond those held."""
        return None if self.in_use is None else max(0, self.in_use - self.inventory)


def barred_because(subscription: Subscription) -> Bar | None:
    """Return why no certificate may be issued, reissued ones included; None when they may.

    Counts are no reason: a certificate that replaces another one takes no unit.
    """
    if subscription.is_held:
        return Bar.RENEWAL_HELD
    return None if subscription.state is State.ACTIVE else Bar(subscription.state)


def uses(inventory: Inventory, in_use: InUse) -> tuple[ProductUse, ...]:
    """Return what is held and what is in use, products that are in use and not held any more last."""
    held = tuple(
        ProductUse(product=line.product, inventory=line.quantity, in_use=in_use.get(line.product)) for line in inventory
    )
    products = {use.product for use in held}
    left = sorted(product for product, count in in_use.items() if count and product not in products)
    return (*held, *(ProductUse(product=product, inventory=0, in_use=in_use[product]) for product in left))


def check_report(
    subscription: Subscription, product: str, catalogue: Catalogue, *, charged_before: Collection[str]
) -> None:
    """Let pass a report on a product that the subscription holds or, since certificates outlive it, once held.

    Raises:
        InvalidInput: `unknown_product`, `product_not_in_inventory`.
        InvalidState: `not_active`; it never began, so that nothing can have been issued.
    """
    if product not in catalogue.products:
        raise InvalidInput(FieldError("product", "unknown_product", "There is no such product."))
    if not quantity_of(subscription.inventory, product) and product not in charged_before:
        message = "The subscription does not hold this product and never did."
        raise InvalidInput(FieldError("product", "product_not_in_inventory", message))
    if not subscription.was_charged:
        raise InvalidState("not_active", state=subscription.state.value, allowed=allowed(subscription))


def check_remaining(before: Inventory, after: Inventory, in_use: InUse) -> None:
    """Refuse to take certificates that are in use; a product on which nothing was reported may be taken.

    Raises:
        Conflict: `certificates_in_use`, with the product, what is in use and what would remain.
    """
    for product, remaining in _lowered(before, after):
        used = in_use.get(product)
        if used is not None and used > remaining:
            detail = f"Of {product} {used} are reported as in use, and {remaining} would remain."
            raise Conflict("certificates_in_use", detail, product=product, in_use=used, remaining=remaining)


def _lowered(before: Inventory, after: Inventory) -> Iterator[tuple[str, int]]:
    for line in before:
        remaining = quantity_of(after, line.product)
        if remaining < line.quantity:
            yield line.product, remaining
