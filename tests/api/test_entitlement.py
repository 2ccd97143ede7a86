"""What may be issued is told for this moment, also where nobody has recorded yet what came due."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from support_ledger import Desk, opened_desk
from support_reports import bought


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def test_a_term_that_is_over_lets_nothing_be_issued_before_its_end_is_recorded(desk: Desk) -> None:
    one = await bought(desk, "Acme", renewal_mode="one_time")
    path = f"/v1/subscriptions/{one['id']}"
    assert (await desk.door.distributor.get(f"{path}/entitlement")).json()["may_issue"] is True

    desk.door.clock.now = datetime.fromisoformat(f"{one['end_date']}T00:00:00Z")

    found = (await desk.door.distributor.get(f"{path}/entitlement")).json()
    assert (found["may_issue"], found["reason"]) == (False, "expired")
    assert (await desk.door.distributor.get(path)).json()["state"] == "active"
