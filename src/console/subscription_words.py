"""What a subscription's states, events and instants to come are called in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from console.wording import RENEWAL_MODES, certificates, spoken
from lifecycle.wording import day_in_words, money_in_words, period_in_words

REASONS: Mapping[str, str] = {
    "withdrawn": "The purchase was withdrawn before it began; nothing was charged.",
    "term_over_before_acceptance": "The term was over before the ECA was accepted; nothing was charged.",
    "fully_refunded": "Everything in its inventory was refunded.",
    "ops_cancelled": "It was ended by the operator; no money moved by itself.",
}
AGENDA: Mapping[str, str] = {
    "eca_reminder": "Reminder to the ECA acceptor",
    "eca_deadline": "Last moment to accept the ECA",
    "start": "The subscription starts",
    "renewal_reminder": "Reminder of the renewal",
    "expiry_reminder": "Reminder of the expiry",
    "suspended_reminder": "Reminder that it is suspended",
    "term_end": "The term ends",
    "expired_followup": "Mail about certificates that outlive the subscription",
}
ROLES: Mapping[str, str] = {
    "acceptor": "the acceptor",
    "former_acceptor": "the former acceptor",
    "partner": "the partner",
    "customer": "the customer",
    "operator": "the operator",
    "billing": "the billing contact",
}
BARRED: Mapping[str, str] = {
    "pending_eca": "No certificate may be issued before the ECA is accepted.",
    "scheduled": "No certificate may be issued before the start date.",
    "suspended": "No certificate may be issued or reissued while the subscription is suspended.",
    "renewal_held": "No certificate may be issued or reissued: the term is over and its renewal is held.",
    "expired": "No certificate may be issued any more; issued ones stay valid until their own end.",
    "declined": "No certificate may be issued: the ECA was declined.",
    "eca_expired": "No certificate may be issued: the ECA was not accepted in time.",
    "cancelled": "No certificate may be issued: the subscription is cancelled.",
}
ECA: Mapping[str, str] = {
    "not_required": "This offering needs no ECA.",
    "on_file": "The customer’s ECA was on file when this was bought.",
    "requested": "Requested, not decided yet",
    "accepted": "Accepted",
    "declined": "Declined",
    "expired": "Not accepted in time",
}
_STATES: Mapping[str, str] = {
    "pending_eca": (
        "{asked} is asked to accept the Enterprise Certificate Agreement (ECA). "
        "Nothing is charged before it is accepted."
    ),
    "scheduled": "It starts on {start} by itself, at full price. Nothing is charged before.",
    "active": "The service is running. It {ends} on {end}.",
    "suspended": "The service is paused. The term runs on until {end}, and issued certificates stay valid.",
    "held": "The term ended on {end} while the service was suspended, so it was neither renewed nor charged.",
    "expired": "The term is over and was not renewed. Issued certificates stay valid until their own end.",
    "declined": "The acceptor declined the agreement; nothing was charged. Buy again to retry.",
    "eca_expired": "Nobody accepted the agreement within 30 days; nothing was charged. Buy again to retry.",
    "cancelled": "It was ended before the end of its term.",
}
_NO_CHARGE: Mapping[str, str] = {
    "pending_eca": "Once the ECA is accepted, the purchase is charged.",
    "scheduled": "Its start lies later than that.",
    "active": "Its term ends later than that.",
    "suspended": "While it is suspended, no charge arises.",
    "held": "The renewal is held: it is charged when somebody clicks Enable.",
}
# An event's own facts fill the braces, and what `event_title` makes of them.
_EVENTS: Mapping[str, str] = {
    "purchase_confirmed": "Purchase confirmed",
    "eca_requested": "ECA requested from {acceptor_email}",
    "eca_resent": "ECA request sent again, with link {link_number}",
    "eca_acceptor_changed": "ECA acceptor changed to {acceptor_email}",
    "eca_accepted": "ECA accepted by {name}, {job_title}",
    "eca_declined": "ECA declined",
    "eca_expired": "ECA not accepted in time",
    "activated": "Activated, {term}",
    "inventory_added": "Added {added}",
    "renewal_inventory_set": "Renewal inventory: {renewing}",
    "renewal_mode_set": "Renewal preference: {preference}",
    "suspended": "Suspended",
    "enabled": "Enabled",
    "renewed": "Renewed as term {term_number}, {term}",
    "renewal_held": "Renewal held, because the subscription was suspended at the end of its term",
    "expired": "Expired",
    "refunded": "Refunded, {taken}",
    "cancelled": "Cancelled. {why}",
}


def standing(facts: Mapping[str, Any]) -> str:
    """Return a subscription's state, with `held` for one whose renewal waits because it is suspended."""
    return "held" if facts["renewal_held_since"] is not None else str(facts["state"])


