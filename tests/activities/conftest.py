"""A desk for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support_ledger import Desk, opened_desk


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """A door whose commands the real ledger records, and a real mail server."""
    async with opened_desk(database_url) as opened:
        yield opened
