"""`/v1/agreements`: the versions of the Enterprise Certificate Agreement, as acceptors were and will be shown them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parts import parts_of
from api.query import parameters
from api.shapes.catalog import AgreementVersion
from intake.denials import NotFound
from storage.agreements import AgreementText, find_document, list_documents

router = APIRouter(prefix="/v1/agreements", tags=["agreement"])

EXAMPLE: dict[str, Any] = {
    "id": "doc_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "version": "2026.1",
    "language": "en",
    "effective_from": "2026-01-01",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "text": "Enterprise Certificate Agreement …",
}


@router.get(
    "",
    **operation(
        "List the versions of the agreement",
        name="list_agreements",
        answer=Listed(AgreementVersion),
        scope="read",
        example={"data": [EXAMPLE], "next_cursor": None},
        parameters=PAGE,
        codes=("unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_agreements(request: Request, caller: Reader) -> JSONResponse:
    """Return a page, the version that came last first; one that begins later is shown too."""
    page = page_of(parameters(request, *PAGE))
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_documents(connection, before=page.before_id, limit=page.fetch)
    return list_answer(request, page, found, key=lambda document: (document.id,), body=_body)


@router.get(
    "/{agreement_id}",
    **operation(
        "Read a version of the agreement",
        name="read_agreement",
        answer=AgreementVersion,
        scope="read",
        example=EXAMPLE,
        codes=("not_found",),
    ),
)
async def get_agreement(request: Request, agreement_id: str, caller: Reader) -> JSONResponse:
    """Return it; `sha256` is that of the text's UTF-8 bytes, as it stands in the evidence of a decision."""
    parameters(request)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await find_document(connection, agreement_id)
    if found is None:
        raise NotFound
    return JSONResponse(_body(found))


def _body(document: AgreementText) -> dict[str, Any]:
    return {
        "id": document.id,
        "version": document.version,
        "language": document.language,
        "effective_from": document.effective_from.isoformat(),
        "sha256": document.sha256,
        "text": document.text,
    }