def state_sentence(facts: Mapping[str, Any]) -> str:
    """Return what a subscription's state means, in one or two sentences."""
    return _STATES[standing(facts)].format(
        asked=facts["eca"]["acceptor_email"],
        start=_day(facts["requested_start_date"]),
        end=_day(facts["end_date"]),
        ends="renews" if facts["renewal_mode"] == "auto" else "expires",
    )


def no_charge_sentence(facts: Mapping[str, Any]) -> str:
    """Return why nothing is charged by itself in the time that a forecast looks at."""
    if facts["state"] == "active" and facts["renewal_mode"] == "one_time":
        return "It is on One-Time Renewal, so it expires at the end of its term."
    return _NO_CHARGE.get(standing(facts), "The subscription is over.")


def reason_sentence(facts: Mapping[str, Any]) -> str:
    """Return why it is in its state: our own words for our own reasons, else what somebody gave; may be empty."""
    reason = facts["state_reason"]
    if reason is None:
        return ""
    return REASONS.get(reason) or f"Reason given: {reason}"


def event_title(kind: str, data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return what happened, in words."""
    pinned = "follows the inventory" if data.get("mode") == "follows" else _counts(data.get("lines", ()), names)
    known: dict[str, Any] = {
        **data,
        "term": _term(data),
        "added": _counts(data.get("added", ()), names),
        "taken": _counts(data.get("taken", ()), names) or "money only",
        "renewing": pinned,
        "preference": RENEWAL_MODES.get(data.get("renewal_mode", ""), ""),
        "why": REASONS.get(data.get("state_reason", ""), ""),
    }
    return _EVENTS.get(kind, spoken(kind)).format_map(known)


def charged(data: Mapping[str, Any]) -> str:
    """Return what an event posted, as money in words; empty when nothing."""
    charge = data.get("charge")
    if charge is None:
        return ""
    total = sum(int(line["amount"]) for line in charge["lines"])
    return money_in_words(-abs(total) if charge["action"] == "refund" else total, charge["currency"])


def actor_words(actor: str, user_id: str) -> str:
    """Return who did something; nobody's name is known here but the reader's own."""
    if actor == user_id:
        return "you"
    kinds = {"usr": "a user", "key": "an API key", "acceptor": "the acceptor"}
    kind = "acceptor" if actor.startswith("acceptor:") else actor.partition("_")[0]
    return kinds.get(kind, "by itself")


def mail_title(kind: str) -> str:
    """Return what a mail is called: `eca_request` is “ECA request”."""
    return spoken(kind).replace("Eca", "ECA")


def told_words(kind: str, data: Mapping[str, Any]) -> str:
    """Return what was told to whom, and whether it arrived."""
    to, status = str(data["to"]), spoken(str(data["status"])).lower()
    if to.startswith("whk_"):
        return f"Webhook “{mail_title(kind)}”: {status}"
    return f"Mail “{mail_title(kind)}” to {ROLES.get(to, to)}: {status}"


def difference_words(now: int, then: int) -> str:
    """Return how the count that renews differs from the present one."""
    if now == then:
        return "the same"
    if not then:
        return "does not renew"
    if not now:
        return "new with the renewal"
    return f"{abs(then - now):,} {'more' if then > now else 'fewer'}"


def foreseen_title(item: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return what will happen, in words; an end says whether a new term follows."""
    if item["kind"] != "term_end":
        return AGENDA[item["kind"]]
    if item["charge"] is not None:
        total = sum(int(line["quantity"]) for line in item["lines"])
        return f"Renews with {certificates(total)}"
    return "Expires" if facts["renewal_mode"] == "one_time" else "The term ends; its renewal is held while suspended"


def moment(text: str) -> datetime:
    """Return an instant that the API wrote."""
    return datetime.fromisoformat(text)


def _day(text: str | None) -> str:
    return "" if text is None else day_in_words(date.fromisoformat(text))


def _term(data: Mapping[str, Any]) -> str:
    if "end_date" not in data:
        return ""
    return period_in_words(date.fromisoformat(data["start_date"]), date.fromisoformat(data["end_date"]))


def _counts(lines: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    return ", ".join(f"{line['quantity']:,} of {names.get(line['product'], line['product'])}" for line in lines)
