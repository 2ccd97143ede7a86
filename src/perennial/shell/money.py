"""Transactions, refunds, invoices and reports."""

from __future__ import annotations

from perennial.shell.operations import Member, Operation, counts, flag, number, text

_PDF = "application/pdf"
_CUSTOMER = text("customer_id", "Those of a customer.", option="customer")
_FROM, _TO = text("from", "First day (YYYY-MM-DD)."), text("to", "Last day (YYYY-MM-DD).")
_REPORT: tuple[Member, ...] = (_CUSTOMER, _FROM, _TO)


def _report(name: str, about: str, *columns: str) -> Operation:
    return Operation(
        command=f"reports {name}",
        method="GET",
        path=f"/v1/reports/{name}",
        help=about,
        paged=True,
        members=_REPORT,
        columns=columns,
    )


OPERATIONS = (
    Operation(
        command="transactions list",
        method="GET",
        path="/v1/transactions",
        help="List what was charged and given back.",
        paged=True,
        members=(
            _CUSTOMER,
            text("subscription_id", "Those of a subscription.", option="subscription"),
            text("action", "As in purchase or refund."),
            flag("refundable", "Only those of which something can be given back."),
            _FROM,
            _TO,
            text("reference_id", "Your own number."),
        ),
        columns=("id", "occurred_at", "action", "subscription_id", "total_quantity", "amount", "refundable_until"),
    ),
    Operation(
        command="transactions show",
        method="GET",
        path="/v1/transactions/{transaction_id}",
        help="Show a transaction with its lines, explained.",
    ),
    Operation(
        command="refunds list",
        method="GET",
        path="/v1/refunds",
        help="List refunds.",
        paged=True,
        members=(_CUSTOMER,),
        columns=("id", "customer_id", "reason", "reference_id", "total"),
    ),
    Operation(command="refunds show", method="GET", path="/v1/refunds/{refund_id}", help="Show a refund."),
    Operation(
        command="refunds create",
        method="POST",
        path="/v1/refunds",
        help="Give certificates of one customer back: all of it or none.",
        dry_run=True,
        members=(
            counts("lines", "TRANSACTION_LINE=COUNT; repeat it.", option="line", of="transaction_line_id"),
            text("reason", "Why."),
            text("reference_id", "Your own number for it."),
            number("expected_total", "What it must give back, in minor units; else it is refused."),
            flag("override_window", "For operators: after the window has closed, with a reason."),
        ),
    ),
    Operation(
        command="invoices list",
        method="GET",
        path="/v1/invoices",
        help="List invoices and credit notes.",
        paged=True,
        members=(
            text("account_id", "Those of an account.", option="account"),
            text("kind", "invoice or credit_note."),
            text("status", "As in paid."),
            text("month", "YYYY-MM."),
        ),
        columns=("id", "number", "kind", "status", "period_start", "total", "due_date"),
    ),
    Operation(command="invoices show", method="GET", path="/v1/invoices/{invoice_id}", help="Show a document."),
    Operation(
        command="invoices pdf",
        method="GET",
        path="/v1/invoices/{invoice_id}.pdf",
        help="Save a document as PDF.",
        accept=_PDF,
        saved_as="{invoice_id}.pdf",
    ),
    Operation(
        command="invoices upcoming",
        method="GET",
        path="/v1/invoices/upcoming",
        help="Show what the next invoice holds.",
        members=(text("account_id", "Of an account.", option="account"),),
    ),
    Operation(
        command="invoices pay",
        method="POST",
        path="/v1/invoices/{invoice_id}/paid",
        help="Note that the money came in.",
        dry_run=True,
    ),
    _report(
        "subscriptions", "Report on subscriptions.",
        "customer", "subscription_id", "offering", "products", "state", "start_date", "end_date",
    ),
    _report(
        "transactions", "Report on transactions.",
        "customer", "transaction_id", "occurred_at", "action", "quantity", "amount",
    ),
    _report("usage", "Report on inventory and use.", "customer", "subscription_id", "product", "inventory", "in_use"),
)  # fmt: skip
