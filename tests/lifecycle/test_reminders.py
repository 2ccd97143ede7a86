"""When reminders are due, which of several is sent, and whom they tell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from lifecycle.agenda import Reminded, agenda
from lifecycle.commands import Cancel, Enable, ResendEca, SetRenewalMode, Settle, Suspend
from lifecycle.notices import notices_of_reminder
from lifecycle.subscription import RenewalMode
from lives.asking import at, change_acceptor, purchase
from lives.life import bought
from lives.standings import NOON, active, pending, suspended

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from lifecycle.agenda import Step

DUE = {
    90: at(2027, 10, 12, 9),
    60: at(2027, 11, 11, 9),
    30: at(2027, 12, 11, 9),
    7: at(2028, 1, 3, 9),
    1: at(2028, 1, 9, 9),
}


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        pytest.param(RenewalMode.AUTO, "renewal_reminder", id="auto"),
        pytest.param(RenewalMode.ONE_TIME, "expiry_reminder", id="one-time"),
    ],
)
def test_five_reminders_come_before_the_end_at_nine_and_their_kind_follows_the_mode(
    mode: RenewalMode, kind: str
) -> None:
    ahead = agenda(active(renewal_mode=mode).subscription, after=NOON)
    assert [(item.kind.value, item.days, item.at) for item in ahead[:5]] == [
        (kind, days, due) for days, due in DUE.items()
    ]
    assert (ahead[5].kind.value, ahead[5].at) == ("term_end", at(2028, 1, 10))
    assert [item.name for item in ahead[:6]] == [*(f"reminder/term-1/{days}" for days in DUE), "term-1/end"]


def test_a_switch_of_the_mode_changes_the_kind_of_the_reminders_that_are_left() -> None:
    life = active()
    life.run_to(at(2027, 11, 20))
    life.do(SetRenewalMode(RenewalMode.ONE_TIME), at=life.now)
    life.run_to(at(2028, 1, 9, 10))
    assert sent(life.steps) == [
        ("renewal_reminder", 90),
        ("renewal_reminder", 60),
        ("expiry_reminder", 30),
        ("expiry_reminder", 7),
        ("expiry_reminder", 1),
    ]


@pytest.mark.parametrize(
    ("start", "days"),
    [
        pytest.param(date(2026, 2, 10), [30, 7, 1], id="thirty-one days left"),
        pytest.param(date(2026, 1, 20), [7, 1], id="ten days left"),
        pytest.param(date(2026, 1, 12), [1], id="two days left, after nine of the day before"),
        pytest.param(date(2026, 1, 11), [], id="a day left, after nine"),
    ],
)
def test_reminders_before_the_activation_of_a_backdated_subscription_do_not_exist(start: date, days: list[int]) -> None:
    life = bought(purchase(start_date=start), at=NOON)
    life.run_to(at(2027, 2, 10, 12))
    assert [found for _, found in sent(life.steps)] == days
    assert not skipped(life.steps)


def test_a_reminder_of_the_activation_day_exists_when_nine_is_still_ahead() -> None:
    life = bought(purchase(start_date=date(2026, 1, 11)), at=at(2027, 1, 10, 8))
    life.run_to(at(2027, 1, 11))
    assert sent(life.steps) == [("renewal_reminder", 1)]


def test_the_next_term_has_its_own_reminders() -> None:
    life = active()
    life.run_to(at(2029, 1, 10))
    second = [step.happening.item for step in life.steps if isinstance(step.happening, Reminded)][5:]
    assert [item.name for item in second] == [f"reminder/term-2/{days}" for days in (90, 60, 30, 7, 1)]
    assert second[0].at == at(2028, 10, 12, 9)


def test_of_several_reminders_that_are_due_only_the_latest_is_sent() -> None:
    life = active()
    steps = life.sleep_to(at(2028, 1, 3, 20))
    assert sent(steps) == [("renewal_reminder", 7)]
    assert skipped(steps) == [("renewal_reminder", 90), ("renewal_reminder", 60), ("renewal_reminder", 30)]


@pytest.mark.parametrize(
    ("woken", "is_sent"),
    [
        pytest.param(DUE[60] + timedelta(hours=24), True, id="a day late"),
        pytest.param(DUE[60] + timedelta(hours=24, microseconds=1), False, id="more than a day late"),
    ],
)
def test_a_reminder_more_than_a_day_late_is_skipped(woken: datetime, *, is_sent: bool) -> None:
    life = active()
    steps = life.sleep_to(woken)
    assert sent(steps) == ([("renewal_reminder", 60)] if is_sent else [])
    assert len(skipped(steps)) == 2 - len(sent(steps))


def test_what_was_sent_before_is_not_due_again() -> None:
    life = active()
    life.run_to(DUE[90])
    assert sent(life.sleep_to(DUE[60])) == [("renewal_reminder", 60)]
    assert life.sleep_to(DUE[60] + timedelta(days=3)) == ()


def test_a_worker_that_slept_over_the_end_skips_the_reminders_and_renews_at_the_end() -> None:
    life = active()
    steps = life.sleep_to(at(2028, 3, 10))
    assert sent(steps) == []
    assert len(skipped(steps)) == 5
    assert (life.events[-1].kind, life.events[-1].at) == ("renewed", at(2028, 1, 10))


@pytest.mark.parametrize("mode", RenewalMode, ids=["auto", "one-time"])
def test_while_suspended_there_is_one_reminder_at_thirty_days(mode: RenewalMode) -> None:
    life = suspended(renewal_mode=mode)
    life.run_to(at(2028, 1, 9, 23))
    assert sent(life.steps) == [("suspended_reminder", 30)]
    assert life.steps[0].happening == Reminded(
        agenda(suspended(renewal_mode=mode).subscription, after=NOON)[0], skipped=False
    )


def test_enabling_brings_back_the_reminders_that_are_still_ahead() -> None:
    life = active()
    life.run_to(at(2027, 11, 1))
    life.do(Suspend(), at=life.now)
    life.run_to(at(2027, 12, 20))
    life.do(Enable(), at=life.now)
    life.run_to(at(2028, 1, 9, 23))
    assert sent(life.steps) == [
        ("renewal_reminder", 90),
        ("suspended_reminder", 30),
        ("renewal_reminder", 7),
        ("renewal_reminder", 1),
    ]


def test_after_an_expiry_there_is_one_more_mail_a_week_later_at_midnight() -> None:
    life = active(renewal_mode=RenewalMode.ONE_TIME)
    life.run_to(at(2030, 1, 1))
    last = life.steps[-1].happening
    assert isinstance(last, Reminded)
    assert (last.item.kind.value, last.item.at, last.item.name) == (
        "expired_followup",
        at(2028, 1, 17),
        "term-1/followup",
    )


def test_the_mail_after_an_expiry_is_sent_however_late_and_spares_no_reminder() -> None:
    life = active(renewal_mode=RenewalMode.ONE_TIME)
    steps = life.sleep_to(at(2028, 6, 1))
    assert sent(steps) == [("expired_followup", 7)]
    assert len(skipped(steps)) == 5


def test_a_held_renewal_that_is_given_up_is_followed_up_a_week_after_its_end() -> None:
    life = suspended()
    life.run_to(at(2028, 2, 1, 15))
    life.do(SetRenewalMode(RenewalMode.ONE_TIME), at=life.now)
    assert [item.at for item in agenda(life.subscription, after=life.now)] == [at(2028, 2, 8)]


def test_a_cancellation_ends_all_reminders() -> None:
    life = active()
    life.do(Cancel(by_operator=True), at=NOON)
    assert agenda(life.subscription, after=NOON) == ()


def test_the_acceptor_is_reminded_five_times_and_the_request_ends_after_thirty_days_to_the_second() -> None:
    life = pending()
    ahead = agenda(life.subscription, after=NOON)
    assert [(item.kind.value, item.at - NOON) for item in ahead] == [
        *(("eca_reminder", timedelta(days=days)) for days in (3, 7, 14, 21, 28)),
        ("eca_deadline", timedelta(days=30)),
    ]
    assert ahead[0].name == "eca-reminder/request-1/3"
    assert ahead[-1].name == "eca-deadline/request-1"


def test_a_resend_moves_no_reminder_and_a_change_of_acceptor_starts_them_again() -> None:
    life = pending()
    life.run_to(at(2027, 1, 15))
    before = agenda(life.subscription, after=life.now)
    life.do(ResendEca(), at=life.now)
    assert agenda(life.subscription, after=life.now) == before
    life.do(change_acceptor(), at=life.now)
    ahead = agenda(life.subscription, after=life.now)
    assert [item.at - life.now for item in ahead] == [timedelta(days=days) for days in (3, 7, 14, 21, 28, 30)]
    assert {item.name.split("/")[1] for item in ahead} == {"request-2"}


@pytest.mark.parametrize(
    ("days", "told"),
    [
        *(pytest.param(days, [("eca_reminder", "acceptor")], id=f"day {days}") for days in (3, 7, 14, 21)),
        pytest.param(28, [("eca_reminder", "acceptor"), ("eca_expiring", "partner")], id="day 28"),
    ],
)
def test_the_partner_is_told_of_the_agreements_last_reminder(days: int, told: list[tuple[str, str]]) -> None:
    life = pending()
    life.run_to(NOON + timedelta(days=days))
    last = life.steps[-1].happening
    assert isinstance(last, Reminded)
    assert [(notice.kind, notice.receiver.value) for notice in notices_of_reminder(last)] == told


def test_a_subscription_reminder_tells_partner_and_customer() -> None:
    life = active()
    life.ask(Settle(), at=DUE[90])
    last = life.steps[-1].happening
    assert isinstance(last, Reminded)
    assert {(notice.kind, notice.receiver.value) for notice in notices_of_reminder(last)} == {
        ("renewal_reminder", "partner"),
        ("renewal_reminder", "customer"),
    }


def sent(steps: Iterable[Step]) -> list[tuple[str, int]]:
    """Kind and distance of the reminders that are sent."""
    return _reminders(steps, skipped=False)


def skipped(steps: Iterable[Step]) -> list[tuple[str, int]]:
    """Kind and distance of the reminders that are only recorded."""
    return _reminders(steps, skipped=True)


def _reminders(steps: Iterable[Step], *, skipped: bool) -> list[tuple[str, int]]:
    found = [step.happening for step in steps if isinstance(step.happening, Reminded)]
    return [(one.item.kind.value, one.item.days) for one in found if one.skipped is skipped]
