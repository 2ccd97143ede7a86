"""How often each key asks, counted by all processes together, and with a look into the database only now and then."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from intake.denials import RateLimited
from intake.lending import CLOCKS_APART, LOAN, WHOLE, filled, full, given_back, lend, next_loan_at
from storage.allowances import Allowance, find_allowance, replace_allowance
from storage.database import Database

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many requests a second a key may make, and how many it could make now, as far as this process knows."""

    limit: int
    left: int


@dataclass(slots=True, eq=False)
class _Loan:
    """What this process was lent for one key, and what it knows of the key's allowance."""

    size: int = 0
    left: int = 0
    until: datetime = _LONG_AGO
    spent_at: datetime = _LONG_AGO
    next_at: datetime = _LONG_AGO  # before which asking for another is vain
    allowance: Allowance | None = None
    is_shared: bool = False  # whether others borrowed, too, since the loan before
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def spends(self, at: datetime) -> bool:
        """Spend one request of the loan, and return whether there was one."""
        if not self.left or at >= self.until:
            return False
        self.left -= 1
        self.spent_at = max(self.spent_at, at)
        return True

    def is_vain(self, at: datetime) -> bool:
        """Return whether nothing can be lent yet. A clock that was set back makes nobody wait for long."""
        return at < self.next_at <= at + LOAN + CLOCKS_APART

    def renew(self, allowance: Allowance, size: int, limit: int) -> None:
        """Take what was lent; of the loan before nothing is left."""
        self.is_shared = self.allowance is not None and allowance.version != self.allowance.version + 1
        self.allowance = allowance
        self.size = self.left = size
        self.until = allowance.lent_until
        self.next_at = _LONG_AGO if size else next_loan_at(allowance, limit)


class KeyRates:
    """The limit of every key, `per_second` requests, held by all processes on this database."""

    def __init__(self, database: Database, per_second: int) -> None:
        """Start without any loan: what a process before this one was lent is not lent again."""
        self._database = database
        self._limit = per_second
        self._loans: defaultdict[str, _Loan] = defaultdict(_Loan)

    async def count(self, actor: str, *, at: datetime) -> Standing:
        """Count a request of a key or user.

        Raises:
            RateLimited: there were too many.
        """
        loan = self._loans[actor]
        if not loan.spends(at) and not await self._borrows(actor, loan, at):
            raise RateLimited(limit=self._limit, retry_after=max(loan.next_at - at, timedelta(seconds=1)))
        return Standing(self._limit, self._left(loan, at))

    def _left(self, loan: _Loan, at: datetime) -> int:
        if loan.allowance is None:
            return loan.left
        return loan.left + filled(loan.allowance, self._limit, at=at).level // WHOLE

    async def _borrows(self, actor: str, loan: _Loan, at: datetime) -> bool:
        """Spend one request of a new loan, and return whether there was one. Of many who wait, one asks for it."""
        async with loan.asking:
            if loan.spends(at):
                return True
            if loan.is_vain(at):
                return False
            await self._renew(actor, loan, at)
            return loan.spends(at)

    async def _renew(self, actor: str, loan: _Loan, at: datetime) -> None:
        """Borrow from what is known of the allowance, which is one statement; look first where others change it."""
        known = None if loan.is_shared else loan.allowance
        seen = known or await self._seen(actor, at)
        while True:
            if loan.left == 0 and loan.until == seen.lent_until:
                seen = given_back(seen, self._limit, spent=loan.size, at=min(loan.spent_at, at))
            allowance, size = lend(seen, self._limit, at=at)
            async with self._database.write_once() as connection:
                stored = await replace_allowance(connection, actor, allowance)
            if stored is not None:
                loan.renew(stored, size, self._limit)
                return
            seen = await self._seen(actor, at)

    async def _seen(self, actor: str, at: datetime) -> Allowance:
        async with self._database.read() as connection:
            found = await find_allowance(connection, actor)
        return found or full(self._limit, at=at)
