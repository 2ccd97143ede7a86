"""A door for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support_door import Door, opened_door


@pytest.fixture
async def door(database_url: str) -> AsyncIterator[Door]:
    """The door over a fresh database, with an operator and a distributor."""
    async with opened_door(database_url) as opened:
        yield opened
