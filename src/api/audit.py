"""`/v1/audit`: who changed what, when, from what to what, in which request."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Admin
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parameter_table import text
from api.parts import parts_of
from api.query import parameters
from api.shapes.parties import AuditEntry as AuditEntryShape
from intake.sight import visible_audit
from lifecycle.portrait import instant
from storage.audit import AuditEntry, AuditFilter, list_audit

router = APIRouter(prefix="/v1/audit", tags=["access"])

FILTERS = ("partner_id", "actor", "action", "subject_id")
EXAMPLE: dict[str, Any] = {
    "id": "aud_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "at": "2026-11-22T09:00:00Z",
    "partner_id": "ptn_01930c3f7a1b7c3e9d5f2b1a4e6d8c0e",
    "actor": "key_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "action": "partner.edit",
    "subject_id": "ptn_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "before": {"state": "enabled"},
    "after": {"state": "disabled"},
    "request_id": "req_52eba74868981f61dbbd2c65",
}


@router.get(
    "",
    **operation(
        "List what was changed by a partner and by the resellers below it",
        name="list_audit",
        answer=Listed(AuditEntryShape),
        scope="admin",
        example={"data": [EXAMPLE], "next_cursor": None},
        parameters=(*FILTERS, *PAGE),
        special={"action": text("Of this action only, such as `partner.edit`.")},
        codes=("unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_audit(request: Request, caller: Admin) -> JSONResponse:
    """Return a page, newest first."""
    given = parameters(request, *FILTERS, *PAGE)
    page, wanted = page_of(given), AuditFilter(**{name: given.get(name) for name in FILTERS})
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_audit(connection, visible_audit(caller), wanted, before=page.before_id, limit=page.fetch)
    return list_answer(request, page, found, key=lambda entry: (entry.id,), body=_body)


def _body(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": instant(entry.at),
        "partner_id": entry.partner_id,
        "actor": entry.actor,
        "action": entry.action,
        "subject_id": entry.subject_id,
        "before": entry.before,
        "after": entry.after,
        "request_id": entry.request_id,
    }
