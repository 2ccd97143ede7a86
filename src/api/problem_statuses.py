"""With which status each problem code comes, for the document; the tests hold it against every answer that they get."""

from __future__ import annotations

from collections.abc import Iterable

INVALID = 422  # a code that stands in no other line below

_CODES: dict[int, tuple[str, ...]] = {
    400: ("malformed_json", "malformed_form", "idempotency_key_required", "idempotency_key_invalid"),
    401: ("unauthenticated",),
    403: ("missing_scope", "partner_disabled", "not_permitted"),
    404: ("not_found", "customer_not_found", "transaction_line_not_found"),
    405: ("method_not_allowed",),
    406: ("not_acceptable",),
    409: (
        *("request_in_progress", "price_changed", "invalid_state", "not_active", "not_suspended", "already_suspended"),
        *("subscription_suspended", "use_suspend_or_one_time", "resend_limit", "acceptor_change_limit"),
        *("eca_already_accepted", "not_refundable", "refund_window_closed"),
        *("refund_nothing_charged", "certificates_in_use", "invoice_already_paid", "nothing_to_pay"),
        *("webhook_limit", "webhook_disabled", "user_disabled", "bulk_job_over"),
    ),
    410: ("eca_link_invalid", "eca_link_replaced", "setup_secret_invalid"),
    412: ("version_conflict",),
    413: ("body_too_large",),
    415: ("unsupported_media_type",),
    429: ("rate_limited", "resend_too_soon"),
    500: ("internal_error",),
    503: ("engine_unreachable",),
}
_STATUSES = {code: status for status, codes in _CODES.items() for code in codes}


def by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    """Return the codes under their statuses, in the order of statuses, each once."""
    found: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        found.setdefault(_STATUSES.get(code, INVALID), []).append(code)
    return dict(sorted(found.items()))
