"""The acceptor's public page: it shows the agreement and takes one decision. Looking at it decides nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from api.asking import wait_of
from api.body_types import Body
from api.eca_bodies import AcceptBody, DeclineBody, InvalidForm, is_form, sent
from api.eca_page import Shown, decide_page, decided_page, notice_page, shown, style
from api.eca_route import EcaRoute, client_address, wants_page
from api.operations import operation
from api.parts import Parts, parts_of
from api.shapes.subscriptions import Decision
from intake.asking import Reply
from lifecycle.portrait import instant
from lifecycle.refusals import Conflict, LinkDead
from lifecycle.terms import ECA_DEADLINE
from storage.eca import EcaLink, find_link
from storage.eca_tokens import token_hash
from storage.evidence import EcaDecision, find_decision
from storage.subscriptions import SubscriptionRow, find_subscription

PATH = "/eca/{token}"
MAX_USER_AGENT = 500
DEAD = ("eca_link_invalid", "eca_link_replaced", "rate_limited")
TAKEN = ("malformed_form", "unsupported_media_type", "eca_already_accepted", "engine_unreachable")
PAGE = {"text/html": {"schema": {"type": "string"}}}
ACCEPTED = {
    "status": "accepted",
    "name": "Lena Recht",
    "job_title": "General Counsel",
    "decided_at": "2026-11-22T09:30:00Z",
}
DECLINED = {**ACCEPTED, "status": "declined", "name": None, "job_title": None}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

router = APIRouter(tags=["agreement"], route_class=EcaRoute)
assets = APIRouter(include_in_schema=False)


def _decision(
    name: str, summary: str, body: type[Body], example: dict[str, Any], *, may_be_empty: bool = False
) -> dict[str, Any]:
    return operation(
        summary,
        name=name,
        scope=None,
        body=body,
        may_be_empty=may_be_empty,
        forms=True,
        answer=Decision,
        example=example,
        content=PAGE,
        refusal=PAGE,
        headers=("Prefer",),
        codes=(*DEAD, *TAKEN),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of a link that is worth showing."""

    link: EcaLink
    row: SubscriptionRow
    decision: EcaDecision | None
    page: Shown


@assets.get("/eca/assets/page.css")
async def page_style() -> Response:
    """Return the page's style sheet."""
    return PlainTextResponse(style(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get(
    PATH,
    **operation("Show the agreement", name="show_agreement", scope=None, content=PAGE, refusal=PAGE, codes=DEAD),
)
async def show(request: Request, token: str) -> Response:
    """Show the agreement and the form, or how it was decided; has no effect, because mail scanners open links."""
    known = await _known(request, token)
    if known.decision is not None:
        return decided_page(known.page, known.decision)
    return decide_page(known.page)


@router.post(
    f"{PATH}/accept",
    **_decision("accept_agreement", "Accept the agreement", AcceptBody, ACCEPTED),
)
async def accept(request: Request, token: str) -> Response:
    """Accept: `name`, `job_title` and `may_bind`, as JSON or from the page's form."""
    known = await _known(request, token)
    try:
        body = await sent(request, AcceptBody)
    except InvalidForm as invalid:
        return decide_page(known.page, values=invalid.values, errors=invalid.errors, status=422)
    members = {"name": body.name, "job_title": body.job_title}
    return await _decide(request, known, "accept_eca", members, may_bind=body.may_bind)


@router.post(
    f"{PATH}/decline",
    **_decision("decline_agreement", "Decline the agreement", DeclineBody, DECLINED, may_be_empty=True),
)
async def decline(request: Request, token: str) -> Response:
    """Decline, with a `reason` or without one."""
    known = await _known(request, token)
    try:
        body = await sent(request, DeclineBody)
    except InvalidForm as invalid:
        return decide_page(known.page, values=invalid.values, errors=invalid.errors, is_declining=True, status=422)
    return await _decide(request, known, "decline_eca", {"reason": body.reason}, may_bind=False)


async def _known(request: Request, token: str) -> _Known:
    """Return what the link leads to.

    Raises:
        LinkDead: it leads nowhere, it was replaced, or its request ended without a decision.
    """
    parts = parts_of(request)
    async with parts.database.read() as connection:
        link = await find_link(connection, token_hash(token)) if _TOKEN.fullmatch(token) else None
        row = await find_subscription(connection, link.subscription_id) if link else None
        if link is None or row is None:
            raise _invalid()
        decision = await find_decision(connection, link.request_id)
        _check_alive(parts, link, row, decision)
        page = await shown(connection, link, row, decision, address=f"/eca/{token}")
    return _Known(link=link, row=row, decision=decision, page=page)


def _check_alive(parts: Parts, link: EcaLink, row: SubscriptionRow, decision: EcaDecision | None) -> None:
    is_over = row.subscription.is_over and decision is None
    is_late = decision is None and parts.clock.of(row) >= link.requested_at + ECA_DEADLINE
    if is_over or is_late:
        raise _invalid()
    if not link.is_newest:
        raise LinkDead("eca_link_replaced", "This link was replaced by a newer one.")


def _invalid() -> LinkDead:
    return LinkDead("eca_link_invalid", "This link is not valid.")


async def _decide(
    request: Request,
    known: _Known,
    kind: Literal["accept_eca", "decline_eca"],
    members: dict[str, Any],
    *,
    may_bind: bool,
) -> Response:
    evidence = {
        "may_bind": may_bind,
        "ip": client_address(request),
        "user_agent": request.headers.get("user-agent", "")[:MAX_USER_AGENT],
        "token_hash": known.link.token_hash,
    }
    body = {**members, "evidence": evidence}
    reply = await parts_of(request).counter.decide_eca(known.link, kind, body, wait_seconds=wait_of(request))
    return await _answer(request, known, reply)


async def _answer(request: Request, known: _Known, reply: Reply) -> Response:
    """Return what came of it: the decision, the page for a form, or a note that it is being recorded.

    Raises:
        Refusal: the rules say no.
    """
    if reply.outcome is None:
        return _being_recorded(request, reply)
    async with parts_of(request).database.read() as connection:
        decision = await find_decision(connection, known.link.request_id)
    refusal = reply.outcome.refusal
    if isinstance(refusal, Conflict) and decision is not None and wants_page(request):
        page = await _page_of(request, known, decision)
        return decided_page(page, decision, notice="It was decided before; nothing has changed.", status=409)
    if refusal is not None:
        raise refusal
    if is_form(request):
        return RedirectResponse(known.page.address, status_code=303)
    return JSONResponse(_decided(decision))


async def _page_of(request: Request, known: _Known, decision: EcaDecision) -> Shown:
    async with parts_of(request).database.read() as connection:
        return await shown(connection, known.link, known.row, decision, address=known.page.address)


def _decided(decision: EcaDecision | None) -> dict[str, Any]:
    if decision is None:
        message = "a decision that was recorded left no evidence"
        raise LookupError(message)
    return {
        "status": decision.decision,
        "name": decision.name,
        "job_title": decision.job_title,
        "decided_at": instant(decision.decided_at),
    }


def _being_recorded(request: Request, reply: Reply) -> Response:
    if wants_page(request):
        says = "It was received and will be recorded shortly. Please open the link again in a few minutes."
        return notice_page("Your decision is being recorded", says, status=202)
    return JSONResponse({"command_id": reply.command_id, "state": "accepted"}, status_code=202)


router.include_router(assets)
