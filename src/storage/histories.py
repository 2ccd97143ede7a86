"""Everything that is stored of a subscription, read at one instant, to hold its parts against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import PostedTransaction
from lifecycle.event_portrait import RecordedEvent
from storage.events import event_row
from storage.rows import values_of
from storage.tables import commands, events, subscriptions, tellings, transactions
from storage.transactions import find_transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A subscription's row, column by column, and all that hangs on it; `told` are the kind, key and role of tellings.

    `transactions` are by id, `answered` holds the ids of its commands that have their outcome.
    """

    subscription_id: str
    columns: Mapping[str, Any]
    events: tuple[RecordedEvent, ...]
    transactions: Mapping[str, PostedTransaction]
    told: frozenset[tuple[str, str, str]]
    answered: frozenset[str]


async def list_histories(connection: AsyncConnection, *, after: str, limit: int) -> tuple[History, ...]:
    """Return the subscriptions whose ids come after `after`, in the order of their ids."""
    query = select(subscriptions).where(subscriptions.c.id > after).order_by(subscriptions.c.id).limit(limit)
    rows = {row.id: row for row in await connection.execute(query)}
    happened = await _by_subscription(connection, events.c.subscription_id, list(rows))
    told = await _by_subscription(connection, tellings.c.subscription_id, list(rows))
    asked = await _by_subscription(connection, commands.c.subscription_id, list(rows))
    posted = await _transactions(connection, list(rows))
    return tuple(
        History(
            subscription_id=id_,
            columns=values_of(row),
            events=tuple(sorted(map(event_row, happened[id_]), key=lambda event: event.version)),
            transactions=posted[id_],
            told=frozenset((telling.kind, telling.key, telling.role) for telling in told[id_]),
            answered=frozenset(command.command_id for command in asked[id_] if command.outcome is not None),
        )
        for id_, row in rows.items()
    )


async def _by_subscription(
    connection: AsyncConnection, key: Column[str], ids: Sequence[str]
) -> defaultdict[str, list[Row[Any]]]:
    grouped: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in await connection.execute(select(key.table).where(key.in_(ids))):
        grouped[row.subscription_id].append(row)
    return grouped


async def _transactions(
    connection: AsyncConnection, ids: Sequence[str]
) -> defaultdict[str, dict[str, PostedTransaction]]:
    query = select(transactions.c.id).where(transactions.c.subscription_id.in_(ids))
    grouped: defaultdict[str, dict[str, PostedTransaction]] = defaultdict(dict)
    for transaction in await find_transactions(connection, list(await connection.scalars(query))):
        grouped[transaction.subscription_id][transaction.id] = transaction
    return grouped
