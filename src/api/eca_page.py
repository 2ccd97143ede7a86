"""The acceptor's page: what it shows, and its templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import HTMLResponse

from activities.mail_format import count_words, instant_words
from activities.mail_tables import Names
from api.eca_text import Paragraph, paragraphs, title
from lifecycle.inventory import Inventory
from lifecycle.terms import ECA_DEADLINE
from storage.agreements import find_document
from storage.catalogue import current_catalogue
from storage.correspondence import list_correspondents
from storage.eca import EcaLink
from storage.evidence import EcaDecision
from storage.subscriptions import SubscriptionRow

TEMPLATES = Path(__file__).with_name("eca_templates")
STYLE = Path(__file__).with_name("eca.css")
LABELS = {
    "name": "Your full name",
    "job_title": "Your job title",
    "may_bind": "Your authority",
    "reason": "Your reason",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product and its count, in words."""

    name: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page says of the request, in words; `address` is the page's own."""

    address: str
    company: str
    partner: str
    offering: str
    tier: str
    term: str
    lines: tuple[Line, ...]
    deadline: str
    version: str
    text_title: str
    paragraphs: tuple[Paragraph, ...]
    decided: str


async def shown(
    connection: AsyncConnection, link: EcaLink, row: SubscriptionRow, decision: EcaDecision | None, *, address: str
) -> Shown:
    """Return what the page of a request shows.

    Raises:
        LookupError: a row that the request refers to is not there.
    """
    document = await find_document(connection, link.document_id)
    parties = await list_correspondents(connection, {link.subscription_id})
    if document is None:
        raise LookupError(link.document_id)
    names = Names((await current_catalogue(connection)).catalogue)
    ordered, party = row.subscription, parties[link.subscription_id]
    return Shown(
        address=address,
        company=party.company_name,
        partner=party.partner_name,
        offering=names.offering(ordered.offering),
        tier=names.tier(ordered.clm_tier),
        term=f"{ordered.term_months} months",
        lines=_lines(ordered.inventory, names),
        deadline=instant_words(link.requested_at + ECA_DEADLINE),
        version=document.version,
        text_title=title(document.text),
        paragraphs=paragraphs(document.text),
        decided=instant_words(decision.decided_at) if decision else "",
    )


def _lines(inventory: Inventory, names: Names) -> tuple[Line, ...]:
    return tuple(Line(name=names.product(line.product), count=count_words(line.quantity)) for line in inventory)


def decide_page(
    page: Shown,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    is_declining: bool = False,
    status: int = 200,
) -> HTMLResponse:
    """Return the page with the form; `errors` stand beside their fields, with what was entered."""
    entered = {"name": "", "job_title": "", "may_bind": "", "reason": "", **(values or {})}
    facts = {"page": page, "labels": LABELS, "known": tuple(LABELS), "values": entered, "errors": errors or {}}
    return _page("decide.html", {**facts, "is_declining": is_declining}, status)


def decided_page(page: Shown, decision: EcaDecision, *, notice: str = "", status: int = 200) -> HTMLResponse:
    """Return the page of a request that was decided."""
    return _page("decided.html", {"page": page, "decision": decision, "notice": notice}, status)


def notice_page(heading: str, *sentences: str, status: int) -> HTMLResponse:
    """Return a page that only says something."""
    return _page("notice.html", {"heading": heading, "sentences": sentences}, status)


@cache
def style() -> str:
    """Return the page's style sheet."""
    return STYLE.read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(name: str, facts: Mapping[str, object], status: int) -> HTMLResponse:
    return HTMLResponse(_templates().get_template(name).render(facts), status_code=status)
