"""What the words of a mail can speak of, made from a telling's facts and from what was looked up for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from activities.mail_format import day_words, days_words, instant_words, money_words
from activities.mail_tables import Names
from lifecycle.notices import Receiver
from lifecycle.terms import ECA_DEADLINE, midnight
from storage.correspondence import Correspondents, RequestFacts
from storage.tellings import Telling

ADDRESSEES = {
    Receiver.ACCEPTOR: "the person who was asked to accept the agreement",
    Receiver.FORMER_ACCEPTOR: "the person who was asked before to accept the agreement",
    Receiver.PARTNER: "the partner's billing contact",
    Receiver.CUSTOMER: "the customer's contact",
    Receiver.OPERATOR: "the operator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What was looked up for one telling; the parts about the agreement only where it is about that.

    `link` is the acceptor's page with its token, `agreement` the text that was accepted.
    `in_use` are the counts last reported, only where the end of the subscription is told.
    """

    parties: Correspondents
    names: Names
    request: RequestFacts | None = None
    former: RequestFacts | None = None
    link: str | None = None
    agreement: str | None = None
    in_use: Mapping[str, int] = field(default_factory=dict[str, int])


class NoAddress(LookupError):
    """The role has nobody: there is no operator, or no request that names the acceptor."""


def address_of(role: str, facts: MailFacts) -> str:
    """Return the address of a role.

    Raises:
        NoAddress: nobody has that role.
    """
    found = _addresses(facts)[Receiver(role)]
    if not found:
        message = f"nobody is the {role}"
        raise NoAddress(message)
    return found


def _addresses(facts: MailFacts) -> dict[Receiver, str | None]:
    return {
        Receiver.ACCEPTOR: facts.request.acceptor_email if facts.request else None,
        Receiver.FORMER_ACCEPTOR: facts.former.acceptor_email if facts.former else None,
        Receiver.PARTNER: facts.parties.partner_email,
        Receiver.CUSTOMER: facts.parties.customer_email,
        Receiver.OPERATOR: facts.parties.operator_email,
        Receiver.BILLING: None,  # documents are not about a subscription
    }


def vocabulary(telling: Telling, facts: MailFacts) -> dict[str, object]:
    """Return every word that a sentence may use; None for what this mail has not got."""
    about = telling.body["subscription"]
    return {
        "company": facts.parties.company_name,
        "partner": facts.parties.partner_name,
        "offering": facts.names.offering(about["offering"]),
        "renews": about["renewal_mode"] == "auto",
        "is_over": about["state"] in {"expired", "cancelled", "declined", "eca_expired"},
        "is_cancelled": about["state"] == "cancelled",
        "live": _live_words(facts) or None,
        **_term_words(about),
        **_reminder_words(telling.body.get("reminder")),
        **_renewal_words(telling.body.get("renewal")),
        **_event_words(telling),
        **_request_words(facts.request),
        **_undelivered_words(telling.body.get("undelivered")),
    }


def _live_words(facts: MailFacts) -> str:
    return ", ".join(f"{count} x {facts.names.product(code)}" for code, count in facts.in_use.items() if count)


def _undelivered_words(undelivered: Mapping[str, Any] | None) -> dict[str, object]:
    if undelivered is None:
        return {}
    return {
        "mail": undelivered["kind"].replace("_", " "),
        "addressee": ADDRESSEES[Receiver(undelivered["role"])],
        "is_acceptor": undelivered["role"] == Receiver.ACCEPTOR.value,
        "refusal": undelivered["reason"],
    }


def _term_words(about: Mapping[str, Any]) -> dict[str, object]:
    start, end = _day(about["start_date"]), _day(about["end_date"])
    return {
        "start": day_words(start) if start else None,
        "end": day_words(end) if end else None,
        "last_day": day_words(end - timedelta(days=1)) if end else None,
        "end_instant": instant_words(midnight(end)) if end else None,
    }


def _reminder_words(reminder: Mapping[str, Any] | None) -> dict[str, object]:
    days = int(reminder["days"]) if reminder else 0
    return {"days": days, "days_left": days_words(days)}


def _renewal_words(renewal: Mapping[str, Any] | None) -> dict[str, object]:
    if renewal is None:
        return {"renewal_total": None, "renewal_last_day": None}
    total, end = renewal["total"], date.fromisoformat(renewal["end_date"])
    return {
        "renewal_total": money_words(total["amount"], total["currency"]),
        "renewal_last_day": day_words(end - timedelta(days=1)),
    }


def _event_words(telling: Telling) -> dict[str, object]:
    event: Mapping[str, Any] = telling.body.get("event") or {}
    words: dict[str, object] = {"reason": event.get("reason"), "ended": day_words(telling.at.date())}
    return {**words, **_charge_words(event.get("charge"))}


def _charge_words(charge: Mapping[str, Any] | None) -> dict[str, object]:
    if not charge or not charge["lines"]:
        return {"total": None, "charged_days": None, "is_partial": False}
    line, total = charge["lines"][0], sum(line["amount"] for line in charge["lines"])
    return {
        "total": money_words(abs(total), charge["currency"]),
        "charged_days": f"{days_words(line['remaining_days'])} of {line['total_days']}",
        "is_partial": line["remaining_days"] < line["total_days"],
    }


def _request_words(request: RequestFacts | None) -> dict[str, object]:
    if request is None:
        return {}
    decided_at: datetime | None = request.decided_at
    return {
        "acceptor": request.acceptor_email,
        "acceptor_name": request.name,
        "acceptor_title": request.job_title,
        "document_version": request.document_version,
        "deadline": instant_words(request.requested_at + ECA_DEADLINE),
        "decided": instant_words(decided_at) if decided_at else None,
    }


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
