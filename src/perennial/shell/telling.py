"""Webhooks, what was mailed, and the sandbox's mailbox and invoice runs."""

from __future__ import annotations

from perennial.shell.operations import Operation, many, number, text

_WEBHOOK = "/v1/webhooks/{webhook_id}"
_FIELDS = (
    text("description", "What it is for."),
    many("kinds", "Only events of this kind; repeat it.", option="kind"),
)

OPERATIONS = (
    Operation(
        command="webhooks list",
        method="GET",
        path="/v1/webhooks",
        help="List webhooks.",
        paged=True,
        columns=("id", "url", "kinds", "state", "state_reason", "description"),
    ),
    Operation(command="webhooks show", method="GET", path=_WEBHOOK, help="Show a webhook without its secret."),
    Operation(
        command="webhooks create",
        method="POST",
        path="/v1/webhooks",
        help="Create a webhook; its secret is shown once.",
        members=(text("url", "Where it is told.", required=True), *_FIELDS),
    ),
    Operation(
        command="webhooks edit",
        method="PATCH",
        path=_WEBHOOK,
        help="Change a webhook, disable or enable it.",
        members=(text("url", "Where it is told."), *_FIELDS, text("state", "enabled or disabled.")),
    ),
    Operation(command="webhooks delete", method="DELETE", path=_WEBHOOK, help="End a webhook."),
    Operation(
        command="webhooks rotate-secret",
        method="POST",
        path=f"{_WEBHOOK}/rotate-secret",
        help="Give it a new secret; for a while the one before is signed with too.",
        members=(number("overlap_hours", "For how long; 24 unless said."),),
    ),
    Operation(
        command="webhooks deliveries",
        method="GET",
        path=f"{_WEBHOOK}/deliveries",
        help="List what a webhook was told and is owed.",
        paged=True,
        members=(text("status", "pending, sent or failed."),),
        columns=("id", "kind", "subscription_id", "status", "attempts", "last_error", "sent_at"),
    ),
    Operation(
        command="webhooks retry",
        method="POST",
        path=f"{_WEBHOOK}/deliveries/{{delivery_id}}/retry",
        help="Tell a webhook again, whatever became of it before.",
    ),
    Operation(
        command="mails",
        method="GET",
        path="/v1/mails",
        help="List what was mailed and is to be mailed, and what became of it.",
        paged=True,
        members=(
            text("subscription_id", "Those about a subscription.", option="subscription"),
            text("invoice_id", "Those about a document.", option="invoice"),
            text("kind", "As in eca_request."),
            text("receiver", "acceptor, former_acceptor, partner, customer, operator or billing."),
            text("status", "pending, sent, refused, failed or skipped."),
        ),
        columns=("id", "created_at", "kind", "receiver", "subscription_id", "status", "attempts", "sent_at"),
    ),
    Operation(
        command="mailbox",
        method="GET",
        path="/v1/sandbox/mailbox",
        help="List the sandbox's mails.",
        paged=True,
        members=(
            text("subscription_id", "Those about a subscription.", option="subscription"),
            text("invoice_id", "Those about a document.", option="invoice"),
            text("kind", "As in eca_request."),
            text("to", "To an address."),
        ),
        columns=("id", "sent_at", "to", "kind", "subject"),
    ),
    Operation(
        command="invoice-run",
        method="POST",
        path="/v1/sandbox/invoice-runs",
        help="Make a month's invoices now, in the sandbox.",
        members=(text("month", "YYYY-MM.", required=True),),
    ),
)
