"""The sandbox's mailbox: every mail about what the key may see; production does not have this address."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Writer
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parameter_table import text
from api.parts import parts_of
from api.query import parameters
from api.shapes.sandbox import Mail
from intake.scope import visible_customers
from intake.sight import visible_invoices
from lifecycle.portrait import Picture, instant
from storage.mailbox import ReceivedMail, list_mails

router = APIRouter(prefix="/v1/sandbox", tags=["sandbox"])

FILTERS = ("subscription_id", "invoice_id", "kind", "to")
EXAMPLE = {
    "id": "mal_0192f1e0c1a87c3ba1f0d1c2b3a49586",
    "message_id": "<tel_0192f1e0c1a87c3ba1f0d1c2b3a49585@perennial.example>",
    "to": "legal@acme.example",
    "kind": "eca_request",
    "subject": "Please review the certificate agreement for Acme GmbH",
    "text": "Please accept the Enterprise Certificate Agreement …",
    "subscription_id": "sub_0192f1e0c1a87c3ba1f0d1c2b3a49584",
    "invoice_id": None,
    "sent_at": "2026-11-22T09:30:00Z",
}


@router.get(
    "/mailbox",
    **operation(
        "List the sandbox's mails",
        name="list_mails",
        answer=Listed(Mail),
        special={"kind": text("Of this kind only, such as `eca_request`."), "to": text("To this address only.")},
        scope="write",
        example={"data": [EXAMPLE], "next_cursor": None},
        codes=("not_found",),
        parameters=(*PAGE, *FILTERS),
    ),
)
async def list_all(request: Request, caller: Writer) -> JSONResponse:
    """List mails, the last to arrive first; `sent_at` is on the subscription's own clock, or the run's."""
    given = parameters(request, *PAGE, *FILTERS)
    page = page_of(given)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_mails(
            connection,
            visible_customers=visible_customers(caller),
            visible_invoices=visible_invoices(caller),
            before=page.before_id,
            limit=page.fetch,
            subscription_id=given.get("subscription_id"),
            invoice_id=given.get("invoice_id"),
            kind=given.get("kind"),
            to=given.get("to"),
        )
    return list_answer(request, page, found, key=lambda mail: (mail.id,), body=_picture)


def _picture(mail: ReceivedMail) -> Picture:
    return {
        "id": mail.id,
        "message_id": mail.message_id,
        "to": mail.to,
        "kind": mail.kind,
        "subject": mail.subject,
        "text": mail.text,
        "subscription_id": mail.subscription_id,
        "invoice_id": mail.invoice_id,
        "sent_at": instant(mail.sent_at),
    }
