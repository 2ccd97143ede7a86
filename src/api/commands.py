"""Accepted commands: still to be recorded, or done with their final answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.outcomes import load_outcome
from api.access import Reader
from api.parts import parts_of
from api.problems import problem_body
from api.query import parameters
from intake.denials import NotFound
from intake.scope import Caller, visible_partners
from storage.commands import CommandRow, find_command_by_id
from storage.partners import find_partner

router = APIRouter(prefix="/v1/commands", tags=["commands"])


@router.get("/{command_id}", summary="Read a command")
async def read(request: Request, caller: Reader, command_id: str) -> JSONResponse:
    """Read whether a command that was accepted has its final answer."""
    parameters(request)
    async with parts_of(request).database.read() as connection:
        command = await _seen(connection, caller, command_id)
    return JSONResponse(_picture(request, command))


async def _seen(connection: AsyncConnection, caller: Caller, command_id: str) -> CommandRow:
    command = await find_command_by_id(connection, command_id)
    # What the door does at once, such as `customer.create`, is nobody's command.
    if command is None or "." in command.kind:
        raise NotFound
    asker = await find_partner(connection, command.partner_id, visible=visible_partners(caller))
    # An acceptor's decision has no partner that asked; operators see it all the same.
    if asker is None and not caller.is_operator:
        raise NotFound
    return command


def _picture(request: Request, command: CommandRow) -> dict[str, Any]:
    head: dict[str, Any] = {"command_id": command.command_id, "kind": command.kind}
    if command.outcome is None:
        return {**head, "state": "accepted"}
    outcome = load_outcome(command.outcome)
    if outcome.refusal is not None:
        return {**head, "state": "done", "problem": problem_body(request, outcome.refusal)}
    return {**head, "state": "done", "answer": outcome.answer}
