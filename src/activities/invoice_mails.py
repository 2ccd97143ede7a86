"""The mails of documents: what is told of an invoice or a credit note, and the mail that a telling becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from activities.mail_facts import NoAddress
from activities.mail_format import count_words, day_words, money_words, percent_words
from activities.mail_texts import Mail
from activities.mail_words import layout, one_line, words_of
from lifecycle.notices import Receiver
from lifecycle.portrait import day, money
from lifecycle.wording import month_in_words, period_in_words
from storage.correspondence import BillingContact
from storage.ids import new_id
from storage.invoices import InvoiceRow
from storage.tellings import Telling, mail_receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """What was looked up for the mail of a document."""

    contact: BillingContact


def telling_of_document(invoice: InvoiceRow, *, command_id: str, at: datetime) -> Telling:
    """Return the mail that a new document owes to its account's billing contact; `at` becomes its Date."""
    currency = invoice.currency
    return Telling(
        id=new_id("tel"),
        receiver=mail_receiver(invoice.account_id),
        subscription_id=None,
        invoice_id=invoice.id,
        version=0,
        kind=invoice.kind,
        key=invoice.number,
        role=Receiver.BILLING.value,
        command_id=command_id,
        at=at,
        created_at=at,
        body={
            "number": invoice.number,
            "period_start": day(invoice.period_start),
            "period_end": day(invoice.period_end),
            "due_date": day(invoice.due_date),
            "line_count": invoice.line_count,
            "subtotal": money(invoice.subtotal, currency),
            "tax": money(invoice.tax, currency),
            "tax_rate_bp": invoice.tax_rate_bp,
            "carried_credit": money(invoice.carried_credit, currency),
            "total": money(invoice.total, currency),
        },
    )


def compose_invoice(telling: Telling, facts: InvoiceFacts, *, mail_domain: str) -> Mail:
    """Return the mail of a document: the same one, with the same Message-ID, however often it is composed.

    Raises:
        KeyError: there is no such kind of mail.
        NoAddress: it is for the operator, and there is none.
    """
    words, known = words_of(telling.kind), _vocabulary(telling.body, facts)
    content = {
        "heading": words.heading.render(known),
        "sentences": words.said(known),
        "link": None,
        "table": None,
        "facts": _sums(telling.body),
        "agreement": None,
        "partner": facts.contact.operator_name or mail_domain,
        "about": "document",
    }
    return Mail(
        message_id=f"<{telling.id}@{mail_domain}>",
        to=_address_of(telling.role, facts.contact),
        subject=one_line(words.subject.render(known)),
        text=layout("mail.txt").render(content),
        html=layout("mail.html").render(content),
        kind=telling.kind,
        at=telling.at,
        invoice_id=telling.invoice_id,
    )


def _address_of(role: str, contact: BillingContact) -> str:
    found = contact.account_email if role == Receiver.BILLING.value else contact.operator_email
    if not found:
        message = f"nobody is the {role}"
        raise NoAddress(message)
    return found


def _vocabulary(body: Mapping[str, Any], facts: InvoiceFacts) -> dict[str, object]:
    start, end = date.fromisoformat(body["period_start"]), date.fromisoformat(body["period_end"])
    total, credit, count = body["total"], body["carried_credit"], body["line_count"]
    undelivered: Mapping[str, Any] = body.get("undelivered") or {}
    return {
        "number": body["number"],
        "account": facts.contact.account_name,
        "month": month_in_words(start),
        "period": period_in_words(start, end),
        "lines": f"{count_words(count)} line{'' if count == 1 else 's'}",
        "total": _money(total),
        "remaining": money_words(-total["amount"], total["currency"]),
        "is_due": total["amount"] > 0,
        "due": day_words(date.fromisoformat(body["due_date"])),
        "refusal": undelivered.get("reason"),
        "credit": money_words(-credit["amount"], credit["currency"]) if credit["amount"] else None,
    }


def _sums(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    start, end = date.fromisoformat(body["period_start"]), date.fromisoformat(body["period_end"])
    found = [("Number", body["number"]), ("Period", period_in_words(start, end)), ("Net", _money(body["subtotal"]))]
    if body["tax_rate_bp"]:
        found.append((f"Tax, {percent_words(body['tax_rate_bp'])}", _money(body["tax"])))
    if body["carried_credit"]["amount"]:
        found.append(("Credit carried over", _money(body["carried_credit"])))
    found.append(("Total", _money(body["total"])))
    if body["total"]["amount"] > 0:
        found.append(("Due", day_words(date.fromisoformat(body["due_date"]))))
    return found


def _money(amount: Mapping[str, Any]) -> str:
    return money_words(amount["amount"], amount["currency"])
