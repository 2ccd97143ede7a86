"""The catalogue, the agreement, quotes, and subscriptions with their commands."""

from __future__ import annotations

from perennial.shell.operations import Kind, Member, Operation, counts, flag, number, text

_SUBSCRIPTION = "/v1/subscriptions/{subscription_id}"
_REFERENCE = text("reference_id", "Your own number for it.")
_EXPECTED = number("expected_total", "What it must cost, in minor units; else it is refused.")
_REASON = text("reason", "Why, for the timeline.")
_PURCHASE = (
    text("customer_id", "For whom.", required=True, option="customer"),
    text("offering", "As in managed-tls.", required=True),
    number("term_months", "As in 12.", required=True),
    text("clm_tier", "As in professional.", required=True),
    counts("inventory", "PRODUCT=COUNT; repeat it."),
    text("renewal_mode", "auto or one_time.", required=True),
    text("start_date", "YYYY-MM-DD; the day of activation unless said."),
    text("eca_acceptor_email", "Who accepts the agreement, where it is needed."),
    _REFERENCE,
    _EXPECTED,
)


def _change(command: str, method: str, path: str, about: str, *members: Member) -> Operation:
    return Operation(
        command=f"subscriptions {command}",
        method=method,
        path=f"{_SUBSCRIPTION}/{path}",
        help=about,
        members=members,
        dry_run=True,
        if_match=True,
    )


OPERATIONS = (
    Operation(
        command="catalog read",
        method="GET",
        path="/v1/catalog",
        help="Read what can be bought on a day, at one's own prices, from the API.",
        members=(text("on", "The day (YYYY-MM-DD), today unless said."),),
    ),
    Operation(
        command="agreement versions",
        method="GET",
        path="/v1/agreements",
        help="List the versions of the agreement, from the API.",
        paged=True,
        columns=("id", "version", "language", "effective_from", "sha256"),
    ),
    Operation(
        command="agreement read",
        method="GET",
        path="/v1/agreements/{agreement_id}",
        help="Read a version of the agreement with its text, from the API.",
    ),
    Operation(
        command="quote", method="POST", path="/v1/quotes", help="Price a purchase; nothing is kept.", members=_PURCHASE
    ),
    Operation(
        command="subscriptions buy",
        method="POST",
        path="/v1/subscriptions",
        help="Buy a subscription.",
        members=_PURCHASE,
        dry_run=True,
    ),
    Operation(
        command="subscriptions list",
        method="GET",
        path="/v1/subscriptions",
        help="List subscriptions.",
        paged=True,
        members=(
            text("customer_id", "Those of a customer.", option="customer"),
            text("partner_id", "Those of a partner.", option="partner"),
            text("state", "As in active."),
            text("offering", "As in managed-tls."),
            text("renewal_mode", "auto or one_time."),
            text("ends_before", "YYYY-MM-DD."),
            text("ends_after", "YYYY-MM-DD."),
            number("ends_within", "Days: ending at the latest so long from its own today."),
            flag("held", "Only those whose renewal is held."),
            text("reference_id", "Your own number."),
        ),
        columns=("id", "customer_id", "offering", "state", "inventory", "renewal_mode", "start_date", "end_date"),
    ),
    Operation(
        command="overview",
        method="GET",
        path="/v1/overview",
        help="Count what needs attention: renewals due, waiting for the agreement, suspended, held.",
    ),
    Operation(command="subscriptions show", method="GET", path=_SUBSCRIPTION, help="Show a subscription."),
    Operation(
        command="subscriptions timeline",
        method="GET",
        path=f"{_SUBSCRIPTION}/timeline",
        help="Show what happened, newest first.",
        paged=True,
        columns=("version", "at", "kind", "actor", "reason", "transaction_id"),
    ),
    Operation(
        command="subscriptions forecast",
        method="GET",
        path=f"{_SUBSCRIPTION}/forecast",
        help="Show what happens if nobody touches it.",
        members=(text("until", "YYYY-MM-DD; one year unless said."),),
        columns=("at", "kind", "charge"),
    ),
    _change(
        "add", "POST", "inventory", "Add certificates for use now.", counts("add", "PRODUCT=COUNT; repeat it."),
        _REFERENCE, _EXPECTED,
    ),
    _change(
        "renewal-inventory", "PUT", "renewal-inventory", "Replace what renews.",
        counts("lines", "PRODUCT=COUNT; repeat it. What is left out does not renew.", required=False),
        Member("lines", "Follow the inventory again.", Kind.NULL, option="follow"),
        _REFERENCE,
    ),
    _change(
        "renewal-mode", "PUT", "renewal-mode", "Say whether it renews by itself.",
        text("renewal_mode", "auto or one_time.", required=True, option="mode"),
    ),
    _change("suspend", "POST", "suspend", "Suspend it.", _REASON, _EXPECTED),
    _change("enable", "POST", "enable", "Enable it again.", _REASON, _EXPECTED),
    _change("cancel", "POST", "cancel", "Withdraw a purchase that has not started.", _REASON, _EXPECTED),
    _change("eca resend", "POST", "eca/resend", "Mail the agreement again; the old link dies."),
    _change(
        "eca acceptor", "PUT", "eca/acceptor", "Ask another person to accept the agreement.",
        text("eca_acceptor_email", "Who is asked instead.", required=True, option="email"),
    ),
    Operation(
        command="subscriptions usage",
        method="PUT",
        path=f"{_SUBSCRIPTION}/usage",
        help="Report how many certificates of a product are in use.",
        members=(
            text("product", "As in tls-dv-single.", required=True),
            number("in_use", "How many; the last report counts.", required=True),
        ),
    ),
    Operation(
        command="subscriptions entitlement",
        method="GET",
        path=f"{_SUBSCRIPTION}/entitlement",
        help="Ask whether certificates may be issued, and how many are left.",
    ),
    Operation(
        command="commands show",
        method="GET",
        path="/v1/commands/{command_id}",
        help="Show whether a command that was accepted is done.",
    ),
)  # fmt: skip
