"""What webhooks cost those who have none: nothing in the ledger's transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.tellings import list_due
from storage.webhooks import webhook_receiver
from support_door import NOW
from support_ledger import Desk, opened_desk
from support_statements import statements
from support_webhooks import bought, hooked, suspended


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def test_who_has_no_webhook_is_asked_nothing_more_and_who_has_one_once_more(desk: Desk) -> None:
    customer = await desk.customer()
    counts: list[int] = []
    for number in range(4):
        if number == 2:
            await hooked(desk, "https://hooks.example.com/")
        with statements() as asked:
            await bought(desk, customer_id=customer)
        about = [statement for statement in asked if "webhooks" in statement]
        # The party, its prices and whether anybody listens are one statement; the counter asks it on paper, too.
        counts.append(len(about))
    without, _, first_with, with_one = counts
    assert without == counts[1] == 2
    assert first_with == with_one == 2 * without


async def test_what_is_due_is_one_statement(desk: Desk) -> None:
    hook = await hooked(desk, "https://hooks.example.com/")
    found = await bought(desk)
    await suspended(desk, found)
    with statements() as asked:
        async with desk.database.read() as connection:
            due = await list_due(connection, webhook_receiver(hook["id"]), now=NOW, limit=10)
    assert [telling.version for telling in due] == [1, 2, 3]
    assert len([statement for statement in asked if "SELECT" in statement]) == 1
