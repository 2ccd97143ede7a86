"""Commands on a subscription, one address each."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Writer
from api.asking import ask_counter
from api.bodies import (
    AcceptorBody,
    AddInventoryBody,
    RenewalInventoryBody,
    RenewalModeBody,
    ResendBody,
    StateBody,
)
from api.parsing import body_of
from api.parts import parts_of
from intake.scope import Caller
from intake.sight import seen_subscription
from storage.ids import new_id

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["commands"])


@router.post("/inventory", summary="Add inventory")
async def add_inventory(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Add certificates for use now, charged pro rata on the next invoice."""
    await _seen(request, caller, subscription_id)
    body = await body_of(request, AddInventoryBody)
    return await _ask(request, caller, subscription_id, "add_inventory", body.model_dump(mode="json"))


@router.put("/renewal-inventory", summary="Set the renewal inventory")
async def set_renewal_inventory(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Replace what renews; a product left out does not renew; null follows the inventory again."""
    await _seen(request, caller, subscription_id)
    body = await body_of(request, RenewalInventoryBody)
    return await _ask(request, caller, subscription_id, "set_renewal_inventory", body.model_dump(mode="json"))


@router.put("/renewal-mode", summary="Set the renewal mode")
async def set_renewal_mode(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Switch auto-renewal on or off."""
    await _seen(request, caller, subscription_id)
    body = await body_of(request, RenewalModeBody)
    return await _ask(request, caller, subscription_id, "set_renewal_mode", body.model_dump(mode="json"))


@router.post("/suspend", summary="Suspend")
async def suspend(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Pause the service; the term runs on."""
    reason = await _reason(request, caller, subscription_id)
    return await _ask(request, caller, subscription_id, "suspend", {"reason": reason.reason})


@router.post("/enable", summary="Enable")
async def enable(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Let the service run again; after a held renewal a new term starts today and is charged."""
    body = await _reason(request, caller, subscription_id)
    return await _ask(request, caller, subscription_id, "enable", body.model_dump(mode="json"))


@router.post("/cancel", summary="Withdraw a purchase")
async def cancel(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Withdraw a purchase that has not started; operators may end a running subscription."""
    body = await _reason(request, caller, subscription_id)
    members = {"reason": body.reason, "by_operator": caller.has_scope("ops")}
    return await _ask(request, caller, subscription_id, "cancel", members)


@router.post("/eca/resend", summary="Mail the agreement again")
async def resend(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Mail a new link to the acceptor; the old one dies."""
    await _seen(request, caller, subscription_id)
    await body_of(request, ResendBody, may_be_empty=True)
    return await _ask(request, caller, subscription_id, "resend_eca", {})


@router.put("/eca/acceptor", summary="Change the acceptor")
async def change_acceptor(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Ask somebody else: a new request with a new deadline."""
    await _seen(request, caller, subscription_id)
    body = await body_of(request, AcceptorBody)
    members = {"acceptor_email": body.eca_acceptor_email, "eca_request_id": new_id("eca")}
    return await _ask(request, caller, subscription_id, "change_acceptor", members)


async def _seen(request: Request, caller: Caller, subscription_id: str) -> None:
    async with parts_of(request).database.read_as(caller.sees) as connection:
        await seen_subscription(connection, caller, subscription_id)


async def _reason(request: Request, caller: Caller, subscription_id: str) -> StateBody:
    await _seen(request, caller, subscription_id)
    return await body_of(request, StateBody, may_be_empty=True)


async def _ask(request: Request, caller: Caller, subscription_id: str, kind: str, body: dict[str, Any]) -> JSONResponse:
    return await ask_counter(request, caller, kind, body, subscription_id=subscription_id)
