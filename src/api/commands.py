"""Accepted commands: still to be recorded, or done with their final answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import ColumnElement, true
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.outcomes import load_outcome
from api.access import Reader
from api.parts import parts_of
from api.problems import problem_body
from api.query import parameters
from intake.denials import NotFound
from intake.refunds import REFUND
from intake.scope import Caller, visible_partners
from intake.sight import visible_refunds, visible_subscriptions
from storage.commands import CommandRow, find_command_by_id
from storage.partners import find_partner
from storage.refunds import find_refund
from storage.subscription_lists import find_visible_subscriptions

router = APIRouter(prefix="/v1/commands", tags=["commands"])


@router.get("/{command_id}", summary="Read a command")
async def read(request: Request, caller: Reader, command_id: str) -> JSONResponse:
    """Read whether a command that was accepted has its final answer."""
    parameters(request)
    command, is_seen = await _look(request, caller, command_id)
    if not is_seen and await _is_there(request, command):
        # What it is about may have come between the two looks; else it went along with its customer.
        command, is_seen = await _look(request, caller, command_id)
        if not is_seen:
            raise NotFound
    return JSONResponse(_picture(request, command))


async def _look(request: Request, caller: Caller, command_id: str) -> tuple[CommandRow, bool]:
    """Return a command and whether the caller sees what it is about."""
    async with parts_of(request).database.read_as(caller.sees) as connection:
        command = await _asked(connection, caller, command_id)
        seen = await _has_subject(connection, command, visible_refunds(caller), visible_subscriptions(caller))
    return command, seen


async def _asked(connection: AsyncConnection, caller: Caller, command_id: str) -> CommandRow:
    command = await find_command_by_id(connection, command_id)
    # What the door does at once, such as `customer.create`, is nobody's command.
    if command is None or "." in command.kind:
        raise NotFound
    asker = await find_partner(connection, command.partner_id, visible=visible_partners(caller))
    # An acceptor's decision has no partner that asked; operators see it all the same.
    if asker is None and not caller.is_operator:
        raise NotFound
    return command


async def _has_subject(
    connection: AsyncConnection, command: CommandRow, refund: ColumnElement[bool], subscription: ColumnElement[bool]
) -> bool:
    """Return whether what the command is about is there, under a condition on its table."""
    if command.kind == REFUND:
        return await find_refund(connection, command.command_id, refund) is not None
    return bool(await find_visible_subscriptions(connection, subscription, (command.subscription_id,)))


async def _is_there(request: Request, command: CommandRow) -> bool:
    """Return whether what the command is about is there at all; what is under way, or came to nothing, is not."""
    async with parts_of(request).database.read() as connection:
        return await _has_subject(connection, command, true(), true())


def _picture(request: Request, command: CommandRow) -> dict[str, Any]:
    head: dict[str, Any] = {"command_id": command.command_id, "kind": command.kind}
    if command.outcome is None:
        return {**head, "state": "accepted"}
    outcome = load_outcome(command.outcome)
    if outcome.refusal is not None:
        return {**head, "state": "done", "problem": problem_body(request, outcome.refusal)}
    return {**head, "state": "done", "answer": outcome.answer}
