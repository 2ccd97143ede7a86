"""Every command in every state, against the table of states typed once more from the rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from lifecycle.commands import Cancel, Enable, ResendEca, SetRenewalMode, Settle, Suspend
from lifecycle.events import charge_of
from lifecycle.moves import MOVES, Move, Never, No, To, allowed
from lifecycle.subscription import TERMINAL, RenewalMode, State
from lives.asking import ON_FILE, accept, add, at, change_acceptor, decline, purchase, refund, renew_with
from lives.life import bought
from lives.standings import NOON, STANDINGS, refund_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from lifecycle.commands import Command
    from lifecycle.judge import Judgement
    from lives.life import Life


@dataclass(frozen=True)
class Leads:
    """The state it leads to, the events in order, and what is posted."""

    state: str
    events: tuple[str, ...]
    posts: str | None


def to(state: str, *events: str, posts: str | None = None) -> Leads:
    return Leads(state, events, posts)


Row = dict[str, "Leads | str"]  # by standing; a bare code is a refusal


def over(code: str) -> Row:
    return dict.fromkeys(("expired", "declined", "eca_expired", "withdrawn", "cancelled", "fully refunded"), code)


def running(code: str) -> Row:
    return dict.fromkeys(("active", "suspended", "held"), code)


def waiting(code: str) -> Row:
    return dict.fromkeys(("pending", "scheduled"), code)


ROWS: dict[str, Row] = {
    "accept ECA": {
        "pending": to("active", "eca_accepted", "activated", posts="purchase"),
        "pending, start ahead": to("scheduled", "eca_accepted"),
        "pending, term over": to("cancelled", "eca_accepted", "cancelled"),
        "scheduled": to("scheduled"),
        "active": to("active"),
        "suspended": to("suspended"),
        "held": to("suspended"),
        **over("eca_link_invalid"),
    },
    "accept ECA with other data": {
        "pending": to("active", "eca_accepted", "activated", posts="purchase"),
        "scheduled": "eca_already_accepted",
        **running("eca_already_accepted"),
        **over("eca_link_invalid"),
    },
    "decline ECA": {
        "pending": to("declined", "eca_declined"),
        "pending, start ahead": to("declined", "eca_declined"),
        "scheduled": "eca_already_accepted",
        **running("eca_already_accepted"),
        **over("eca_link_invalid"),
    },
    "resend ECA": {
        "pending": to("pending_eca", "eca_resent"),
        "scheduled": "invalid_state",
        **running("invalid_state"),
        **over("invalid_state"),
    },
    "change acceptor": {
        "pending": to("pending_eca", "eca_acceptor_changed"),
        "scheduled": "invalid_state",
        **running("invalid_state"),
        **over("invalid_state"),
    },
    "cancel": {
        "pending": to("cancelled", "cancelled"),
        "scheduled": to("cancelled", "cancelled"),
        **running("use_suspend_or_one_time"),
        **over("invalid_state"),
    },
    "cancel by an operator": {
        "pending": to("cancelled", "cancelled"),
        "scheduled": to("cancelled", "cancelled"),
        "active": to("cancelled", "cancelled"),
        "suspended": to("cancelled", "cancelled"),
        "held": to("cancelled", "cancelled"),
        **over("invalid_state"),
    },
    "add inventory": {
        **waiting("not_active"),
        "active": to("active", "inventory_added", posts="inventory_add"),
        "suspended": "subscription_suspended",
        "held": "subscription_suspended",
        **over("not_active"),
    },
    "set renewal inventory": {
        "pending": "not_active",
        "scheduled": to("scheduled", "renewal_inventory_set"),
        "active": to("active", "renewal_inventory_set"),
        "suspended": to("suspended", "renewal_inventory_set"),
        "held": to("suspended", "renewal_inventory_set"),
        **over("not_active"),
    },
    "set renewal mode to one-time": {
        "pending": to("pending_eca", "renewal_mode_set"),
        "scheduled": to("scheduled", "renewal_mode_set"),
        "active": to("active", "renewal_mode_set"),
        "active, one-time": to("active"),
        "suspended": to("suspended", "renewal_mode_set"),
        "held": to("expired", "renewal_mode_set", "expired"),
        **over("not_active"),
    },
    "set renewal mode to auto": {
        "pending": to("pending_eca"),
        "active, one-time": to("active", "renewal_mode_set"),
        "suspended, one-time": to("suspended", "renewal_mode_set"),
        "held": to("suspended"),
    },
    "suspend": {
        **waiting("not_active"),
        "active": to("suspended", "suspended"),
        "suspended": "already_suspended",
        "held": "already_suspended",
        **over("not_active"),
    },
    "enable": {
        **waiting("not_suspended"),
        "active": "not_suspended",
        "suspended": to("active", "enabled"),
        "held": to("active", "enabled", "renewed", posts="renewal"),
        **over("not_suspended"),
    },
    "refund one": {
        "active": to("active", "refunded", posts="refund"),
        "suspended": to("suspended", "refunded", posts="refund"),
        "held": to("suspended", "refunded", posts="refund"),
        "expired": to("expired", "refunded", posts="refund"),
        "cancelled": to("cancelled", "refunded", posts="refund"),
    },
    "refund all": {
        "active": to("cancelled", "refunded", "cancelled", posts="refund"),
        "suspended": to("cancelled", "refunded", "cancelled", posts="refund"),
        "held": to("suspended", "refunded", posts="refund"),
        "expired": to("expired", "refunded", posts="refund"),
        "cancelled": to("cancelled", "refunded", posts="refund"),
    },
}

MOVE_OF: dict[str, Move] = {
    "accept ECA": Move.ACCEPT_ECA,
    "accept ECA with other data": Move.ACCEPT_ECA,
    "decline ECA": Move.DECLINE_ECA,
    "resend ECA": Move.RESEND_ECA,
    "change acceptor": Move.CHANGE_ACCEPTOR,
    "cancel": Move.CANCEL,
    "cancel by an operator": Move.OPS_CANCEL,
    "add inventory": Move.ADD_INVENTORY,
    "set renewal inventory": Move.SET_RENEWAL_INVENTORY,
    "set renewal mode to one-time": Move.SET_RENEWAL_MODE,
    "set renewal mode to auto": Move.SET_RENEWAL_MODE,
    "suspend": Move.SUSPEND,
    "enable": Move.ENABLE,
    "refund one": Move.REFUND,
    "refund all": Move.REFUND,
}

COMMANDS: dict[str, Callable[[Life], Command]] = {
    "accept ECA": lambda life: accept(life.subscription),
    "accept ECA with other data": lambda life: accept(life.subscription, job_title="Director"),
    "decline ECA": lambda life: decline(life.subscription),
    "resend ECA": lambda _: ResendEca(),
    "change acceptor": lambda _: change_acceptor(),
    "cancel": lambda _: Cancel(),
    "cancel by an operator": lambda _: Cancel(by_operator=True),
    "add inventory": lambda _: add({"tls-ov-single": 1}),
    "set renewal inventory": lambda _: renew_with({"tls-ov-single": 9}),
    "set renewal mode to one-time": lambda _: SetRenewalMode(RenewalMode.ONE_TIME),
    "set renewal mode to auto": lambda _: SetRenewalMode(RenewalMode.AUTO),
    "suspend": lambda _: Suspend(),
    "enable": lambda _: Enable(),
    "refund one": lambda life: replace(refund((life.lines()[0], 1)), override_window=True),
    "refund all": lambda life: replace(refund_all(life), override_window=True),
}

TIMERS: dict[tuple[str, Move], Leads] = {
    ("pending", Move.ECA_DEADLINE): to("eca_expired", "eca_expired"),
    ("pending, start ahead", Move.ECA_DEADLINE): to("eca_expired", "eca_expired"),
    ("scheduled", Move.START): to("active", "activated", posts="purchase"),
    ("active", Move.TERM_END): to("active", "renewed", posts="renewal"),
    ("suspended", Move.TERM_END): to("suspended", "renewal_held"),
    ("active, one-time", Move.TERM_END): to("expired", "expired"),
    ("suspended, one-time", Move.TERM_END): to("expired", "expired"),
}
TIMER_DAYS = {
    ("pending", Move.ECA_DEADLINE): at(2027, 2, 9, 12),
    ("pending, start ahead", Move.ECA_DEADLINE): at(2027, 2, 9, 12),
    ("scheduled", Move.START): at(2027, 3, 1),
    ("active", Move.TERM_END): at(2028, 1, 10),
    ("suspended", Move.TERM_END): at(2028, 1, 10),
    ("active, one-time", Move.TERM_END): at(2028, 1, 10),
    ("suspended, one-time", Move.TERM_END): at(2028, 1, 10),
}

CELLS = [
    pytest.param(command, standing, outcome, id=f"{command} when {standing}")
    for command, row in ROWS.items()
    for standing, outcome in row.items()
]


@pytest.mark.parametrize(("command", "standing", "outcome"), CELLS)
def test_a_command_does_in_a_state_what_the_table_says(command: str, standing: str, outcome: Leads | str) -> None:
    life = STANDINGS[standing]()
    before = life.subscription
    judgement = life.ask(COMMANDS[command](life), at=life.now)
    assert outcome == seen(judgement)
    if isinstance(outcome, str):
        assert judgement.after == before


@pytest.mark.parametrize(
    ("standing", "timer"), [pytest.param(*key, id=f"{key[1].value} when {key[0]}") for key in TIMERS]
)
def test_what_comes_by_itself_comes_at_its_instant_and_does_what_the_table_says(standing: str, timer: Move) -> None:
    life, due = STANDINGS[standing](), TIMER_DAYS[standing, timer]
    version = life.subscription.version
    life.run_to(due.replace(year=due.year - 1, month=12, day=31) if timer is Move.TERM_END else life.now)
    assert life.subscription.version == version
    before = len(life.events)
    life.sleep_to(due)
    new = life.events[before:]
    charges = [charge.action.value for event in new if (charge := charge_of(event))]
    assert (
        to(life.subscription.state.value, *(event.kind for event in new), posts=next(iter(charges), None))
        == (TIMERS[standing, timer])
    )
    assert {event.at for event in new} == {due}


@pytest.mark.parametrize("standing", [*over(""), "held"])
def test_nothing_comes_by_itself_where_nothing_is_awaited(standing: str) -> None:
    life = STANDINGS[standing]()
    before = life.subscription
    life.sleep_to(at(2047, 1, 1))
    assert life.subscription == before


@pytest.mark.parametrize(
    ("offering", "standing", "start", "leads"),
    [
        pytest.param("managed-tls", None, None, to("pending_eca", "purchase_confirmed", "eca_requested"), id="needed"),
        pytest.param(
            "managed-tls",
            None,
            at(2027, 2, 1).date(),
            to("pending_eca", "purchase_confirmed", "eca_requested"),
            id="needed, and starts later",
        ),
        pytest.param(
            "managed-tls",
            "eca-before",
            None,
            to("active", "purchase_confirmed", "activated", posts="purchase"),
            id="on file",
        ),
        pytest.param(
            "dv-automation",
            None,
            None,
            to("active", "purchase_confirmed", "activated", posts="purchase"),
            id="not needed",
        ),
        pytest.param(
            "dv-automation", None, at(2027, 1, 11).date(), to("scheduled", "purchase_confirmed"), id="starts tomorrow"
        ),
    ],
)
def test_a_purchase_starts_where_its_agreement_and_its_start_date_put_it(
    offering: str, standing: str | None, start: date | None, leads: Leads
) -> None:
    command = purchase(offering, start_date=start, standing=replace(ON_FILE, acceptance_id=standing))
    life = bought(command, at=NOON)
    assert seen(life.on_paper(Settle(), at=NOON)).state == leads.state  # type: ignore[union-attr]
    assert tuple(event.kind for event in life.events) == leads.events
    assert [transaction.action.value for transaction in life.ledger] == [leads.posts] * len(life.ledger)
    assert bool(life.ledger) == (leads.posts is not None)


def test_every_cell_of_the_table_is_walked_and_the_rules_hold_the_same_table() -> None:
    found: dict[tuple[State, Move], set[str]] = {}
    refused: dict[tuple[State, Move], set[str]] = {}
    for command, row in ROWS.items():
        for standing, outcome in row.items():
            cell = (STANDINGS[standing]().subscription.state, MOVE_OF[command])
            if isinstance(outcome, str):
                refused.setdefault(cell, set()).add(outcome)
            else:
                found.setdefault(cell, set()).add(outcome.state)
    for (standing, timer), leads in TIMERS.items():
        found.setdefault((STANDINGS[standing]().subscription.state, timer), set()).add(leads.state)
    for cell, says in MOVES.items():
        match says:
            case To(states=states) if cell not in NOTHING_CHARGED:
                assert found[cell] == {state.value for state in states}, cell
            case No(code=code):
                assert code in refused[cell], cell
                assert refused[cell] <= {code, "eca_already_accepted"}, cell
            case To() | Never():
                assert cell not in found, cell


# A declined or lapsed purchase was never charged, so that there is no line that a refund could name.
NOTHING_CHARGED = {(State.DECLINED, Move.REFUND), (State.ECA_EXPIRED, Move.REFUND)}

ALLOWED: dict[str, set[str]] = {
    "pending": {"resend_eca", "change_acceptor", "cancel", "set_renewal_mode"},
    "scheduled": {"cancel", "set_renewal_inventory", "set_renewal_mode"},
    "active": {"add_inventory", "set_renewal_inventory", "set_renewal_mode", "suspend", "refund"},
    "suspended": {"set_renewal_inventory", "set_renewal_mode", "enable", "refund"},
    "held": {"set_renewal_inventory", "set_renewal_mode", "enable", "refund"},
    "expired": {"refund"},
    "cancelled": {"refund"},
    "fully refunded": {"refund"},
    "withdrawn": set(),
    "declined": set(),
    "eca_expired": set(),
}


@pytest.mark.parametrize("standing", ALLOWED)
def test_allowed_names_the_commands_that_the_state_does_not_refuse(standing: str) -> None:
    subscription = STANDINGS[standing]().subscription
    names = allowed(subscription)
    assert set(names) == ALLOWED[standing]
    assert len(names) == len(set(names))


def test_a_refusal_about_the_state_carries_the_state_and_what_is_allowed() -> None:
    life = STANDINGS["suspended"]()
    refusal = life.ask(add({"tls-ov-single": 1}), at=NOON).refusal
    assert refusal is not None
    assert refusal.facts == {"state": "suspended", "allowed": list(allowed(life.subscription))}


@pytest.mark.parametrize("standing", STANDINGS)
def test_final_states_are_the_four_of_the_table(standing: str) -> None:
    subscription = STANDINGS[standing]().subscription
    assert subscription.is_over == (subscription.state.value in {"expired", "declined", "eca_expired", "cancelled"})
    assert subscription.is_over == (subscription.state in TERMINAL)


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        pytest.param("withdrawn", "withdrawn", id="a withdrawal"),
        pytest.param("cancelled", "ops_cancelled", id="an operator's end"),
        pytest.param("fully refunded", "fully_refunded", id="a refund of everything"),
        pytest.param("expired", None, id="an end that was foreseen"),
    ],
)
def test_the_state_says_its_reason(standing: str, reason: str | None) -> None:
    assert STANDINGS[standing]().subscription.state_reason == reason


def seen(judgement: Judgement) -> Leads | str:
    """What a judgement led to, in the words of the table."""
    if judgement.refusal is not None:
        return judgement.refusal.code
    assert judgement.after is not None
    charges = [charge.action.value for event in judgement.events if (charge := charge_of(event))]
    kinds = (event.kind for event in judgement.events)
    return to(judgement.after.state.value, *kinds, posts=next(iter(charges), None))
