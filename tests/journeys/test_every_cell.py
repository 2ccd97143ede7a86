"""Every command in every state, through the door: the table of `docs/states.md`, typed once more from the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import pytest

from support_problems import refused
from support_product import Json, Seat
from support_states import IN_STATE


@dataclass(frozen=True)
class To:
    """Legal, and where it leads."""

    state: str


@dataclass(frozen=True)
class No:
    """Refused, with the code."""

    code: str


Cell = To | No
FINAL = ("expired", "declined", "eca_expired", "cancelled")
COLUMNS = ("pending_eca", "scheduled", "active", "suspended", "held", *FINAL)


def row(*cells: Cell) -> dict[str, Cell]:
    """Cells for pending, scheduled, active, suspended, held, and one for all that is final."""
    *alive, final = cells
    return dict(zip(COLUMNS, (*alive, *(final,) * len(FINAL)), strict=True))


def everywhere(refusal: No, **otherwise: Cell) -> dict[str, Cell]:
    return {state: otherwise.get(state, refusal) for state in COLUMNS}


# Each command with what it does in each state; `held` is a suspended one whose renewal waits.
TABLE: dict[str, dict[str, Cell]] = {
    "resend_eca": everywhere(No("invalid_state"), pending_eca=To("pending_eca")),
    "change_acceptor": everywhere(No("invalid_state"), pending_eca=To("pending_eca")),
    "cancel": row(
        To("cancelled"),
        To("cancelled"),
        *(No("use_suspend_or_one_time"),) * 3,
        No("invalid_state"),
    ),
    "add_inventory": row(
        No("not_active"),
        No("not_active"),
        To("active"),
        No("subscription_suspended"),
        No("subscription_suspended"),
        No("not_active"),
    ),
    "set_renewal_inventory": row(
        No("not_active"), To("scheduled"), To("active"), To("suspended"), To("suspended"), No("not_active")
    ),
    "set_renewal_mode": row(
        To("pending_eca"), To("scheduled"), To("active"), To("suspended"), To("expired"), No("not_active")
    ),
    "suspend": row(
        No("not_active"), No("not_active"), To("suspended"), *(No("already_suspended"),) * 2, No("not_active")
    ),
    "enable": everywhere(No("not_suspended"), suspended=To("active"), held=To("active")),
    "ops_cancel": row(*(To("cancelled"),) * 5, No("invalid_state")),
}
ALLOWED = {
    "pending_eca": ["set_renewal_mode", "cancel", "resend_eca", "change_acceptor"],
    "scheduled": ["set_renewal_inventory", "set_renewal_mode", "cancel"],
    "active": ["add_inventory", "set_renewal_inventory", "set_renewal_mode", "suspend", "refund"],
    "suspended": ["set_renewal_inventory", "set_renewal_mode", "enable", "refund"],
    "held": ["set_renewal_inventory", "set_renewal_mode", "enable", "refund"],
    "expired": ["refund"],
    "declined": [],
    "eca_expired": [],
    "cancelled": [],
}
ASK: dict[str, Callable[[Seat, str], httpx2.Response]] = {
    "resend_eca": lambda seat, id_: seat.command(id_, "eca/resend"),
    "change_acceptor": lambda seat, id_: seat.put(
        f"/v1/subscriptions/{id_}/eca/acceptor", {"eca_acceptor_email": "other@company.example"}
    ),
    "cancel": lambda seat, id_: seat.command(id_, "cancel", reason="a reason"),
    "add_inventory": lambda seat, id_: seat.add(id_, "tls-ov-single", 1),
    "set_renewal_inventory": lambda seat, id_: seat.set_renewal(id_, {"tls-ov-single": 3}),
    "set_renewal_mode": lambda seat, id_: seat.set_mode(id_, "one_time"),
    "suspend": lambda seat, id_: seat.command(id_, "suspend"),
    "enable": lambda seat, id_: seat.command(id_, "enable"),
    "ops_cancel": lambda seat, id_: seat.command(id_, "cancel", reason="a reason"),
}


def shown(state: str) -> str:
    return "suspended" if state == "held" else state


@pytest.mark.parametrize("state", COLUMNS)
def test_what_a_state_refuses_changes_nothing_and_says_what_is_allowed(seat: Seat, operator: Seat, state: str) -> None:
    subscription = IN_STATE[state](seat)
    assert (subscription["state"], subscription["allowed"]) == (shown(state), ALLOWED[state])
    assert (subscription["renewal_held_since"] is not None) == (state == "held")

    for name, cells in TABLE.items():
        cell = cells[state]
        if isinstance(cell, No):
            asker = operator if name == "ops_cancel" else seat
            problem = refused(ASK[name](asker, subscription["id"]), cell.code)
            assert (problem["state"], problem["allowed"]) == (shown(state), ALLOWED[state]), name

    assert seat.subscription(subscription["id"]) == subscription


@pytest.mark.parametrize("state", COLUMNS)
def test_what_a_state_allows_leads_where_the_table_says(seat: Seat, operator: Seat, state: str) -> None:
    legal = {name: cell for name, cells in TABLE.items() if isinstance(cell := cells[state], To)}
    charged = "refund" in ALLOWED[state]
    subscription: Json | None = None

    for name, cell in legal.items():
        subscription = subscription or IN_STATE[state](seat)
        asker = operator if name == "ops_cancel" else seat
        answer = seat.done(ASK[name](asker, subscription["id"]))
        assert answer["state"] == cell.state, name
        assert answer["version"] > subscription["version"], name
        assert answer["allowed"] == (["refund"] if cell.state in FINAL and charged else ALLOWED[cell.state]), name
        subscription = answer if cell.state == shown(state) else None


@pytest.mark.parametrize("state", COLUMNS)
def test_refunds_in_each_state(seat: Seat, state: str) -> None:
    subscription = IN_STATE[state](seat)
    charged = seat.transactions(subscription["id"])
    assert bool(charged) == (state in {"active", "suspended", "held", "expired"})

    for transaction in charged:
        assert seat.refund(transaction, 2).status_code == 201

    after = seat.subscription(subscription["id"])
    taken = 2 if state in {"active", "suspended"} else 0
    assert after["state"] == shown(state)
    assert after["inventory"] == [{"product": "tls-ov-single", "quantity": 5 - taken}]


@pytest.mark.parametrize("state", COLUMNS)
def test_the_acceptor_s_link_in_each_state(seat: Seat, state: str) -> None:
    subscription = IN_STATE[state](seat)
    same = {"name": "Jo Counsel", "job_title": "General Counsel"}

    other_words = seat.accept_eca(subscription["id"], **{**same, "name": "Somebody Else"})
    decline = seat.decline_eca(subscription["id"], reason="too late")
    accept = seat.accept_eca(subscription["id"], **same)

    if state == "pending_eca":
        assert other_words.json()["status"] == "accepted"
        refused(decline, "eca_already_accepted")
        refused(accept, "eca_already_accepted")
    elif state in FINAL:
        for answer in (other_words, decline, accept):
            refused(answer, "eca_link_invalid", 410)
    else:
        refused(other_words, "eca_already_accepted")
        refused(decline, "eca_already_accepted")
        assert (accept.status_code, accept.json()["status"]) == (200, "accepted")
        assert seat.subscription(subscription["id"]) == subscription
