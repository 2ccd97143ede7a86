"""The bodies of requests on subscriptions and money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, LiteralString

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.body_types import Body, CalendarMonth, Code, Day, Email, Id, Quantity, Reason, ReferenceId, Total
from lifecycle.entitlement import MAX_IN_USE

MAX_ADVANCED = 1000


class ProductQuantity(Body):
    """So many certificates of a product."""

    product: Code
    quantity: Quantity


def check_distinct(values: Sequence[str], *, code: LiteralString, member: str, message: LiteralString) -> None:
    """Raise `code` at the first value that stands before; `member` is where in an item it stands."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise PydanticCustomError(code, message, {"at": f"[{index}]{member}"})


def _products(lines: list[ProductQuantity]) -> list[ProductQuantity]:
    products = [line.product for line in lines]
    check_distinct(products, code="duplicate_product", member=".product", message="This product is named twice.")
    return lines


def _some_products(lines: list[ProductQuantity]) -> list[ProductQuantity]:
    if not lines:
        raise PydanticCustomError("empty_inventory", "Name at least one product.")
    return _products(lines)


def _renewing_products(lines: list[ProductQuantity] | None) -> list[ProductQuantity] | None:
    if lines is None:
        return None
    if not lines:
        raise PydanticCustomError("renewal_inventory_empty", "To renew nothing, use one-time renewal.")
    return _products(lines)


Inventory = Annotated[list[ProductQuantity], AfterValidator(_some_products)]
RenewalInventory = Annotated[list[ProductQuantity] | None, AfterValidator(_renewing_products)]
Mode = Literal["auto", "one_time"]


class PurchaseBody(Body):
    """A purchase, and what a quote prices."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "customer_id": "cus_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
                "offering": "managed-tls",
                "eca_acceptor_email": "legal@example.com",
                "term_months": 12,
                "clm_tier": "professional",
                "inventory": [{"product": "tls-ov-single", "quantity": 25}],
                "renewal_mode": "auto",
                "reference_id": "PO-4711",
                "expected_total": 372500,
            }
        }
    )
    missing_codes: ClassVar[dict[str, str]] = {"renewal_mode": "renewal_mode_required"}

    customer_id: Id
    offering: Code
    term_months: int
    clm_tier: Code
    inventory: Inventory
    renewal_mode: Mode
    start_date: Day | None = None
    eca_acceptor_email: Email | None = None
    reference_id: ReferenceId | None = None
    expected_total: Total | None = None


class AddInventoryBody(Body):
    """Certificates for use now."""

    add: Inventory
    reference_id: ReferenceId | None = None
    expected_total: Total | None = None


class RenewalInventoryBody(Body):
    """What renews; null follows the inventory again."""

    lines: RenewalInventory
    reference_id: ReferenceId | None = None


class RenewalModeBody(Body):
    """What happens at the end of the term."""

    missing_codes: ClassVar[dict[str, str]] = {"renewal_mode": "renewal_mode_required"}

    renewal_mode: Mode


class StateBody(Body):
    """A reason to suspend, enable or cancel, and the binding total."""

    reason: Reason = None
    expected_total: Total | None = None


class ResendBody(Body):
    """Nothing: a resend needs no word."""


class AcceptorBody(Body):
    """The person who is asked instead."""

    eca_acceptor_email: Email


class UsageBody(Body):
    """How many certificates of a product are in use, more than are held included."""

    model_config = ConfigDict(json_schema_extra={"example": {"product": "tls-ov-single", "in_use": 21}})

    product: Code
    in_use: Annotated[int, Field(ge=0, le=MAX_IN_USE)]


class RefundLineBody(Body):
    """So many certificates of a posted line; how many are left is a rule, not a format."""

    transaction_line_id: Id
    quantity: int


class RefundBody(Body):
    """Certificates of one customer to be given back, all of it or none."""

    lines: list[RefundLineBody]
    reason: Reason = None
    reference_id: ReferenceId | None = None
    expected_total: Total | None = None
    override_window: bool = Field(default=False, validate_default=True)

    @field_validator("lines")
    @classmethod
    def _distinct(cls, lines: list[RefundLineBody]) -> list[RefundLineBody]:
        if not lines:
            raise PydanticCustomError("empty_refund", "Name at least one line.")
        ids = [line.transaction_line_id for line in lines]
        member, message = ".transaction_line_id", "This line is named twice."
        check_distinct(ids, code="duplicate_line", member=member, message=message)
        return lines

    @field_validator("override_window")
    @classmethod
    def _with_reason(cls, override: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        if override and "reason" in info.data and info.data["reason"] is None:
            raise PydanticCustomError(
                "reason_required", "Acting out of the window needs a reason.", {"field": "reason"}
            )
        return override


class AdvanceBody(Body):
    """Subscriptions whose virtual time goes on to the first instant of a day."""

    subscription_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_ADVANCED)]
    to: Day


class PaidBody(Body):
    """Nothing: that the money came in needs no word."""


class InvoiceRunBody(Body):
    """The month whose documents are made."""

    model_config = ConfigDict(arbitrary_types_allowed=True, json_schema_extra={"example": {"month": "2027-01"}})

    month: CalendarMonth
