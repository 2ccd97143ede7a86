"""Idempotency keys: the same key and the same request get the same final answer, once and for all."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.outcomes import Outcome, dump_outcome, load_outcome
from intake.denials import KeyRequired, KeyReused, RequestInProgress
from intake.scope import Caller
from lifecycle.refusals import Conflict, Refusal
from storage.commands import CommandRow, find_command_by_key, insert_command, set_outcome
from storage.database import Database
from storage.ids import new_id

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key and what it was sent with."""

    value: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A final answer as the door gives it: status, body and headers; `replayed` when it was given before."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A final answer too: the rules say no. `replayed` when it was given before."""

    refusal: Refusal
    replayed: bool = False


Work = Callable[[AsyncConnection], Awaitable[Answer]]


def checked_key(value: str) -> str:
    """Return the key as sent.

    Raises:
        KeyRequired: it is empty, too long or not printable.
    """
    if not 1 <= len(value) <= MAX_KEY_LENGTH or not (value.isascii() and value.isprintable()):
        raise KeyRequired("idempotency_key_invalid")
    return value


def fingerprint(method: str, path: str, body: object) -> str:
    """Return a hash of the request; equal JSON gives an equal hash, however it is spaced and ordered."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(f"{method}\n{path}\n{canonical}".encode()).hexdigest()


async def replay(connection: AsyncConnection, partner_id: str, key: Key) -> CommandRow | None:
    """Return the command that has this key, finished or not, None when the key is free.

    Raises:
        KeyReused: the key went with another request.
    """
    command = await find_command_by_key(connection, partner_id, key.value)
    if command is not None and command.fingerprint != key.fingerprint:
        raise KeyReused
    return command


async def answered_once(
    database: Database, caller: Caller, key: Key | None, work: Work, *, kind: str, at: datetime
) -> Answer | Declined:
    """Do the work and keep its answer under the key, in one transaction; a repeat gets the kept answer.

    The key's row is written before the work is done, so that of two equal requests at once one waits for the other.
    Whatever the work raises undoes everything. A conflict is a final answer too and is kept; all else leaves the key
    free.

    Raises:
        KeyReused: the key went with another request.
    """
    if key is None:
        return await database.in_transaction(work)
    known = await _kept_answer(database, caller, key)
    if known is not None:
        return known
    claim = _claim(caller, key, kind=kind, at=at)

    async def claimed(connection: AsyncConnection) -> Answer:
        try:
            await insert_command(connection, claim)
        except IntegrityError as error:
            raise _KeyTaken from error
        answer = await work(connection)
        outcome = {"status": answer.status, "body": answer.body, "headers": dict(answer.headers)}
        await set_outcome(connection, claim, outcome, frees_key=False)
        return answer

    try:
        return await database.in_transaction(claimed)
    except _KeyTaken:
        kept = await _kept_answer(database, caller, key)
        if kept is None:
            raise
        return kept
    except Conflict as refusal:
        return await _kept_refusal(database, caller, key, claim, refusal)


class _KeyTaken(Exception):
    """Another request with this key was committed meanwhile."""


async def _kept_answer(database: Database, caller: Caller, key: Key) -> Answer | Declined | None:
    async with database.read_as(caller.sees) as connection:
        command = await replay(connection, caller.partner.id, key)
    if command is None:
        return None
    if command.outcome is None:
        raise RequestInProgress
    return replace(_answer(command.outcome), replayed=True)


async def _kept_refusal(
    database: Database, caller: Caller, key: Key, claim: CommandRow, refusal: Conflict
) -> Answer | Declined:
    """Keep a conflict under its key, unless an equal request was quicker."""
    outcome = dump_outcome(Outcome(refusal=refusal))
    try:
        async with database.write() as connection:
            await insert_command(connection, replace(claim, accepted_at=None, outcome=outcome))
    except IntegrityError:
        kept = await _kept_answer(database, caller, key)
        if kept is None:
            raise
        return kept
    return Declined(refusal=refusal)


def _answer(outcome: dict[str, Any]) -> Answer | Declined:
    refusal = load_outcome(outcome).refusal if "refusal" in outcome else None
    if refusal is not None:
        return Declined(refusal=refusal)
    return Answer(status=outcome["status"], body=outcome["body"], headers=outcome["headers"])


def _claim(caller: Caller, key: Key, *, kind: str, at: datetime) -> CommandRow:
    return CommandRow(
        subscription_id="",
        command_id=new_id("cmd"),
        partner_id=caller.partner.id,
        key=key.value,
        fingerprint=key.fingerprint,
        kind=kind,
        actor=caller.actor,
        body={},
        received_at=at,
        accepted_at=at,
    )
