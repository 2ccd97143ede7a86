"""The names by which doors, workers and operators find workflows, queues and search attributes."""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

SUBSCRIPTIONS_QUEUE = "subscriptions"
RENEWALS_QUEUE = "renewals"
DELIVERIES_QUEUE = "deliveries"
INVOICING_QUEUE = "invoicing"
INVOICING_SCHEDULE = "invoicing"
BULK_QUEUE = "bulk"
WEBHOOKS_QUEUE = "webhooks"  # receivers that hang hold up no mail

STATUS = SearchAttributeKey.for_keyword("SubscriptionStatus")
OFFERING = SearchAttributeKey.for_keyword("Offering")
PARTNER = SearchAttributeKey.for_keyword("Partner")
CUSTOMER = SearchAttributeKey.for_keyword("Customer")
NEXT_EVENT_AT = SearchAttributeKey.for_datetime("NextEventAt")
ENDS_AT = SearchAttributeKey.for_datetime("EndsAt")
ATTENTION = SearchAttributeKey.for_keyword("Attention")

WEBHOOK = "webhook/"
_SUBSCRIPTION = "subscription/"


def subscription_workflow_id(subscription_id: str) -> str:
    """Return the workflow id of a subscription."""
    return f"{_SUBSCRIPTION}{subscription_id}"


def subscription_of(workflow_id: str) -> str | None:
    """Return the subscription that a workflow belongs to by its id, None for workflows of another kind."""
    return workflow_id.removeprefix(_SUBSCRIPTION) if workflow_id.startswith(_SUBSCRIPTION) else None


def refund_workflow_id(refund_id: str) -> str:
    """Return the workflow id of a refund."""
    return f"refund/{refund_id}"


def invoicing_workflow_id(month: str, request: str) -> str:
    """Return the workflow id of a run that was asked for; each is one of its own, because overlapping is harmless."""
    return f"invoicing/{month}/{request}"


def bulk_workflow_id(job_id: str) -> str:
    """Return the workflow id of a bulk job."""
    return f"bulk/{job_id}"
