"""Virtual time goes exactly as far as it is told, also when work falls on the very day, and after a crash midway."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from counts import ran_on
from support_product import Running, Seat, start_running

MICROSECONDS_A_DAY = 86_400_000_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("virtual-time")


@pytest.fixture(scope="module")
def running(data: Path) -> Iterator[Running]:
    running = start_running(data, f"sqlite:///{data}/perennial.db")
    yield running
    running.end()


@pytest.fixture
def seat(running: Running, request: pytest.FixtureRequest) -> Seat:
    ran_on(request, "SQLite")
    ran_on(request, "the engine")
    return running.seat()


def test_an_advance_to_the_day_of_a_renewal_goes_no_further(seat: Seat) -> None:
    bought = [seat.bought() for _ in range(16)]
    end = bought[0]["end_date"]
    body = {"subscription_ids": [one["id"] for one in bought], "to": end}

    moved = seat.done(seat.http.post("/v1/sandbox/advance", json=body))["subscriptions"]

    assert {place["today"] for place in moved} == {end}
    first_reminder = date.fromisoformat(seat.subscription(bought[0]["id"])["end_date"]) - timedelta(days=90)
    for one in bought:
        now = seat.subscription(one["id"])
        assert now["term_number"] == 2
        assert now["next_event"] == {"kind": "renewal_reminder", "at": f"{first_reminder}T09:00:00Z"}


def test_an_advance_that_was_cut_off_behind_the_engines_skip_goes_no_further_when_repeated(
    seat: Seat, data: Path
) -> None:
    bought = seat.bought()
    begins = date.fromisoformat(bought["start_date"])
    seat.advance(bought["id"], begins + timedelta(days=100))
    _set_back(data, bought["id"], days=100)

    seat.advance(bought["id"], begins + timedelta(days=110))
    seat.done(seat.post(f"/v1/subscriptions/{bought['id']}/suspend"))

    suspended = next(entry for entry in seat.timeline(bought["id"]) if entry["kind"] == "suspended")
    assert suspended["at"][:10] == str(begins + timedelta(days=110))


def _set_back(data: Path, subscription_id: str, *, days: int) -> None:
    """Leave the row as it was before the advance, and the engine where it is, as a crash between the two does."""
    with closing(sqlite3.connect(data / "perennial.db", timeout=30)) as connection, connection:
        connection.execute(
            "UPDATE subscriptions SET clock_offset_us = clock_offset_us - ?,"
            " settled_until = (SELECT max(at) FROM events WHERE subscription_id = subscriptions.id) WHERE id = ?",
            (days * MICROSECONDS_A_DAY, subscription_id),
        )
