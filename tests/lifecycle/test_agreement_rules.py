"""The agreement: its links, its deadline, sending it again, asking somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lifecycle.commands import Cancel, ResendEca
from lifecycle.refusals import Conflict, InvalidInput, LinkDead, TooSoon
from lifecycle.subscription import EcaStatus, State
from lives.asking import accept, at, change_acceptor, decline
from lives.standings import NOON, active, pending, scheduled, withdrawn

if TYPE_CHECKING:
    from lifecycle.commands import Command
    from lives.life import Life

MINUTES = timedelta(minutes=10)
MOMENT = timedelta(microseconds=1)
DEADLINE = NOON + timedelta(days=30)


def test_an_acceptance_just_before_the_deadline_counts_and_at_the_deadline_is_too_late() -> None:
    in_time, too_late = pending(), pending()
    in_time.do(accept(in_time.subscription), at=DEADLINE - MOMENT)
    assert in_time.subscription.state is State.ACTIVE
    refusal = too_late.ask(accept(too_late.subscription), at=DEADLINE).refusal
    assert isinstance(refusal, LinkDead)
    assert refusal.code == "eca_link_invalid"
    assert (too_late.subscription.state, too_late.subscription.ended_at) == (State.ECA_EXPIRED, DEADLINE)
    assert too_late.subscription.eca_status is EcaStatus.EXPIRED


def test_an_acceptance_keeps_who_accepted_and_its_id() -> None:
    life = pending()
    life.do(accept(life.subscription, name="Ada Byron", job_title="Counsel"), at=NOON)
    request = life.subscription.eca
    assert request is not None
    assert (request.accepted_name, request.accepted_job_title) == ("Ada Byron", "Counsel")
    assert (life.subscription.eca_acceptance_id, life.subscription.eca_status) == ("eca-1", EcaStatus.ACCEPTED)


def test_a_decline_keeps_its_reason_and_charges_nothing() -> None:
    life = pending()
    life.do(decline(life.subscription, reason="We use another agreement"), at=NOON)
    assert (life.subscription.state, life.subscription.state_reason) == (State.DECLINED, "We use another agreement")
    assert (life.subscription.eca_status, life.ledger) == (EcaStatus.DECLINED, [])


def test_a_link_that_was_replaced_decides_nothing_any_more() -> None:
    life = pending()
    first = life.subscription
    life.do(ResendEca(), at=NOON)
    second = life.subscription
    life.do(change_acceptor(), at=NOON)
    for old in (first, second):
        for command in (accept(old), decline(old)):
            assert code_of(life, command) == "eca_link_replaced"
    life.do(accept(life.subscription), at=NOON)
    assert code_of(life, accept(first)) == "eca_link_replaced"


def test_a_link_of_a_purchase_that_is_over_or_never_asked_is_invalid() -> None:
    life = withdrawn()
    assert code_of(life, accept(life.subscription)) == "eca_link_invalid"
    assert code_of(life, decline(pending().subscription)) == "eca_link_invalid"


def test_the_first_mail_does_not_delay_a_resend_but_each_resend_the_next() -> None:
    life = pending()
    life.do(ResendEca(), at=NOON)
    refusal = life.ask(ResendEca(), at=NOON + MINUTES - MOMENT).refusal
    assert isinstance(refusal, TooSoon)
    assert (refusal.code, refusal.retry_after) == ("resend_too_soon", MOMENT)
    life.do(ResendEca(), at=NOON + MINUTES)
    request = life.subscription.eca
    assert request is not None
    assert (request.link_number, request.last_sent_at) == (3, NOON + MINUTES)
    assert request.deadline_at == DEADLINE


def test_a_request_is_sent_again_ten_times_at_most_and_a_new_acceptor_starts_over() -> None:
    life = pending()
    for times in range(10):
        life.do(ResendEca(), at=NOON + times * MINUTES)
    later = NOON + timedelta(days=1)
    refusal = life.ask(ResendEca(), at=later).refusal
    assert isinstance(refusal, Conflict)
    assert refusal.code == "resend_limit"
    life.do(change_acceptor(), at=later)
    life.do(ResendEca(), at=later)


def test_a_change_of_acceptor_is_a_new_request_with_its_own_deadline() -> None:
    life = pending()
    (event,) = life.do(change_acceptor("Other@customer.example"), at=NOON + timedelta(days=29))
    request = life.subscription.eca
    assert event.kind == "eca_acceptor_changed"
    assert request is not None
    assert (request.id, request.acceptor_email, request.link_number) == ("request-2", "Other@customer.example", 1)
    assert request.deadline_at == NOON + timedelta(days=59)
    life.run_to(NOON + timedelta(days=40))
    assert life.subscription.state == "pending_eca"
    life.run_to(NOON + timedelta(days=59))
    assert life.subscription.state == "eca_expired"


def test_the_acceptor_changes_three_times_at_most() -> None:
    life = pending()
    for times in range(3):
        life.do(change_acceptor(f"a{times}@customer.example", request_id=f"request-{times + 2}"), at=NOON)
    refusal = life.ask(change_acceptor("last@customer.example"), at=NOON).refusal
    assert isinstance(refusal, Conflict)
    assert refusal.code == "acceptor_change_limit"


@pytest.mark.parametrize(
    ("email", "code"),
    [
        pytest.param("LEGAL@customer.example", "acceptor_unchanged", id="the present one in other letters"),
        pytest.param("Billing@Partner.example", "acceptor_is_partner", id="one at the partner"),
    ],
)
def test_the_new_acceptor_is_somebody_else_at_the_customer(email: str, code: str) -> None:
    refusal = pending().ask(change_acceptor(email), at=NOON).refusal
    assert isinstance(refusal, InvalidInput)
    assert [(error.field, error.code) for error in refusal.errors] == [("eca_acceptor_email", code)]


def test_a_second_acceptance_with_equal_data_changes_nothing_even_when_the_term_runs() -> None:
    for life in (scheduled(), active()):
        before = life.subscription
        assert life.do(accept(life.subscription), at=at(2027, 1, 11)) == ()
        assert life.subscription == before


def test_a_withdrawal_ends_the_wait() -> None:
    life = pending()
    life.do(Cancel(reason="Ordered twice"), at=NOON)
    life.run_to(NOON + timedelta(days=60))
    assert (life.subscription.state, life.subscription.state_reason) == (State.CANCELLED, "withdrawn")


def code_of(life: Life, command: Command) -> str:
    """The code of a dead link."""
    refusal = life.on_paper(command, at=life.now).refusal
    assert isinstance(refusal, LinkDead)
    return refusal.code
