"""What the OpenAPI document says of subscriptions, money, the agreement and the sandbox."""

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
from api.operations import operation

_LIST = ("unknown_parameter", "limit_out_of_range", "invalid_cursor")
_CHANGE = ("not_found", "unknown_field", "idempotency_key_reused", "request_in_progress", "version_conflict")
_ENGINE = ("engine_unreachable",)
_KEYED = ("Idempotency-Key", "If-Match", "Prefer")
_PRODUCTS = (
    *("quantity_out_of_range", "duplicate_product", "unknown_product"),
    *("product_not_in_offering", "product_not_offered"),
)
_PURCHASE = (
    *("customer_not_found", "unknown_field", "required", "renewal_mode_required", "empty_inventory", *_PRODUCTS),
    *("unknown_offering", "term_not_offered", "unknown_clm_tier", "currency_mismatch"),
    *("start_date_too_early", "start_date_too_late"),
)
_ACCEPTOR = ("acceptor_email_required", "acceptor_is_partner")
_LINK = ("eca_link_invalid", "eca_link_replaced", "rate_limited")
_SUBSCRIPTION = "/v1/subscriptions/{subscription_id}"


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the arguments of each route, by method and path."""
    return {**_buying(), **_reading(), **_changing(), **_money(), **_agreement(), **_sandbox()}


def _buying() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        ("post", "/v1/quotes"): operation(
            "Price a purchase", scope="read", body=PurchaseBody, example=examples.QUOTE, codes=_PURCHASE
        ),
        ("post", "/v1/subscriptions"): operation(
            "Buy a subscription",
            scope="write",
            status=201,
            body=PurchaseBody,
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
    more = ("ends_before", "ends_after", "reference_id")
    command = {"command_id": examples.COMMAND_ID, "kind": "suspend", "state": "accepted"}
    return {
        ("get", "/v1/subscriptions"): operation(
            "List subscriptions",
            scope="read",
            example=page_of_examples(examples.SUBSCRIPTION),
            parameters=(*filters, *more, *PAGE),
            codes=_LIST,
        ),
        ("get", _SUBSCRIPTION): operation(
            "Read a subscription", scope="read", example=examples.SUBSCRIPTION, codes=("not_found",)
        ),
        ("get", f"{_SUBSCRIPTION}/timeline"): operation(
            "Read the timeline",
            scope="read",
            example=page_of_examples(examples.TIMELINE_ENTRY),
            parameters=PAGE,
            codes=("not_found", *_LIST),
        ),
        ("get", f"{_SUBSCRIPTION}/forecast"): operation(
            "Read what happens if nobody touches it",
            scope="read",
            example={"data": [examples.FORESEEN], "until": "2027-11-22"},
            parameters=("until",),
            codes=("not_found", "invalid_date", "until_too_far"),
        ),
        ("get", "/v1/commands/{command_id}"): operation(
            "Read a command", scope="read", example=command, codes=("not_found",)
        ),
    }


def _changing() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        ("post", f"{_SUBSCRIPTION}/inventory"): _command(
            "Add inventory",
            AddInventoryBody,
            *("empty_inventory", *_PRODUCTS, "not_active", "subscription_suspended", "price_changed"),
        ),
        ("put", f"{_SUBSCRIPTION}/renewal-inventory"): _command(
            "Set the renewal inventory", RenewalInventoryBody, "renewal_inventory_empty", *_PRODUCTS, "not_active"
        ),
        ("put", f"{_SUBSCRIPTION}/renewal-mode"): _command(
            "Set the renewal mode", RenewalModeBody, "renewal_mode_required", "not_active"
        ),
        ("post", f"{_SUBSCRIPTION}/suspend"): _command("Suspend", StateBody, "not_active", "already_suspended"),
        ("post", f"{_SUBSCRIPTION}/enable"): _command("Enable", StateBody, "not_suspended", "price_changed"),
        ("post", f"{_SUBSCRIPTION}/cancel"): _command(
            "Withdraw a purchase that has not started", StateBody, "use_suspend_or_one_time", "invalid_state"
        ),
        ("post", f"{_SUBSCRIPTION}/eca/resend"): _command(
            "Mail the agreement again", ResendBody, "invalid_state", "resend_too_soon", "resend_limit"
        ),
        ("put", f"{_SUBSCRIPTION}/eca/acceptor"): _command(
            "Ask another person to accept the agreement",
            AcceptorBody,
            *("invalid_email", "acceptor_unchanged", "acceptor_is_partner", "invalid_state", "acceptor_change_limit"),
        ),
    }


def _command(summary: str, body: type[Body], *codes: str) -> dict[str, Any]:
    return operation(
        summary,
        scope="write",
        body=body,
        example=examples.COMMAND_ANSWER,
        parameters=("dry_run",),
        headers=_KEYED,
        codes=(*_CHANGE, *codes, *_ENGINE),
    )


def _money() -> dict[tuple[str, str], dict[str, Any]]:
    filters = ("customer_id", "subscription_id", "action", "refundable", "from", "to", "reference_id")
    refusals = (
        *("empty_refund", "duplicate_line", "reason_required", "several_customers", "transaction_line_not_found"),
        *("not_refundable", "refund_quantity_exceeds", "refund_window_closed", "price_changed", *_ENGINE),
    )
    return {
        ("get", "/v1/transactions"): operation(
            "List transactions",
            scope="read",
            example=page_of_examples(examples.TRANSACTION),
            parameters=(*filters, *PAGE),
            codes=_LIST,
        ),
        ("get", "/v1/transactions/{transaction_id}"): operation(
            "Read a transaction", scope="read", example=examples.EXPLAINED_TRANSACTION, codes=("not_found",)
        ),
        ("post", "/v1/refunds"): operation(
            "Refund certificates of one customer",
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
            scope="read",
            example=page_of_examples(examples.REFUND),
            parameters=("customer_id", *PAGE),
            codes=_LIST,
        ),
        ("get", "/v1/refunds/{refund_id}"): operation(
            "Read a refund", scope="read", example=examples.REFUND, codes=("not_found",)
        ),
    }


def _agreement() -> dict[tuple[str, str], dict[str, Any]]:
    declined = {**examples.DECISION, "status": "declined", "name": None, "job_title": None}
    return {
        ("get", "/eca/{token}"): operation("Show the agreement", scope=None, example="a page", codes=_LINK),
        ("post", "/eca/{token}/accept"): operation(
            "Accept the agreement", scope=None, example=examples.DECISION, codes=(*_LINK, "eca_already_accepted")
        ),
        ("post", "/eca/{token}/decline"): operation(
            "Decline the agreement", scope=None, example=declined, codes=(*_LINK, "eca_already_accepted")
        ),
    }


def _sandbox() -> dict[tuple[str, str], dict[str, Any]]:
    moved = {"id": examples.SUBSCRIPTION_ID, "today": "2027-11-22", "state": "active"}
    return {
        ("post", "/v1/sandbox/advance"): operation(
            "Advance the virtual time of subscriptions",
            scope="write",
            body=AdvanceBody,
            example={"subscriptions": [moved]},
            codes=("not_found", "invalid_date", "already_past"),
        ),
        ("get", "/v1/sandbox/mailbox"): operation(
            "List the mails that were sent",
            scope="write",
            example=page_of_examples(examples.MAIL),
            parameters=PAGE,
            codes=_LIST,
        ),
    }
