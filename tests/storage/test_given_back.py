"""In which order the refunds of a line were posted, for what is said of each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, true

from lifecycle.charges import PostedTransaction
from lifecycle.explain import line_words
from storage.database import Database
from storage.given_back import list_given_back
from storage.tables import events, transactions
from storage.transactions import insert_transaction, mark_refunded
from support_door import NOW
from support_invoicing import Holding, charge, new_account, new_holding, refund


def named(transaction: PostedTransaction, line_id: str) -> PostedTransaction:
    (line,) = transaction.lines
    return replace(transaction, lines=(replace(line, id=line_id),))


def event_of(transaction: PostedTransaction, holding: Holding, version: int) -> dict[str, Any]:
    return {
        "subscription_id": holding.subscription_id,
        "version": version,
        "kind": "refunded",
        "at": NOW,
        "recorded_at": NOW,
        "actor": "key_1",
        "command_id": f"rfd_{version}",
        "transaction_id": transaction.id,
        "body": {},
        "id": f"evt_{version}",
    }


async def test_refunds_of_one_instant_stand_in_the_order_of_their_events_whatever_their_ids(database_url: str) -> None:
    database = Database(database_url)
    async with database.write() as connection:
        holding = await new_holding(connection, await new_account(connection))
        bought = charge(holding, amount=24_903, quantity=7, at=NOW)
        await insert_transaction(connection, bought)
        first = named(refund(bought.lines[0], holding, amount=7_115, quantity=2, at=NOW), "txl_b")
        second = named(refund(bought.lines[0], holding, amount=10_673, quantity=3, at=NOW), "txl_a")
        for version, back in ((2, first), (3, second)):
            await insert_transaction(connection, back)
            await mark_refunded(connection, back.lines[0])
            await connection.execute(insert(events).values(**event_of(back, holding, version)))
        found = await list_given_back(connection, transactions.c.action == "refund", documents=true())
    await database.close()

    assert line_words(first.lines[0], found["txl_b"]).endswith("= 71.15142…, rounded half-up to 71.15 USD.")
    assert line_words(second.lines[0], found["txl_a"]).endswith(
        "rounded half-up to 177.88 USD for the 5 given back so far, less 71.15 given back before = 106.73 USD."
    )
