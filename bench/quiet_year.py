"""A quiet year of one subscription in the sandbox: five reminders and the renewal, mails and all, by `advance`."""

from __future__ import annotations

import statistics
import time

from support_product import Running

AIM_MS = 1000.0


def measured_years(running: Running, suffix: str, *, repetitions: int) -> dict[str, dict[str, object]]:
    """Print and return the median milliseconds of a year, each of another subscription."""
    seat = running.seat()
    years = [_year_ms(seat.bought()["id"], running) for _ in range(repetitions)]
    value = round(statistics.median(years), 1)
    print(f"  a quiet year of a subscription takes {value:.0f} ms of {AIM_MS:.0f}, n={repetitions}")
    return {f"quiet_year_ms{suffix}": {"value": value, "baseline": AIM_MS, "n": repetitions}}


def _year_ms(subscription_id: str, running: Running) -> float:
    seat = running.seat()
    ends = seat.subscription(subscription_id)["end_date"]
    began = time.perf_counter()
    seat.advance(subscription_id, ends)
    return (time.perf_counter() - began) * 1000
