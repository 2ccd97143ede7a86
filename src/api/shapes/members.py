"""The members that many shapes share: ids, days, instants, each with what it says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

Day = Annotated[date, Field(description="A day, UTC.")]
Instant = Annotated[datetime, Field(description="An instant, UTC.")]

CustomerId = Annotated[str, Field(description="A customer: `cus_…`.")]
SubscriptionId = Annotated[str, Field(description="A subscription: `sub_…`.")]
PartnerId = Annotated[str, Field(description="A partner: `ptn_…`.")]
TransactionId = Annotated[str, Field(description="A transaction: `txn_…`.")]
InvoiceId = Annotated[str, Field(description="An invoice or credit note: `inv_…`.")]
CommandId = Annotated[str, Field(description="A command: `cmd_…`.")]
ResellerId = Annotated[str | None, Field(description="The reseller that it was sold through: `ptn_…`.")]
Actor = Annotated[str, Field(description="Who did it: a key's id, a user's id, or `system`.")]
ReferenceId = Annotated[str | None, Field(description="The caller's own reference, such as an order number.")]
Currency = Annotated[str, Field(description="ISO 4217, such as `USD`.", min_length=3, max_length=3)]
NextCursor = Annotated[str | None, Field(description="Give it as `cursor` for the next page; null on the last.")]
Quantity = Annotated[int, Field(description="How many certificates.")]


class Money(TypedDict):
    """An amount in minor units of a currency; refunds are negative."""

    amount: Annotated[int, Field(description="Minor units, such as cents.")]
    currency: Currency


class ProductCount(TypedDict):
    """So many certificates of a product."""

    product: str
    quantity: Quantity
