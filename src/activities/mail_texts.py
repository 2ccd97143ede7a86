"""A telling becomes a mail: whom it goes to, its subject, its text and its HTML, both from the same words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activities.mail_facts import MailFacts, address_of, vocabulary
from activities.mail_tables import Names, table_of
from activities.mail_words import layout, one_line, words_of
from storage.tellings import Telling

MODES = {"auto": "auto-renewal", "one_time": "one-time renewal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail, ready to be put on the wire, about a subscription or a document; `at` becomes its Date."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    kind: str
    at: datetime
    subscription_id: str | None = None
    invoice_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says, to whomever it goes."""

    subject: str
    text: str
    html: str


def compose(telling: Telling, facts: MailFacts, letter: Letter, *, mail_domain: str) -> Mail:
    """Return the mail of a telling: the same one, with the same Message-ID, however often it is composed.

    Raises:
        NoAddress: nobody has the telling's role.
    """
    return Mail(
        message_id=f"<{telling.id}@{mail_domain}>",
        to=address_of(telling.role, facts),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        kind=telling.kind,
        subscription_id=telling.subscription_id,
        at=telling.at,
    )


def letter_of(telling: Telling, facts: MailFacts) -> Letter:
    """Return what a telling says: the same for every role that is told of the same thing.

    Raises:
        KeyError: there is no such kind of mail.
    """
    words, known = words_of(telling.kind), vocabulary(telling, facts)
    content = {
        "heading": words.heading.render(known),
        "sentences": words.said(known),
        "link": facts.link if "link" in words.show else None,
        "table": table_of(words.show, telling.body, facts.names),
        "facts": _facts(telling, facts.names, company=facts.parties.company_name),
        "agreement": facts.agreement if "agreement" in words.show else None,
        "partner": facts.parties.partner_name,
        "about": "subscription",
    }
    return Letter(
        subject=one_line(words.subject.render(known)),
        text=layout("mail.txt").render(content),
        html=layout("mail.html").render(content),
    )


def _facts(telling: Telling, names: Names, *, company: str) -> list[tuple[str, str]]:
    about = telling.body["subscription"]
    found = [
        ("Company", company),
        ("Subscription", telling.subject_id),
        ("Offering", names.offering(about["offering"])),
        ("CLM tier", names.tier(about["clm_tier"])),
        ("Renewal", MODES[about["renewal_mode"]]),
    ]
    if about["reference_id"]:
        found.append(("Reference ID", about["reference_id"]))
    return found
