"""Every timeout, retry policy and pause between rounds, by name."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

_SECOND = timedelta(seconds=1)


class LocalActivityLimits(TypedDict):
    """How long a local activity may run and be tried."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    retry_policy: RetryPolicy


class ActivityLimits(TypedDict):
    """How long an activity may run and be tried."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


class BeatingActivityLimits(ActivityLimits):
    """The same for a long activity that shows that it lives."""

    heartbeat_timeout: timedelta


# Below the workflow task timeout of ten seconds, so that a stuck database never fails the task itself.
RECORD_HERE = LocalActivityLimits(
    start_to_close_timeout=6 * _SECOND,
    schedule_to_close_timeout=7 * _SECOND,
    retry_policy=RetryPolicy(initial_interval=_SECOND / 10, maximum_interval=_SECOND, maximum_attempts=4),
)

# Without a limit of attempts: money is recorded when the fault is gone, however long that takes.
RECORD = ActivityLimits(
    start_to_close_timeout=20 * _SECOND,
    retry_policy=RetryPolicy(initial_interval=_SECOND, maximum_interval=60 * _SECOND),
)

# A few tries in a row; then the run goes on with the other accounts and comes back to this one.
POST_INVOICE = ActivityLimits(
    start_to_close_timeout=30 * _SECOND,
    retry_policy=RetryPolicy(initial_interval=_SECOND, maximum_interval=10 * _SECOND, maximum_attempts=3),
)

# A drain takes a few minutes at most and beats every five seconds; one whose worker died is taken over by another.
DRAIN = BeatingActivityLimits(
    start_to_close_timeout=600 * _SECOND,
    heartbeat_timeout=30 * _SECOND,
    retry_policy=RetryPolicy(initial_interval=_SECOND, maximum_interval=600 * _SECOND),
)

# A batch takes seconds, minutes at most; rows of a worker that died are taken up by another after ten seconds.
BULK = BeatingActivityLimits(
    start_to_close_timeout=600 * _SECOND,
    heartbeat_timeout=10 * _SECOND,
    retry_policy=RetryPolicy(initial_interval=_SECOND, maximum_interval=30 * _SECOND),
)


def round_pause(first_s: int, rounds: int, *, longest: timedelta) -> timedelta:
    """Return how long to wait before the next round over what failed: twice as long after each, up to a limit."""
    return min(timedelta(seconds=first_s) * (1 << min(rounds, 10)), longest)
