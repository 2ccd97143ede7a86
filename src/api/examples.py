"""Examples of representations, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

CUSTOMER_ID = "cus_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f"
SUBSCRIPTION_ID = "sub_01930c3f9b2d7e4f8a6c1d3b5e7f9a0c"
TRANSACTION_ID = "txn_01930c3f9c3e7f5a8b7d2e4c6f8a0b1d"
LINE_ID = "txl_01930c3f9d4f7a6b8c8e3f5d7a9b1c2e"
COMMAND_ID = "cmd_01930c3f9e5a7b7c8d9f4a6e8b0c2d3f"
REFUND_ID = "rfd_01930c3f9f6b7c8d8e0a5b7f9c1d3e4a"
INVOICE_ID = "inv_01940d4fa07c7d9e9f1b6c8a0d2e4f5b"
ACCOUNT_ID = "ptn_01930c3f7a1b7c3e9d5f2b1a4e6d8c0e"


def _usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


UNPOSTED_LINE: dict[str, Any] = {
    "product": "tls-ov-single",
    "clm_tier": "professional",
    "quantity": 25,
    "unit_price": _usd(14900),
    "period_start": "2026-11-22",
    "period_end": "2027-11-22",
    "remaining_days": 365,
    "total_days": 365,
    "amount": _usd(372500),
}

TRANSACTION: dict[str, Any] = {
    "id": TRANSACTION_ID,
    "action": "purchase",
    "occurred_at": "2026-11-22T09:30:00Z",
    "posted_at": "2026-11-22T09:30:00Z",
    "customer_id": CUSTOMER_ID,
    "reseller_id": None,
    "subscription_id": SUBSCRIPTION_ID,
    "term_number": 1,
    "reference_id": "PO-4711",
    "actor": "key_01930c3fa07c7d9e8f1b6c8a0d2e4f5b",
    "currency": "USD",
    "total_quantity": 25,
    "amount": _usd(372500),
    "invoice_id": None,
    "refund_id": None,
    "refunds_transaction_id": None,
    "refundable_until": "2026-12-22T09:30:00Z",
    "lines": [
        {
            "id": LINE_ID,
            **UNPOSTED_LINE,
            "refunds_line_id": None,
            "refunded_quantity": 0,
            "refunded_amount": _usd(0),
            "refundable_quantity": 25,
        }
    ],
}

EXPLANATION = (
    "25 x tls-ov-single (professional) at 149.00 USD for the whole term, charged for 22 November 2026 to"
    " 21 November 2027, all 365 days of the term: 25 x 149.00 = 3,725.00 USD."
)

EXPLAINED_TRANSACTION: dict[str, Any] = {
    **TRANSACTION,
    "lines": [{**TRANSACTION["lines"][0], "explanation": EXPLANATION}],
    "explanation": f"Purchase, term 1. {EXPLANATION}",
}

INVOICE_LINE: dict[str, Any] = {
    "transaction_id": TRANSACTION_ID,
    "transaction_line_id": LINE_ID,
    "subscription_id": SUBSCRIPTION_ID,
    "action": "purchase",
    "term_number": 1,
    **UNPOSTED_LINE,
    "text": f"Purchase, term 1: {EXPLANATION} Reference ID: PO-4711",
    "occurred_at": "2026-11-22T09:30:00Z",
    "customer_id": CUSTOMER_ID,
    "customer_name": "Example GmbH",
    "reseller_id": None,
    "reseller_name": None,
    "reference_id": "PO-4711",
    "refunds_transaction_id": None,
    "refunds_number": None,
}

INVOICE: dict[str, Any] = {
    "id": INVOICE_ID,
    "number": "INV-2026-000123",
    "kind": "invoice",
    "status": "emailed",
    "account_id": ACCOUNT_ID,
    "period_start": "2026-11-01",
    "period_end": "2026-12-01",
    "issue_date": "2026-12-01",
    "due_date": "2026-12-31",
    "currency": "USD",
    "subtotal": _usd(372500),
    "tax_rate_bp": 0,
    "tax_note": "not_applicable",
    "tax": _usd(0),
    "carried_credit": _usd(0),
    "total": _usd(372500),
    "created_at": "2026-12-01T02:00:03Z",
    "emailed_at": "2026-12-01T02:00:04Z",
    "paid_at": None,
    "line_count": 1,
    "lines": [INVOICE_LINE],
}

_NOT_YET = {"id": None, "number": None, "status": None, "bill_at": "2026-12-01T02:00:00Z"}
_POSTED_ONLY = {"created_at", "emailed_at", "paid_at"}
UPCOMING_INVOICE: dict[str, Any] = {
    name: value for name, value in {**INVOICE, **_NOT_YET}.items() if name not in _POSTED_ONLY
}

SUBSCRIPTION: dict[str, Any] = {
    "id": SUBSCRIPTION_ID,
    "customer_id": CUSTOMER_ID,
    "reseller_id": None,
    "offering": "managed-tls",
    "clm_tier": "professional",
    "term_months": 12,
    "requested_start_date": None,
    "start_date": "2026-11-22",
    "end_date": "2027-11-22",
    "state": "active",
    "state_reason": None,
    "term_number": 1,
    "anchor_date": "2026-11-22",
    "anchor_term_number": 1,
    "renewal_mode": "auto",
    "inventory": [{"product": "tls-ov-single", "quantity": 25}],
    "renewal_inventory": [{"product": "tls-ov-single", "quantity": 25}],
    "renewal_inventory_mode": "follows",
    "reference_id": "PO-4711",
    "eca_acceptance_id": "acc_01930c3fa6d273e4cf71c2e06d8eafb1",
    "suspended_at": None,
    "renewal_held_since": None,
    "version": 2,
    "eca": {
        "status": "on_file",
        "acceptor_email": None,
        "requested_at": None,
        "deadline_at": None,
        "last_sent_at": None,
        "links_sent": 0,
        "document_version": None,
    },
    "next_event": {"kind": "renewal_reminder", "at": "2027-08-24T09:00:00Z"},
    "allowed": ["add_inventory", "set_renewal_inventory", "set_renewal_mode", "suspend", "refund"],
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}

READ_SUBSCRIPTION: dict[str, Any] = {**SUBSCRIPTION, "company_name": "Example GmbH"}
COMMAND_ANSWER: dict[str, Any] = {**SUBSCRIPTION, "transaction": None, "warnings": []}

QUOTE: dict[str, Any] = {
    "start_date": "2026-11-22",
    "end_date": "2027-11-22",
    "total_days": 365,
    "remaining_days": 365,
    "lines": [UNPOSTED_LINE],
    "total": _usd(372500),
    "due_now": _usd(0),
    "eca": {"status": "required"},
    "earliest_start_date": "2025-11-23",
    "warnings": [],
}

REFUND: dict[str, Any] = {
    "id": REFUND_ID,
    "customer_id": CUSTOMER_ID,
    "reason": "Ordered twice",
    "reference_id": None,
    "total": _usd(-14900),
    "transactions": [
        {**TRANSACTION, "action": "refund", "amount": _usd(-14900), "refunds_transaction_id": TRANSACTION_ID}
    ],
}

TIMELINE_ENTRY: dict[str, Any] = {
    "version": 2,
    "kind": "activated",
    "at": "2026-11-22T09:30:00Z",
    "actor": "key_01930c3fa07c7d9e8f1b6c8a0d2e4f5b",
    "reason": None,
    "command_id": COMMAND_ID,
    "transaction_id": TRANSACTION_ID,
    "data": {"start_date": "2026-11-22", "end_date": "2027-11-22"},
}

EVENT: dict[str, Any] = {
    "id": "evt_01930c3fa3af70c19c4e9fbd3a5b7c8e",
    "subscription_id": SUBSCRIPTION_ID,
    "version": 2,
    "kind": "activated",
    "at": "2026-11-22T09:30:00Z",
    "recorded_at": "2026-11-22T09:30:00Z",
    "actor": "key_01930c3fa07c7d9e8f1b6c8a0d2e4f5b",
    "reason": None,
    "command_id": COMMAND_ID,
    "transaction_id": TRANSACTION_ID,
    "payload_version": 1,
    "data": {
        "start_date": "2026-11-22",
        "end_date": "2027-11-22",
        "charge": {
            "action": "purchase",
            "term_number": 1,
            "occurred_at": "2026-11-22T09:30:00Z",
            "reference_id": "PO-4711",
            "refunds_transaction_id": None,
            "total": _usd(372500),
            "lines": [UNPOSTED_LINE],
        },
    },
}

WEBHOOK: dict[str, Any] = {
    "id": "whk_01930c3fa4b071d2ad5fa0ce4b6c8d9f",
    "partner_id": "ptn_01930c3f7a1b7c3e9d5f2b1a4e6d8c0e",
    "url": "https://hooks.example.com/perennial",
    "description": None,
    "kinds": ["activated", "renewed"],
    "state": "enabled",
    "state_reason": None,
    "previous_secret_expires_at": None,
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}

WEBHOOK_WITH_SECRET: dict[str, Any] = {**WEBHOOK, "secret": "whsec_" + "c2hvd24gb25jZQ=="}

DELIVERY: dict[str, Any] = {
    "id": "tel_01930c3fa5c172e3be60b1df5c7d9ea0",
    "webhook_id": WEBHOOK["id"],
    "event_id": EVENT["id"],
    "subscription_id": SUBSCRIPTION_ID,
    "version": 2,
    "kind": "activated",
    "status": "sent",
    "attempts": 0,
    "last_error": None,
    "next_try_at": None,
    "created_at": "2026-11-22T09:30:00Z",
    "sent_at": "2026-11-22T09:30:01Z",
}

FORESEEN: dict[str, Any] = {
    "at": "2027-11-22T00:00:00Z",
    "kind": "term_end",
    "charge": _usd(372500),
    "lines": [UNPOSTED_LINE],
}

SUBSCRIPTION_REPORT: dict[str, Any] = {
    "data": [
        {
            "customer": "Example GmbH",
            "customer_id": CUSTOMER_ID,
            "subscription_id": SUBSCRIPTION_ID,
            "reseller": None,
            "reseller_id": None,
            "offering": "managed-tls",
            "clm_tier": "professional",
            "products": [{"product": "tls-ov-single", "quantity": 25}],
            "state": "active",
            "renewal_mode": "auto",
            "term_number": 1,
            "start_date": "2026-11-22",
            "end_date": "2027-11-22",
            "reference_id": "PO-4711",
            "cost": _usd(372500),
        }
    ],
    "next_cursor": None,
    "totals": [{"currency": "USD", "count": 1, "cost": _usd(372500)}],
}

TRANSACTION_REPORT: dict[str, Any] = {
    "data": [
        {
            "customer": "Example GmbH",
            "customer_id": CUSTOMER_ID,
            "reseller": None,
            "reseller_id": None,
            "subscription_id": SUBSCRIPTION_ID,
            "term_number": 1,
            "products": [{"product": "tls-ov-single", "quantity": 25, "cost": _usd(372500)}],
            "transaction_id": TRANSACTION_ID,
            "action": "purchase",
            "date": "2026-11-22",
            "occurred_at": "2026-11-22T09:30:00Z",
            "total_quantity": 25,
            "cost": _usd(372500),
            "user": "key_01930c3fa07c7d9e8f1b6c8a0d2e4f5b",
            "reference_id": "PO-4711",
            "refunds_transaction_id": None,
            "invoice": "INV-2026-000123",
            "invoice_id": INVOICE_ID,
        }
    ],
    "next_cursor": None,
    "totals": [
        {"currency": "USD", "count": 1, "charged": _usd(372500), "refunded": _usd(0), "cost": _usd(372500)},
    ],
}

PRODUCT_USAGE: dict[str, Any] = {
    "product": "tls-ov-single",
    "inventory": 25,
    "in_use": 21,
    "available": 4,
    "overage": 0,
}
USAGE_REPORT: dict[str, Any] = {
    "data": [
        {"customer": "Example GmbH", "customer_id": CUSTOMER_ID, "subscription_id": SUBSCRIPTION_ID, **PRODUCT_USAGE},
    ],
    "next_cursor": None,
    "totals": [PRODUCT_USAGE],
}


def page_of_examples(example: dict[str, Any]) -> dict[str, Any]:
    """Return a list's answer with one item."""
    return {"data": [example], "next_cursor": None}
