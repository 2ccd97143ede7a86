"""Partners as rows, for tests that need no door."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from storage.ids import new_id
from storage.partners import DISTRIBUTOR, ENABLED, NO_TAX, Partner


def partner_row(at: datetime, **changes: Any) -> Partner:
    """A distributor that was made at an instant, but for these changes."""
    partner = Partner(
        id=new_id("ptn"),
        kind=DISTRIBUTOR,
        parent_id=None,
        state=ENABLED,
        name="A distributor",
        currency="USD",
        price_list=None,
        billing_contact_email="billing@partner.example",
        country="DE",
        tax_id=None,
        tax_rate_bp=0,
        tax_note=NO_TAX,
        created_at=at,
        updated_at=at,
    )
    return replace(partner, **changes)
