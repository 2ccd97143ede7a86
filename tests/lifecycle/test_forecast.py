"""What is foreseen is what then happens, whether the worker is punctual or sleeps for years."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lifecycle.agenda import Recorded, settle
from lifecycle.events import charge_of
from lifecycle.forecast import Foreseen, forecast
from lives.asking import at, purchase
from lives.life import bought
from lives.random_lives import lives, price_rows
from lives.standings import STANDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.agenda import Step
    from lives.life import Life
    from oracle.price_table import PriceRow

TEN_YEARS = 3653


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), rows=price_rows(), days=st.just(TEN_YEARS) | st.integers(0, TEN_YEARS))
def test_a_forecast_is_what_settling_does_instant_by_instant_and_all_at_once(
    data: st.DataObject, rows: list[PriceRow], days: int
) -> None:
    life = data.draw(lives(rows=rows)).life
    assume(life.present is not None)
    until = life.now + timedelta(days=days)
    foreseen = forecast(life.subscription, life.prices, settled_until=life.now, until=until)

    asleep = settle(life.subscription, life.prices, settled_until=life.now, until=until)
    assert foreseen_in(asleep) == foreseen
    in_the_end = asleep[-1].after if asleep else life.subscription

    punctual = twin_of(life)
    punctual.run_to(until)
    assert foreseen_in(punctual.steps) == foreseen
    assert punctual.subscription == in_the_end

    twice = twin_of(life)
    twice.sleep_to(life.now + timedelta(days=data.draw(st.integers(0, days))))
    twice.sleep_to(until)
    assert foreseen_in(twice.steps) == foreseen
    assert twice.subscription == in_the_end


def test_five_years_of_a_yearly_subscription_are_foreseen_with_their_reminders_and_charges() -> None:
    life = bought(purchase(inventory={"tls-dv-single": 3}), at=at(2028, 2, 29, 9))
    foreseen = forecast(life.subscription, life.prices, settled_until=life.now, until=at(2033, 1, 1))
    assert [(item.kind, item.at) for item in foreseen[:6]] == [
        ("renewal_reminder", at(2028, 11, 30, 9)),
        ("renewal_reminder", at(2028, 12, 30, 9)),
        ("renewal_reminder", at(2029, 1, 29, 9)),
        ("renewal_reminder", at(2029, 2, 21, 9)),
        ("renewal_reminder", at(2029, 2, 27, 9)),
        ("term_end", at(2029, 2, 28)),
    ]
    ends = [(item.at, item.charge.total) for item in foreseen if item.charge is not None]
    assert ends == [(at(year, 2, day), 14_700) for year, day in ((2029, 28), (2030, 28), (2031, 28), (2032, 29))]
    assert [item.charge is not None for item in foreseen] == [item.kind == "term_end" for item in foreseen]


@pytest.mark.parametrize(
    ("standing", "kinds"),
    [
        pytest.param("pending", [*["eca_reminder"] * 5, "eca_deadline"], id="an agreement that nobody decides"),
        pytest.param("scheduled", ["start", *["renewal_reminder"] * 5, "term_end"], id="a start that is awaited"),
        pytest.param("suspended", ["suspended_reminder", "term_end"], id="a pause that nobody ends"),
        pytest.param("held", [], id="a held renewal"),
        pytest.param(
            "active, one-time", [*["expiry_reminder"] * 5, "term_end", "expired_followup"], id="a term that is the last"
        ),
        pytest.param("suspended, one-time", ["suspended_reminder", "term_end", "expired_followup"], id="its pause"),
        pytest.param("expired", ["expired_followup"], id="an end some days ago"),
        pytest.param("cancelled", [], id="a cancellation"),
    ],
)
def test_each_state_foresees_what_it_awaits(standing: str, kinds: list[str]) -> None:
    life = STANDINGS[standing]()
    foreseen = forecast(life.subscription, life.prices, settled_until=life.now, until=at(2028, 3, 2))
    assert [item.kind for item in foreseen] == kinds


def foreseen_in(steps: Iterable[Step]) -> tuple[Foreseen, ...]:
    """The steps in the words of a forecast; several events of one instant are one."""
    found: list[Foreseen] = []
    for step in steps:
        if isinstance(step.happening, Recorded):
            event = step.happening.event
            found.append(Foreseen(event.at, KINDS[event.kind], charge_of(event)))
        else:
            item = step.happening.item
            found.append(Foreseen(item.at, item.kind.value, None))
    return tuple(found)


KINDS = {
    "activated": "start",
    "renewed": "term_end",
    "renewal_held": "term_end",
    "expired": "term_end",
    "eca_expired": "eca_deadline",
}


def twin_of(life: Life) -> Life:
    """The same life, so far without anything recorded of it."""
    twin = copy(life)
    twin.steps, twin.events, twin.ledger = [], [], []
    return twin
