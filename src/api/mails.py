"""`/v1/mails`: what was mailed about what a caller sees, to whom by role, and what became of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader
from api.examples import INVOICE_ID, SUBSCRIPTION_ID
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parameter_table import one_of, text
from api.parts import parts_of
from api.query import choice_of, parameters
from api.shapes.events import LoggedMail
from intake.scope import visible_customers
from intake.sight import visible_invoices
from lifecycle.notices import Receiver
from lifecycle.portrait import instant
from storage.mail_log import MailFilter, list_mail_log
from storage.tellings import FAILED, PENDING, REFUSED, SENT, SKIPPED, Telling

router = APIRouter(prefix="/v1/mails", tags=["mails"])

STATUSES = (PENDING, SENT, REFUSED, FAILED, SKIPPED)
FILTERS = ("subscription_id", "invoice_id", "kind", "receiver", "status")
EXAMPLE: dict[str, Any] = {
    "id": "tel_01930c3fa5c172e3be60b1df5c7d9ea1",
    "kind": "activated",
    "receiver": "customer",
    "subscription_id": SUBSCRIPTION_ID,
    "invoice_id": None,
    "status": "sent",
    "attempts": 0,
    "last_error": None,
    "next_try_at": None,
    "created_at": "2026-11-22T09:30:00Z",
    "sent_at": "2026-11-22T09:30:01Z",
}
_OF_INVOICE = {**EXAMPLE, "kind": "invoice", "receiver": "billing", "subscription_id": None, "invoice_id": INVOICE_ID}


@router.get(
    "",
    **operation(
        "List what was mailed and is to be mailed",
        name="list_mail_log",
        answer=Listed(LoggedMail),
        special={
            "kind": text("Of this kind only, such as `eca_request`."),
            "receiver": one_of("To this receiver only.", *Receiver),
            "status": one_of("With this status only.", *STATUSES),
        },
        scope="read",
        example={"data": [EXAMPLE, _OF_INVOICE], "next_cursor": None},
        parameters=(*FILTERS, *PAGE),
        codes=("invalid_value", "unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_mails(request: Request, caller: Reader) -> JSONResponse:
    """Return a page, newest first. Whom a mail goes to is said by role: an address is looked up when it is sent."""
    given = parameters(request, *FILTERS, *PAGE)
    page = page_of(given)
    wanted = MailFilter(
        subscription_id=given.get("subscription_id"),
        invoice_id=given.get("invoice_id"),
        kind=given.get("kind"),
        role=choice_of(given, "receiver", tuple(Receiver)),
        status=choice_of(given, "status", STATUSES),
    )
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_mail_log(
            connection,
            visible_customers=visible_customers(caller),
            visible_invoices=visible_invoices(caller),
            wanted=wanted,
            before=page.before_id,
            limit=page.fetch,
        )
    return list_answer(request, page, found, key=lambda telling: (telling.id,), body=_picture)


def _picture(telling: Telling) -> dict[str, Any]:
    return {
        "id": telling.id,
        "kind": telling.kind,
        "receiver": telling.role,
        "subscription_id": telling.subscription_id,
        "invoice_id": telling.invoice_id,
        "status": telling.status,
        "attempts": telling.attempts,
        "last_error": telling.last_error,
        "next_try_at": instant(telling.next_try_at),
        "created_at": instant(telling.created_at),
        "sent_at": instant(telling.sent_at),
    }
