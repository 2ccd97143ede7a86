"""Looks up, for several tellings at once, what their mails need: parties, names, requests, links, texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.invoice_mails import InvoiceFacts
from activities.mail_facts import MailFacts
from activities.mail_tables import Names
from storage.agreements import find_document
from storage.correspondence import (
    BillingContact,
    Correspondents,
    RequestFacts,
    list_billing_contacts,
    list_correspondents,
    list_request_facts,
)
from storage.eca_tokens import EcaKeys, token
from storage.tellings import Telling
from storage.usage import list_in_use

ABOUT_AGREEMENT = "eca_"
WITH_LINK = frozenset({"eca_request", "eca_reminder"})
WITH_TEXT = frozenset({"eca_accepted"})
WITH_USAGE = frozenset({"expired", "expired_followup"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """How the acceptor's link is made: the keys, and the address under which the product is reached."""

    keys: EcaKeys
    base_url: str

    def link(self, request: RequestFacts, link_number: int) -> str:
        """Return the address of the acceptor's page.

        Raises:
            KeyError: there is no such link, or its key was taken away.
        """
        secret = token(self.keys, request.request_id, link_number, key_id=request.key_ids[link_number])
        return f"{self.base_url}/eca/{secret}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the rows said about a batch of tellings."""

    links: Links
    names: Names
    parties: Mapping[str, Correspondents]
    requests: Mapping[str, RequestFacts]
    texts: Mapping[str, str]
    contacts: Mapping[str, BillingContact]
    in_use: Mapping[str, Mapping[str, int]]

    def facts(self, telling: Telling) -> MailFacts | InvoiceFacts:
        """Return what the mail of one telling needs.

        Raises:
            KeyError: its link cannot be made.
        """
        if telling.invoice_id is not None:
            return InvoiceFacts(contact=self.contacts[telling.invoice_id])
        body: Mapping[str, Any] = telling.body if telling.kind.startswith(ABOUT_AGREEMENT) else {}
        request = self.requests.get(body.get("request_id") or "")
        has_link = request is not None and telling.kind in WITH_LINK
        return MailFacts(
            parties=self.parties[telling.subject_id],
            names=self.names,
            request=request,
            former=self.requests.get(body.get("former_request_id") or ""),
            link=self.links.link(request, body["link_number"]) if request and has_link else None,
            agreement=self.texts.get(request.document_id) if request and telling.kind in WITH_TEXT else None,
            in_use=self.in_use.get(telling.subject_id, {}) if telling.kind in WITH_USAGE else {},
        )


async def look_up(connection: AsyncConnection, tellings: Collection[Telling], links: Links, *, names: Names) -> Lookup:
    """Read what these tellings need."""
    about_agreement = [telling for telling in tellings if telling.kind.startswith(ABOUT_AGREEMENT)]
    request_ids = {found for telling in about_agreement for found in _request_ids(telling.body)}
    requests = await list_request_facts(connection, request_ids)
    with_text = {telling.body["request_id"] for telling in about_agreement if telling.kind in WITH_TEXT}
    document_ids = {requests[found].document_id for found in with_text if found in requests}
    return Lookup(
        links=links,
        names=names,
        parties=await list_correspondents(
            connection, {found for telling in tellings if (found := telling.subscription_id)}
        ),
        requests=requests,
        texts=await _texts(connection, document_ids),
        contacts=await list_billing_contacts(
            connection, {found for telling in tellings if (found := telling.invoice_id)}
        ),
        in_use=await _in_use(connection, tellings),
    )


async def _in_use(connection: AsyncConnection, tellings: Collection[Telling]) -> dict[str, dict[str, int]]:
    ended = sorted({telling.subject_id for telling in tellings if telling.kind in WITH_USAGE})
    return await list_in_use(connection, ended) if ended else {}


def _request_ids(body: Mapping[str, Any]) -> list[str]:
    return [found for name in ("request_id", "former_request_id") if (found := body.get(name))]


async def _texts(connection: AsyncConnection, document_ids: Collection[str]) -> dict[str, str]:
    found = [await find_document(connection, document_id) for document_id in sorted(document_ids)]
    return {document.id: document.text for document in found if document is not None}
