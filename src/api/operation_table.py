"""What the OpenAPI document says of subscriptions, money and the sandbox."""

from __future__ import annotations

from typing import Any

from api import examples
from api.bodies import (
    AcceptorBody,
    AddInventoryBody,
    AdvanceBody,
    PurchaseBody,
    RefundBody,
    RenewalInventoryBody,
    RenewalModeBody,
    ResendBody,
    StateBody,
)
from api.body_types import Body
from api.examples import page_of_examples
from api.listing import PAGE
from api.operations import Listed, operation
from api.shapes.money import ExplainedTransaction, JudgedTransaction, Refund, RefundPreview
from api.shapes.sandbox import Advanced
from api.shapes.subscriptions import (
    Command,
    CommandAnswer,
    Forecast,
    PurchasePreview,
    Quote,
    Subscription,
    TimelineEntry,
)

_LIST = ("unknown_parameter", "limit_out_of_range", "invalid_cursor")
_CHANGE = ("not_found", "unknown_field", "idempotency_key_reused", "request_in_progress", "version_conflict")
_ENGINE = ("engine_unreachable",)
_KEYED = ("Idempotency-Key", "If-Match", "Prefer")
_PRODUCTS = (
    *("quantity_out_of_range", "duplicate_product", "unknown_product"),
    *("product_not_in_offering", "product_not_offered"),
)
_PURCHASE = (
    *("customer_not_found", "invalid_email", "invalid_date", "renewal_mode_required", "empty_inventory", *_PRODUCTS),
    *("unknown_offering", "term_not_offered", "unknown_clm_tier", "currency_mismatch"),
    *("start_date_too_early", "start_date_too_late"),
)
_ACCEPTOR = ("acceptor_email_required", "acceptor_is_partner")
_SUBSCRIPTION = "/v1/subscriptions/{subscription_id}"
MAY_BE_EMPTY = (StateBody, ResendBody)


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the arguments of each route, by method and path."""
    return {**_buying(), **_reading(), **_changing(), **_money(), **_sandbox()}


def _buying() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        ("post", "/v1/quotes"): operation(
            "Price a purchase",
            name="create_quote",
            scope="read",
            body=PurchaseBody,
            answer=Quote,
            example=examples.QUOTE,
            codes=_PURCHASE,
        ),
        ("post", "/v1/subscriptions"): operation(
            "Buy a subscription",
            name="create_subscription",
            scope="write",
            status=201,
            body=PurchaseBody,
            answer=CommandAnswer,
            preview=PurchasePreview,
            etag=True,
            example=examples.COMMAND_ANSWER,
            parameters=("dry_run",),
            headers=_KEYED,
            codes=(
                *("idempotency_key_required", "idempotency_key_reused", "request_in_progress"),
                *(*_PURCHASE, *_ACCEPTOR, "price_changed", *_ENGINE),
            ),
        ),
    }


def _reading() -> dict[tuple[str, str], dict[str, Any]]:
    filters = ("customer_id", "partner_id", "state", "offering", "renewal_mode")
    more = ("ends_before", "ends_after", "ends_within", "held", "reference_id")
    command = {"command_id": examples.COMMAND_ID, "kind": "suspend", "state": "accepted"}
    return {
        ("get", "/v1/subscriptions"): operation(
            "List subscriptions",
            name="list_subscriptions",
            answer=Listed(Subscription),
            scope="read",
            example=page_of_examples(examples.READ_SUBSCRIPTION),
            parameters=(*filters, *more, *PAGE),
            codes=(*_LIST, "out_of_range"),
        ),
        ("get", _SUBSCRIPTION): operation(
            "Read a subscription",
            name="read_subscription",
            scope="read",
            answer=Subscription,
            example=examples.READ_SUBSCRIPTION,
            codes=("not_found",),
            etag=True,
        ),
        ("get", f"{_SUBSCRIPTION}/timeline"): operation(
            "Read the timeline",
            name="list_timeline",
            answer=Listed(TimelineEntry),
            scope="read",
            example=page_of_examples(examples.TIMELINE_ENTRY),
            parameters=PAGE,
            codes=("not_found", *_LIST),
        ),
        ("get", f"{_SUBSCRIPTION}/forecast"): operation(
            "Read what happens if nobody touches it",
            name="read_forecast",
            answer=Forecast,
            scope="read",
            example={"data": [examples.FORESEEN], "until": "2027-11-22"},
            parameters=("until",),
            codes=("not_found", "invalid_date", "until_too_far"),
        ),
        ("get", "/v1/commands/{command_id}"): operation(
            "Read a command",
            name="read_command",
            scope="read",
            answer=Command,
            example=command,
            codes=("not_found",),
        ),
    }


def _changing() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        ("post", f"{_SUBSCRIPTION}/inventory"): _posted(
            "add_inventory",
            "Add inventory",
            AddInventoryBody,
            *("empty_inventory", *_PRODUCTS, "not_active", "subscription_suspended", "price_changed"),
        ),
        ("put", f"{_SUBSCRIPTION}/renewal-inventory"): _command(
            "set_renewal_inventory",
            "Set the renewal inventory",
            RenewalInventoryBody,
            "renewal_inventory_empty",
            *_PRODUCTS,
            "not_active",
        ),
        ("put", f"{_SUBSCRIPTION}/renewal-mode"): _command(
            "set_renewal_mode", "Set the renewal mode", RenewalModeBody, "renewal_mode_required", "not_active"
        ),
        ("post", f"{_SUBSCRIPTION}/suspend"): _posted(
            "suspend_subscription", "Suspend", StateBody, "not_active", "already_suspended"
        ),
        ("post", f"{_SUBSCRIPTION}/enable"): _posted(
            "enable_subscription", "Enable", StateBody, "not_suspended", "price_changed"
        ),
        ("post", f"{_SUBSCRIPTION}/cancel"): _posted(
            "cancel_subscription",
            "Withdraw a purchase that has not started",
            StateBody,
            "use_suspend_or_one_time",
            "invalid_state",
        ),
        ("post", f"{_SUBSCRIPTION}/eca/resend"): _posted(
            "resend_agreement",
            "Mail the agreement again",
            ResendBody,
            "invalid_state",
            "resend_too_soon",
            "resend_limit",
        ),
        ("put", f"{_SUBSCRIPTION}/eca/acceptor"): _command(
            "change_acceptor",
            "Ask another person to accept the agreement",
            AcceptorBody,
            *("invalid_email", "acceptor_unchanged", "acceptor_is_partner", "invalid_state", "acceptor_change_limit"),
        ),
    }


def _command(name: str, summary: str, body: type[Body], *codes: str) -> dict[str, Any]:
    return operation(
        summary,
        name=name,
        answer=CommandAnswer,
        etag=True,
        may_be_empty=body in MAY_BE_EMPTY,
        scope="write",
        body=body,
        example=examples.COMMAND_ANSWER,
        parameters=("dry_run",),
        headers=_KEYED,
        codes=(*_CHANGE, *codes, *_ENGINE),
    )


def _posted(name: str, summary: str, body: type[Body], *codes: str) -> dict[str, Any]:
    return _command(name, summary, body, "idempotency_key_required", *codes)


def _money() -> dict[tuple[str, str], dict[str, Any]]:
    filters = ("customer_id", "subscription_id", "action", "refundable", "from", "to", "reference_id")
    refusals = (
        *("empty_refund", "duplicate_line", "reason_required", "several_customers", "transaction_line_not_found"),
        *("not_refundable", "refund_quantity_exceeds", "refund_window_closed", "certificates_in_use", "price_changed"),
        *_ENGINE,
    )
    return {
        ("get", "/v1/transactions"): operation(
            "List transactions",
            name="list_transactions",
            answer=Listed(JudgedTransaction),
            scope="read",
            example=page_of_examples({**examples.TRANSACTION, "is_refundable": True}),
            parameters=(*filters, *PAGE),
            codes=_LIST,
        ),
        ("get", "/v1/transactions/{transaction_id}"): operation(
            "Read a transaction",
            name="read_transaction",
            scope="read",
            answer=ExplainedTransaction,
            example=examples.EXPLAINED_TRANSACTION,
            codes=("not_found",),
        ),
        ("post", "/v1/refunds"): operation(
            "Refund certificates of one customer",
            name="create_refund",
            answer=Refund,
            preview=RefundPreview,
            scope="refund",
            status=201,
            body=RefundBody,
            example=examples.REFUND,
            parameters=("dry_run",),
            headers=_KEYED,
            codes=("idempotency_key_required", "idempotency_key_reused", "request_in_progress", *refusals),
        ),
        ("get", "/v1/refunds"): operation(
            "List refunds",
            name="list_refunds",
            answer=Listed(Refund),
            scope="read",
            example=page_of_examples(examples.REFUND),
            parameters=("customer_id", *PAGE),
            codes=_LIST,
        ),
        ("get", "/v1/refunds/{refund_id}"): operation(
            "Read a refund",
            name="read_refund",
            scope="read",
            answer=Refund,
            example=examples.REFUND,
            codes=("not_found",),
        ),
    }


def _sandbox() -> dict[tuple[str, str], dict[str, Any]]:
    moved = {"id": examples.SUBSCRIPTION_ID, "today": "2027-11-22", "state": "active"}
    return {
        ("post", "/v1/sandbox/advance"): operation(
            "Advance the virtual time of subscriptions",
            name="advance_subscriptions",
            answer=Advanced,
            scope="write",
            body=AdvanceBody,
            example={"subscriptions": [moved]},
            codes=("not_found", "invalid_date", "already_past", *_ENGINE),
        ),
    }
