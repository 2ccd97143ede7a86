"""Accepted commands and their outcomes: what was asked, under which key, and the final answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.announcements import CHANNEL
from storage.rows import values_of
from storage.tables import commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """One accepted request. `outcome` is None until it has its final answer."""

    subscription_id: str
    command_id: str
    partner_id: str
    key: str | None
    fingerprint: str | None
    kind: str
    actor: str
    body: dict[str, Any]
    received_at: datetime
    accepted_at: datetime | None = None
    outcome: dict[str, Any] | None = None


def _command(row: Row[Any]) -> CommandRow:
    return CommandRow(**values_of(row))


async def insert_command(connection: AsyncConnection, command: CommandRow) -> None:
    """Store a command; a key that the partner used already raises IntegrityError."""
    values = {name: getattr(command, name) for name in CommandRow.__dataclass_fields__}
    await connection.execute(_INSERT, values)


async def find_command(
    connection: AsyncConnection, subscription_id: str, command_id: str, *, lock: bool = False
) -> CommandRow | None:
    """Return a subscription's command, None when there is none; `lock` keeps others from giving it an outcome."""
    ids = {"subscription_id": subscription_id, "command_id": command_id}
    return await _found(connection, _BY_IDS_LOCKED if lock else _BY_IDS, ids)


async def find_command_by_id(connection: AsyncConnection, command_id: str) -> CommandRow | None:
    """Return a command by its own id."""
    return await _found(connection, _BY_OWN_ID, {"command_id": command_id})


async def find_command_by_key(connection: AsyncConnection, partner_id: str, key: str) -> CommandRow | None:
    """Return the command that used a partner's key."""
    return await _found(connection, _BY_KEY, {"partner_id": partner_id, "key": key})


async def set_outcome(
    connection: AsyncConnection, command: CommandRow, outcome: dict[str, Any], *, frees_key: bool
) -> None:
    """Store the final answer, and tell who waits for it when the transaction commits.

    An answer that is not kept frees the key for another try. SQLite tells nobody: there is only this process, which
    knows, and a slow look now and then.
    """
    change = _SET_OUTCOME_AND_NOTIFY if connection.dialect.name == "postgresql" else _SET_OUTCOME
    values = {
        "of_subscription": command.subscription_id,
        "of_command": command.command_id,
        "outcome": outcome,
        "key": None if frees_key else command.key,
    }
    await connection.execute(change, values)


async def list_open_commands(connection: AsyncConnection) -> tuple[CommandRow, ...]:
    """Return accepted commands without an outcome, oldest first."""
    query = select(commands).where(commands.c.outcome.is_(None)).order_by(commands.c.received_at)
    return tuple(_command(row) for row in await connection.execute(query))


async def _found(connection: AsyncConnection, query: Select[Any], values: dict[str, str]) -> CommandRow | None:
    row = (await connection.execute(query, values)).one_or_none()
    return None if row is None else _command(row)


# Built once: they are on the path of every command, and putting one together costs more than running it.
_INSERT = insert(commands)
_BY_IDS = select(commands).where(
    commands.c.subscription_id == bindparam("subscription_id"), commands.c.command_id == bindparam("command_id")
)
_BY_IDS_LOCKED = _BY_IDS.with_for_update()
_BY_OWN_ID = select(commands).where(commands.c.command_id == bindparam("command_id"))
_BY_KEY = select(commands).where(commands.c.partner_id == bindparam("partner_id"), commands.c.key == bindparam("key"))
_SET_OUTCOME = update(commands).where(
    commands.c.subscription_id == bindparam("of_subscription"), commands.c.command_id == bindparam("of_command")
)
_SET_OUTCOME_AND_NOTIFY = _SET_OUTCOME.returning(func.pg_notify(CHANNEL, commands.c.command_id))
