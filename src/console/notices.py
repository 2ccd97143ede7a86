"""What a page says once something was done; the address carries only which of these it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "signed-out": "You are signed out.",
        "password-set": "Your password is set. Sign in with it.",
        "accepted": "Accepted. It is being recorded and will show here in a moment.",
        "customer-added": "The customer is added.",
        "customer-saved": "The customer’s details are saved.",
        "management-saved": "Partner Management is saved.",
        "purchased": "The subscription is purchased.",
        "ordered": "The subscription is ordered.",
        "inventory-added": "The certificates are added to the inventory.",
        "renewal-inventory-set": "The renewal inventory is saved.",
        "renewal-mode-set": "The renewal preference is saved.",
        "suspended": "The subscription is suspended.",
        "enabled": "The subscription is enabled.",
        "cancelled": "The subscription is cancelled.",
        "eca-resent": "The request is sent again, with a new link.",
        "acceptor-changed": "Another acceptor is asked.",
        "refunded": "The refund is processed.",
        "invoice-paid": "The invoice is marked as paid.",
        "saved": "Saved.",
        "added": "Added.",
        "removed": "Removed.",
        "bulk-started": "The job has begun.",
        "bulk-paused": "The job is paused; rows at hand are finished.",
        "bulk-resumed": "The job goes on.",
        "bulk-cancelled": "The job is cancelled; what was done stays done.",
        "key-revoked": "The key is revoked.",
        "enabled-partner": "Enabled.",
        "disabled-partner": "Disabled.",
        "retried": "It will be delivered again now.",
        "advanced": "Virtual time was advanced.",
        "book-filled": "The sample book is ready.",
        "draft-discarded": "The draft is discarded.",
    }
)


def notice_of(code: str) -> str | None:
    """Return what to say, None when there is nothing or nothing known."""
    return NOTICES.get(code)
