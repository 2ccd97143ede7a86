"""How a key's limit is shared: a bucket that fills at the limit, out of which each process is lent a share at a time.

A limit of n lets n requests in at once and n a second from then on. What is in the bucket and what is lent never come
to more than n together, so however many processes there are, they let in no more than one would. A loan ends with its
time: what is left of it is given up, and the bucket fills up in its place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from storage.allowances import Allowance

SHARES = 10
LOAN = timedelta(seconds=10)
# Whoever was further ahead than this had a wrong clock, and keeps nobody waiting until that day comes.
CLOCKS_APART = timedelta(seconds=10)
WHOLE = 1_000_000  # a request, in the unit of a level

_MICROSECOND = timedelta(microseconds=1)


def full(limit: int, *, at: datetime) -> Allowance:
    """Return what a key may ask that never asked."""
    return Allowance(level=limit * WHOLE, filled_at=at, lent=0, lent_until=at)


def filled(allowance: Allowance, limit: int, *, at: datetime) -> Allowance:
    """Return the allowance as it is at an instant: filled up, and without the loans that are over.

    Its version stays: it is the same change that is about to be made.
    """
    since = allowance.filled_at if allowance.filled_at <= at + CLOCKS_APART else at
    level, lent, until = allowance.level, min(allowance.lent, limit), allowance.lent_until
    if since < until <= at:
        # Up to its last moment a loan can be spent: only from then on the bucket fills up in its place.
        level, since = _risen(level, limit, room=limit - lent, passed=until - since), until
    if not at < until <= at + LOAN + CLOCKS_APART:
        lent, until = 0, at
    level = _risen(level, limit, room=limit - lent, passed=at - since)
    return replace(allowance, level=level, filled_at=max(since, at), lent=lent, lent_until=until)


def given_back(allowance: Allowance, limit: int, *, spent: int, at: datetime) -> Allowance:
    """Return the allowance after a process said that it had spent, by `at`, all that it was lent until `lent_until`.

    From then on, not sooner, the bucket may fill up in its place.
    """
    then = filled(allowance, limit, at=max(at, allowance.filled_at))
    return replace(then, lent=max(then.lent - spent, 0))


def lend(allowance: Allowance, limit: int, *, at: datetime) -> tuple[Allowance, int]:
    """Return what is left, and how many requests are lent: a share, or what there is."""
    now = filled(allowance, limit, at=at)
    share = min(share_of(limit), now.level // WHOLE)
    until = now.lent_until if now.lent_until > at else now.filled_at + LOAN
    return replace(now, level=now.level - share * WHOLE, lent=now.lent + share, lent_until=until), share


def next_loan_at(allowance: Allowance, limit: int) -> datetime:
    """Return when there will be a share again, or all that the loans of others leave of one; when they end, if nothing.

    Sooner it would be one request at a time, and a look into the database for each.
    """
    wanted = min(share_of(limit), limit - allowance.lent)
    if wanted <= 0:
        return allowance.lent_until
    missing = max(wanted * WHOLE - allowance.level, 0)
    return allowance.filled_at - (-missing // limit) * _MICROSECOND


def share_of(limit: int) -> int:
    """Return how many requests are lent at a time: few enough that others find some, too."""
    return max(limit // SHARES, 1)


def _risen(level: int, limit: int, *, room: int, passed: timedelta) -> int:
    """The limit a second is as many millionths of a request a microsecond: nothing is rounded."""
    return min(level + max(passed // _MICROSECOND, 0) * limit, room * WHOLE)
