"""Documents as PDF: `pdf_of` is a function of its document alone, so the same document is the same file, always."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from itertools import accumulate
from typing import Any

from activities.document_text import language_of, printable
from activities.mail_format import country_words, percent_words
from activities.printed import PrintedDocument, PrintedLine, PrintedParty
from activities.typesetting import typeset
from lifecycle.invoices import DocumentKind
from lifecycle.wording import bare_money, day_in_words, money_in_words, period_in_words

AT_ONCE = 2
TITLES = {DocumentKind.INVOICE: "Invoice", DocumentKind.CREDIT_NOTE: "Credit note"}
NOTES = {
    "not_applicable": "No tax applies.",
    "reverse_charge": "Reverse charge: the tax is due by the recipient.",
    "exempt": "Exempt from tax.",
}


class Printing:
    """Makes PDFs beside the event loop, a few at a time; never call it inside a transaction."""

    def __init__(self) -> None:
        """Start with threads only when there is something to print."""
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="printing")

    async def pdf(self, document: PrintedDocument) -> bytes:
        """Return the document as PDF/UA-1."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, pdf_of, document)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def pdf_of(document: PrintedDocument) -> bytes:
    """Return the document as PDF/UA-1.

    Raises:
        typst.TypstError: the template and the document do not fit.
    """
    return typeset(_shown(document), at=document.created_at)


def _shown(document: PrintedDocument) -> dict[str, Any]:
    """Every text of the document as it is printed; the template reckons nothing."""
    title = TITLES[document.kind]
    created = document.created_at.astimezone(UTC)
    sums = accumulate(line.amount for line in document.lines)
    return {
        "title": f"{title} {document.number}",
        "kind": title,
        "number": document.number,
        "created": [created.year, created.month, created.day, created.hour, created.minute, created.second],
        "currency": document.currency,
        "seller": None if document.seller is None else _party(document.seller),
        "account": _party(document.account),
        "facts": _facts(document),
        "lines": [
            _line(line, document, bare_money(running, document.currency))
            for line, running in zip(document.lines, sums, strict=True)
        ],
        "sums": _sums(document),
        "total": ["Credit" if document.total < 0 else "Total due", money_in_words(document.total, document.currency)],
        "notes": _notes(document),
    }


def _party(party: PrintedParty) -> dict[str, Any]:
    return {
        "name": printable(party.name),
        "language": language_of(party.name, party.country),
        "country": country_words(party.country),
        "tax_id": None if party.tax_id is None else printable(party.tax_id),
    }


def _facts(document: PrintedDocument) -> list[list[str]]:
    found = [
        ["Number", document.number],
        ["Period", period_in_words(document.period_start, document.period_end)],
        ["Issued", day_in_words(document.issue_date)],
    ]
    return found if document.total <= 0 else [*found, ["Due", day_in_words(document.due_date)]]


def _line(line: PrintedLine, document: PrintedDocument, running: str) -> dict[str, Any]:
    through = "" if line.reseller is None else f" (through {line.reseller})"
    who = f"{line.customer}{through}"
    return {
        "customer": printable(who),
        "language": language_of(who, document.account.country),
        "text": printable(line.text),
        "count": f"{line.quantity:,}",
        "amount": bare_money(line.amount, document.currency),
        "running": running,
    }


def _sums(document: PrintedDocument) -> list[list[str]]:
    found = [["Subtotal", money_in_words(document.subtotal, document.currency)]]
    if document.tax_rate_bp:
        found.append([f"Tax {percent_words(document.tax_rate_bp)}", money_in_words(document.tax, document.currency)])
    if document.carried_credit:
        found.append(["Credit carried from before", money_in_words(document.carried_credit, document.currency)])
    return found


def _notes(document: PrintedDocument) -> list[str]:
    found: list[str] = []
    if not document.tax_rate_bp and document.tax_note:
        found.append(printable(NOTES.get(document.tax_note, document.tax_note)))
    if document.total < 0:
        found.append("Nothing is to be paid. The credit is carried to the next document.")
    return found
