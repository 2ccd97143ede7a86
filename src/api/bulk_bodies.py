"""The rows of a bulk job: what a single address takes, with the command's name and the subscription beside it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from api.bodies import AddInventoryBody, PurchaseBody, RenewalInventoryBody, RenewalModeBody, StateBody
from api.body_types import Body, Id


class PurchaseRow(PurchaseBody):
    """A purchase."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "purchase",
                "customer_id": "cus_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
                "offering": "dv-automation",
                "term_months": 12,
                "clm_tier": "professional",
                "inventory": [{"product": "tls-dv-single", "quantity": 25}],
                "renewal_mode": "auto",
                "reference_id": "PO-4711",
            }
        }
    )

    kind: Literal["purchase"]


class AddInventoryRow(AddInventoryBody):
    """Certificates for use now."""

    kind: Literal["add_inventory"]
    subscription_id: Id


class RenewalInventoryRow(RenewalInventoryBody):
    """What renews."""

    kind: Literal["renewal_inventory"]
    subscription_id: Id


class RenewalModeRow(RenewalModeBody):
    """What happens at the end of the term."""

    kind: Literal["renewal_mode"]
    subscription_id: Id


class SuspendRow(StateBody):
    """A suspension."""

    kind: Literal["suspend"]
    subscription_id: Id


class EnableRow(StateBody):
    """A suspended subscription that runs again."""

    kind: Literal["enable"]
    subscription_id: Id


class CancelRow(StateBody):
    """The withdrawal of a purchase that has not started."""

    kind: Literal["cancel"]
    subscription_id: Id


ROWS: dict[str, type[Body]] = {
    "purchase": PurchaseRow,
    "add_inventory": AddInventoryRow,
    "renewal_inventory": RenewalInventoryRow,
    "renewal_mode": RenewalModeRow,
    "suspend": SuspendRow,
    "enable": EnableRow,
    "cancel": CancelRow,
}
COLUMNS = (
    *("kind", "subscription_id", "customer_id", "offering", "term_months", "clm_tier", "inventory", "add", "lines"),
    *("renewal_mode", "start_date", "eca_acceptor_email", "reference_id", "expected_total", "reason"),
)
